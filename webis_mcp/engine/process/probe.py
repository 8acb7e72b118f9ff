"""Finds out what an OpenAI-compatible server can do, by trying it once.

Servers pass over fields that they do not know and answer all the same, so only an answer that keeps
to a constraint no model would keep to by itself counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2

from webis_mcp.engine import Capabilities, Endpoint
from webis_mcp.errors import EngineError, EngineNotReady

SECONDS, TRY_SECONDS = 30.0, 180.0
"""Longest time for a look, and for an answer: a server imports and compiles a lot for its first."""

WINDOW = 4096
"""Tokens taken for a server that does not tell its window: every model of today has as many."""

BUSY = frozenset({429, 502, 503, 504})
"""Answers of a server that has no time, or is not there yet: it is asked again."""

UNLIKELY = "zqx"
"""What no model says unasked."""

NAMED = [5, 6, 7]
"""Tokens whose probability is asked for by id; every vocabulary has them."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """A constraint, as servers spell it, and whether an answer keeps to it."""

    fields: Mapping[str, Body]
    keeps: Callable[[str], bool]

    def for_server(self, server: str) -> Body:
        return self.fields.get(server, self.fields[""])


def _kept_schema(text: str) -> bool:
    try:
        return bool(json.loads(text) == {UNLIKELY: UNLIKELY})
    except ValueError:
        return False


def _spelt(constraint: str, value: object) -> Body:
    return {"structured_outputs": {constraint: value}}


_SCHEMA = {
    "type": "object",
    "properties": {UNLIKELY: {"type": "string", "enum": [UNLIKELY]}},
    "required": [UNLIKELY],
    "additionalProperties": False,
}
_FORMAT = {"type": "json_schema", "json_schema": {"name": "probe", "schema": _SCHEMA}}
_REGEX = f"{UNLIKELY}[0-9]{{2}}"
_GRAMMAR = f'root ::= "{UNLIKELY}" [0-9] [0-9]'
_CHOICE = [f"{UNLIKELY}1", f"{UNLIKELY}2"]


def _kept_pattern(text: str) -> bool:
    return re.fullmatch(_REGEX, text) is not None


TRIALS = {
    "json_schema": Trial({"": {"response_format": _FORMAT}}, _kept_schema),
    "regex": Trial({"": _spelt("regex", _REGEX), "sglang": {"regex": _REGEX}}, _kept_pattern),
    "grammar": Trial(
        {
            "": _spelt("grammar", _GRAMMAR),
            "sglang": {"ebnf": _GRAMMAR},
            "llamacpp": {"grammar": _GRAMMAR},
        },
        _kept_pattern,
    ),
    "choice": Trial({"": _spelt("choice", _CHOICE)}, _CHOICE.__contains__),
}


SLICES = Trial(
    {
        "": _spelt(
            "grammar",
            f'start: "{UNLIKELY}" S\nS: T & /.+/\n'  # a slice of nothing is one, too
            'T: %regex {"substring_chunks": ["7", "8", "9"]}',
        )
    },
    lambda text: text.removeprefix(UNLIKELY) in ("7", "8", "9", "78", "89", "789"),
)
"""Asked for last, and of servers that say they are vLLM: whichever constraint comes first decides
for some which of their libraries holds answers from then on."""


def open_client(url: str, key: str) -> httpx2.AsyncClient:
    """A client for one server: it goes where it is told, through no proxy and no redirect."""
    return httpx2.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"} if key else {},
        trust_env=False,
        follow_redirects=False,
        timeout=SECONDS,
    )


async def models_of(client: httpx2.AsyncClient) -> list[Body]:
    """The models that a server serves, each as it describes it.

    Raises:
        EngineNotReady: it cannot be reached.
        EngineError: it wants another key, or is no OpenAI-compatible server.
    """
    url = client.base_url
    try:
        answer = await client.get("/v1/models")
    except httpx2.HTTPError as error:
        raise EngineNotReady(
            f"The server at {url} cannot be reached: {error or type(error).__name__}.",
            hint="Start it, or correct WEBIS_VLLM_URL.",
        ) from error
    if answer.status_code in (401, 403):
        raise EngineError(
            f"The server at {url} does not take our key.",
            hint="Set WEBIS_VLLM_KEY to one of its keys.",
        )
    try:
        models = [model for model in answer.json()["data"] if isinstance(model["id"], str)]
    except (ValueError, KeyError, TypeError):
        models = []
    if answer.status_code != 200 or not models:
        raise EngineError(
            f"What is at {url} is no OpenAI-compatible server with a model:"
            f" /v1/models gave {answer.status_code}.",
            hint="Correct WEBIS_VLLM_URL.",
        )
    return models


async def probe(client: httpx2.AsyncClient, model: str | None = None) -> Endpoint:
    """The endpoint that a server is, with what it can do.

    Args:
        model: the one to use, of those that it serves; unset, its first.

    Raises:
        EngineNotReady, EngineError: as `models_of`; or it does not serve that model.
    """
    models = await models_of(client)
    served = [entry for entry in models if model in (None, entry["id"])]
    if not served:
        names = ", ".join(entry["id"] for entry in models)
        raise EngineError(
            f"The server at {client.base_url} does not serve {model}, but {names}.",
            hint="Correct MODEL_PATH, or unset it.",
        )
    about = served[0]
    server = await _server_of(client, about)
    found = dict.fromkeys(
        [*TRIALS, "slices", "logprobs", "token_logprobs", "prompt_logprobs"], False
    )
    asking = _Asking(client, about["id"])
    await asking.for_logprobs(found)  # alone, since it is the first
    async with anyio.create_task_group() as tasks:
        for name, trial in TRIALS.items():
            tasks.start_soon(asking.for_constraint, name, trial.for_server(server), trial, found)
    if server == "vllm":
        await asking.for_constraint("slices", SLICES.for_server(server), SLICES, found)
    if asking.is_late:
        raise EngineNotReady(
            f"The server at {client.base_url} did not answer within {TRY_SECONDS:g} s.",
            hint="It may be busy; it is asked again.",
        )
    capabilities = Capabilities(server, _window_of(about), **found)
    key = client.headers.get("Authorization", "").removeprefix("Bearer ")
    return Endpoint(str(client.base_url).rstrip("/"), key, about["id"], capabilities)


async def _server_of(client: httpx2.AsyncClient, about: Body) -> str:
    """Who the server says it is."""
    owner = str(about.get("owned_by", "")).lower().replace(".", "")
    for name in ("vllm", "sglang", "llamacpp"):
        if name in owner:
            return name
    try:
        answer = await client.get("/version")
        return "vllm" if "version" in answer.json() else "unknown"
    except (httpx2.HTTPError, ValueError, TypeError):
        return "unknown"


def _window_of(about: Body) -> int:
    """The window by which a server describes its model; llama.cpp tells it apart."""
    meta = about.get("meta")
    told = about.get("max_model_len") or (meta or {}).get("n_ctx") or WINDOW
    return int(told) if isinstance(told, int) and told > 0 else WINDOW


class _Asking:
    """Requests to one model, each as small as it can be."""

    def __init__(self, client: httpx2.AsyncClient, model: str) -> None:
        self._client = client
        self._model = model
        self.is_late = False

    async def for_constraint(
        self, name: str, constraint: Body, trial: Trial, found: dict[str, bool]
    ) -> None:
        said = await self._chat("Say hello.", {"max_tokens": 24, "temperature": 0, **constraint})
        text = str(_part(said, "message", "content") or "")
        found[name] = trial.keeps(text.strip())

    async def for_logprobs(self, found: dict[str, bool]) -> None:
        """Tries for probabilities of what comes next, of tokens named, and of the prompt."""
        said = await self._complete({"logprobs": 2})
        found["logprobs"] = bool(_part(said, "logprobs", "token_logprobs"))
        said = await self._complete({"prompt_logprobs": 0})
        found["prompt_logprobs"] = bool(_part(said, "prompt_logprobs"))
        said = await self._chat(
            "Hello", {"max_tokens": 1, "logprobs": True, "logprob_token_ids": NAMED}
        )
        entries = _part(said, "logprobs", "content")
        first = entries[0] if isinstance(entries, list) and entries else {}
        found["token_logprobs"] = len(first.get("top_logprobs") or ()) >= len(NAMED)

    async def _chat(self, words: str, more: Body) -> Body:
        messages = [{"role": "user", "content": words}]
        silent = {"chat_template_kwargs": {"enable_thinking": False}}
        return await self._ask("/v1/chat/completions", {"messages": messages, **silent, **more})

    async def _complete(self, more: Body) -> Body:
        return await self._ask("/v1/completions", {"prompt": "Hello", "max_tokens": 1, **more})

    async def _ask(self, path: str, body: Body) -> Body:
        """The answer; what is no JSON object, or does not come, is an empty one."""
        try:
            answer = await self._post(path, {"model": self._model, **body})
            self.is_late |= answer.status_code in BUSY
            said = answer.json()
        except httpx2.TimeoutException:
            self.is_late = True
            return {}
        except (httpx2.HTTPError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    async def _post(self, path: str, body: Body) -> httpx2.Response:
        """Asks; once more where the connection was lost, for that alone says nothing of what the
        server can do."""
        try:
            return await self._client.post(path, json=body, timeout=TRY_SECONDS)
        except httpx2.TimeoutException:
            raise
        except httpx2.TransportError:
            return await self._client.post(path, json=body, timeout=TRY_SECONDS)


def _part(said: Body, *names: str) -> object:
    """A part of the first choice of an answer; None where there is none."""
    part: Any = (said.get("choices") or [None])[0]
    for name in names:
        part = part.get(name) if isinstance(part, dict) else None
    return part
