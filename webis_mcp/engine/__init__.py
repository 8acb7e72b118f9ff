"""The door to whoever can tell content from noise. Nothing behind it is imported here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from webis_mcp.page.value import Passage

EngineState = Literal["absent", "starting", "ready", "busy", "failed", "stopping"]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What an engine thinks of a page.

    Attributes:
        engine: its name.
        content: one probability of *content* a block, in the blocks' order, calibrated.
        quality: how good an extraction on these verdicts is thought to be, 0 to 1.
    """

    engine: str
    content: tuple[float, ...]
    quality: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server can do beyond finishing a text, as it showed when it was tried.

    Attributes:
        server: who it says it is: `vllm`, `sglang`, `llamacpp`, or `unknown`.
        max_model_len: the longest prompt and answer together, in tokens.
        json_schema, regex, grammar, choice: the constraints that an answer of it keeps to.
        slices: a grammar may hold an answer to pieces of a text that it names.
        logprobs: an answer's tokens come with their probabilities, and with the next likely ones.
        token_logprobs: it tells the probability of just the tokens that are named by id.
        prompt_logprobs: it tells how likely each token of a prompt is, too.
    """

    server: str = "unknown"
    max_model_len: int = 4096
    json_schema: bool = False
    regex: bool = False
    grammar: bool = False
    choice: bool = False
    slices: bool = False
    logprobs: bool = False
    token_logprobs: bool = False
    prompt_logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that is ready to be asked.

    Attributes:
        url: its address, without `/v1`.
        key: what it wants as a bearer token; may be empty.
        model: the name by which requests call its model.
        life: which of the engine's lives this is; each restart has a higher number.
    """

    url: str
    key: str = field(repr=False)
    model: str
    capabilities: Capabilities = field(default_factory=Capabilities)
    life: int = 0


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How an engine is, for reports: it has changed by the time one acts on it.

    Attributes:
        detail: why, or how far it is.
        remedy: what to do about it, where something is wrong.
        since: when the state began, in seconds since the epoch; 0 where it never was another.
        model: the model that it serves, or is to serve.
        notes: what was done otherwise than the settings say, and why.
        last_words: what the server printed before it ended.
    """

    state: EngineState
    detail: str = ""
    remedy: str = ""
    since: float = 0.0
    model: str | None = None
    notes: tuple[str, ...] = ()
    last_words: tuple[str, ...] = ()

    def words(self, now: float | None = None) -> str:
        """The state as one reads it: `starting: loading weights, 40 s`."""
        detail = f": {self.detail}" if self.detail else ""
        if self.state not in ("starting", "stopping") or not self.since:
            return f"{self.state}{detail}"
        passed = max(0, (time.time() if now is None else now) - self.since)
        return f"{self.state}{detail}, {passed:.0f} s"


class Wanted(NamedTuple):
    """A field that rules did not find, as a reader is asked for it.

    Attributes:
        pointer: its JSON pointer, by which it is answered.
        kind: the type and form of its words, in a word.
        hint: what its caller says of it.
        choices: the only values that it may have.
    """

    pointer: str
    kind: str
    hint: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader is asked: which fields, over which blocks.

    Attributes:
        wanted: the fields.
        passages: the blocks that likeliest hold them; nothing else is to be quoted.
        instruction: the caller's own words, "" where there are none.
        refused: answers of before that are not on the page, by the pointer of their field.
        title: of the page.
    """

    wanted: tuple[Wanted, ...]
    passages: tuple[Passage, ...]
    instruction: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    title: str = ""


class Cited(NamedTuple):
    """Words that a reader takes for a value, and the block that it read them in."""

    text: str
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader read: by the pointer of the field, nothing where it is not there."""

    cited: Mapping[str, Cited]


class Reader(Protocol):
    """An engine that can read. What it answers is looked for on the page before it is believed."""

    @property
    def name(self) -> str:
        """What it is called in the answer's path."""

    @property
    def room(self) -> int:
        """Tokens of passages that it is shown at a time."""

    async def fill(self, question: Question) -> Answer:
        """The page's words for the fields.

        Raises:
            EngineError: it could not answer.
            Busy: it has too much to do.
        """
