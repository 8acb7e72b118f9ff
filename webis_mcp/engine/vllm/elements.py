"""The profile `mineru-html-v1.0`: simplified HTML in, one label an `_item_id` out.

The interface is that of opendatalab/MinerU-HTML v1.0 (attribute, numbering from 1, a JSON object of
"main" and "other"); code and wording are ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webis_mcp.engine.vllm.parts import Part
from webis_mcp.engine.vllm.prompt import Message
from webis_mcp.errors import AnswerUnreadable

MAIN, OTHER = "main", "other"

ASK = """\
Each element of the simplified HTML below has an attribute _item_id. Label each of them "main" if \
it is part of the page's primary content (text of an article, posts of a forum, questions and \
answers), and "other" if it is not (navigation, metadata, advertising, related content).
Answer with one JSON object from every _item_id to its label, and nothing else, for example: \
{"1": "other","2": "main"}

HTML:
"""

_PAIR = re.compile(r'"(\d+)"\s*:\s*"(main|other)"')


@dataclass(frozen=True, slots=True)
class Elements:
    """What is asked about a part of a page."""

    part: Part

    @property
    def messages(self) -> tuple[Message, ...]:
        return ({"role": "user", "content": ASK + self._html()},)

    @property
    def constraint(self) -> Mapping[str, Any]:
        pairs = (f'"{number}": "(main|other)"' for number in range(1, self.part.last + 1))
        return {"regex": r"\{" + ",".join(pairs) + r"\}"}

    @property
    def max_tokens(self) -> int:
        return 16 + 9 * self.part.last

    def read(self, answer: str) -> dict[int, bool]:
        """For each block, by its order, whether it is labelled as main.

        Raises:
            AnswerUnreadable: it is no such object, or labels what was not offered, or not all.
        """
        try:
            labels = json.loads(answer[answer.index("{") :])
        except (ValueError, RecursionError) as error:
            raise AnswerUnreadable("The model's answer is no JSON object.") from error
        return self._labels(labels, whole=True)

    def read_beginning(self, answer: str) -> dict[int, bool]:
        """The same of an answer that was cut short, for the blocks up to there."""
        return self._labels(dict(_PAIR.findall(answer)), whole=False)

    def _labels(self, labels: object, *, whole: bool) -> dict[int, bool]:
        orders = self.part.orders
        wanted = [str(number) for number in range(1, len(orders) + 1)]
        if not isinstance(labels, dict) or list(labels) != wanted[: len(labels)]:
            raise AnswerUnreadable("The model labels other elements than it was given.")
        if whole and len(labels) < len(orders):
            raise AnswerUnreadable(f"The model labels {len(labels)} of {len(orders)} elements.")
        if any(label not in (MAIN, OTHER) for label in labels.values()):
            raise AnswerUnreadable('The model\'s labels are others than "main" and "other".')
        return {order: labels[key] == MAIN for key, order in zip(labels, orders, strict=False)}

    def _html(self) -> str:
        lines = []
        for number, row in enumerate(self.part.rows, start=1):
            tag = row.mark.partition(" ")[0]
            lines.append(f'<{row.mark} _item_id="{number}">{row.text}</{tag}>')
        return "".join(lines)
