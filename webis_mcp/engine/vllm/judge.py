"""What a model makes of a page that the embedded engine has judged, in one of three profiles."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import anyio
import httpx2

from webis_mcp.engine import Capabilities, Endpoint, Verdicts
from webis_mcp.engine.vllm.asking import Asking, Heard
from webis_mcp.engine.vllm.budget import Budget
from webis_mcp.engine.vllm.client import Client
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.engine.vllm.elements import Elements
from webis_mcp.engine.vllm.fusion import follow, fuse, worth
from webis_mcp.engine.vllm.nodes import ask_nodes
from webis_mcp.engine.vllm.parts import Part, part
from webis_mcp.engine.vllm.prompt import Form, code_of, render_prompt
from webis_mcp.engine.vllm.reads import read_lines
from webis_mcp.engine.vllm.view import Look, Style, View
from webis_mcp.errors import AnswerUnreadable

Profile = Literal["generic", "webis-1.5b", "mineru-html-v1.0"]

STYLES: dict[Profile, Style] = {
    "generic": "lines",
    "webis-1.5b": "nodes",
    "mineru-html-v1.0": "elements",
}

MOST_TOKENS = 6_000
"""Of a part, by our estimate: 19 pages of 20 need one or two. Short prompts are read better."""

MOST_PARTS = 16
"""Of a page that are asked about: of 993 labelled pages none has more than ten. What is beyond
keeps the embedded verdict, so that no page can keep a model busy for minutes."""

AROUND = 400
"""Tokens of a prompt besides the lines: instruction, title, outline."""

FEW = 4
"""Blocks in doubt up to which reading labels costs less than decoding an answer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the verdicts.

    Attributes:
        verdicts: those of both engines together, in the model's name.
        path: the step that led there.
        warnings: what the reader of the answer should know.
    """

    verdicts: Verdicts
    path: tuple[str, ...]
    warnings: tuple[str, ...]


class Judge:
    """Asks servers about pages. Safe to call concurrently.

    Args:
        http: opens the connections.
        profile: how the model wants to be asked.
    """

    def __init__(
        self, http: httpx2.AsyncClient, budget: Budget, counts: Counts, profile: Profile
    ) -> None:
        self._http = http
        self._budget = budget
        self._counts = counts
        self._profile = profile
        self._secret = secrets.token_bytes(16)

    def look(self, *, whole: bool) -> Look:
        """How pages are to be looked at, so that the model can be asked about them."""
        return Look(style=STYLES[self._profile], whole=whole)

    def client(self, endpoint: Endpoint) -> Client:
        """Who asks a server, within the budget of all."""
        return Client(self._http, endpoint, self._budget, self._counts)

    async def judge(
        self, endpoint: Endpoint, view: View, verdicts: Verdicts, deadline: float
    ) -> Judged:
        """The verdicts with what the model says of the blocks that the view asks about.

        Args:
            deadline: when to give up, by the event loop's clock.

        Raises:
            EngineError, Busy: no part of the page has an answer.
        """
        asking = Asking(self.client(endpoint), deadline)
        self._counts.blocks += len(view.asked)
        await self._ask(asking, view)
        heard = asking.heard
        self._counts.repairs += heard.repairs
        if not any(order in heard.says for order in view.asked):
            raise heard.failures[0] if heard.failures else _said_nothing()
        return _judged(endpoint.model, view, verdicts, heard)

    async def _ask(self, asking: Asking, view: View) -> None:
        can = asking.client.endpoint.capabilities
        if self._profile == "webis-1.5b":
            return await ask_nodes(asking, view)
        parts = part(view, room(can))[:MOST_PARTS]
        if self._profile == "mineru-html-v1.0":
            return await asking.about(parts, Elements)
        if reads_pay(can, view):
            async with anyio.create_task_group() as group:
                for one in parts:
                    group.start_soon(read_lines, asking, view, one, self._code(one))
            return None
        form = form_for(can)
        return await asking.about(parts, lambda one: render_prompt(one, self._code(one), form))

    def _code(self, one: Part) -> str:
        return code_of(one, self._secret)


def room(can: Capabilities) -> int:
    """Tokens that the lines of a part may have, in a window."""
    return max(100, min(MOST_TOKENS, int(0.7 * (can.max_model_len - AROUND))))


def form_for(can: Capabilities) -> Form:
    """What holds an answer to its form: the best that the server can do."""
    forms: tuple[Form, ...] = ("regex", "grammar", "json_schema")
    return next((form for form in forms if getattr(can, form)), "plain")


def reads_pay(can: Capabilities, view: View) -> bool:
    """Whether labels are read, not decoded: where few are wanted, or nothing holds the answer."""
    if not can.logprobs:
        return False
    return len(view.asked) <= FEW or form_for(can) == "plain"


def _judged(model: str, view: View, verdicts: Verdicts, heard: Heard) -> Judged:
    """The verdicts with what was heard, in the name of who is answerable for them."""
    found = worth(view, heard.says)
    counts = f"{heard.tokens_in} tokens in, {heard.tokens_out} out"
    path = [f"vllm: {len(view.asked)} blocks asked, {counts}"]
    warnings = list(_gaps(view, heard))
    if not found.is_believed:
        path.append("followed" if view.whole else "not believed")
        stands = "are followed, as you asked" if view.whole else "were not followed"
        warnings.append(
            f"The model {model} contradicts what is sure of this page. Its verdicts {stands}."
        )
    if view.whole:
        fused = replace(follow(verdicts, heard.says), engine=f"vllm: {model}")
    elif found.is_believed:
        fused = replace(fuse(verdicts, heard.says, found), engine=f"vllm: {model}")
    else:
        fused = verdicts
    return Judged(fused, tuple(path), tuple(warnings))


def _gaps(view: View, heard: Heard) -> Iterator[str]:
    """What there is no answer about, and why."""
    missing = sum(order not in heard.says for order in view.asked)
    if missing:
        asked = len(view.asked)
        why = f" ({heard.failures[0].message})" if heard.failures else ""
        yield (
            f"The model answered for {asked - missing} of {asked} blocks{why}; for the others the"
            " embedded engine's verdict stands."
        )


def _said_nothing() -> AnswerUnreadable:
    return AnswerUnreadable(
        "The model gave no answer that can be read.",
        hint="Serve an instruct model, or set WEBIS_PROFILE to what the model was made for.",
    )
