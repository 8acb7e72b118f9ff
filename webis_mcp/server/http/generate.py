"""`POST /generate`, as the predecessor had it: a prompt in, a language model's words out.

An answer that is empty, or cut where its tokens ran out, is told as what it is, with the number to
raise: the predecessor's clients took both for a result.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webis_mcp.errors import Busy, EngineError, EngineNotReady, InvalidInput, WebisError
from webis_mcp.server.calls import Calls
from webis_mcp.server.http.answers import Refusal, refuse, send_json
from webis_mcp.server.http.bodies import Bodies
from webis_mcp.server.http.front import Asked
from webis_mcp.server.http.gate import NO_KEY, Gate, credential_of, has_credential, may
from webis_mcp.server.keys.keyring import Principal
from webis_mcp.server.keys.record import Scope as Permission
from webis_mcp.server.strict import in_our_words, right_spelling
from webis_mcp.service.generating import Generator, Order, Unfinished, texts_of

LONGEST = 4_000_000
"""Bytes of a body: a prompt for the longest windows there are, a million tokens."""

DEPRECATED = ((b"deprecation", b"true"),)
"""RFC 9745: the path stays for those who have it; new clients have `/mcp`."""


STATUSES: tuple[tuple[type[WebisError], int], ...] = (
    (InvalidInput, 400),
    (Unfinished, 422),
    (EngineNotReady, 503),
    (Busy, 503),
    (EngineError, 502),
    (WebisError, 500),
)
"""By who can put it right; the first that fits."""


class Prompt(BaseModel):
    """What the predecessor's clients send, with its defaults."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: Annotated[str, Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 256
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.2
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Field(ge=-1, le=1_000_000)] = 50
    n: Annotated[int, Field(ge=1, le=16)] = 1

    def order(self) -> Order:
        """What the service is asked for."""
        return Order(**self.model_dump())


class Generate:
    """Answers prompts with the engine's model, if there is one."""

    def __init__(self, gate: Gate, bodies: Bodies, generator: Generator, calls: Calls) -> None:
        self._gate = gate
        self._bodies = bodies
        self._generator = generator
        self._calls = calls

    async def answer(self, asked: Asked) -> None:
        """Answers one prompt."""
        async with self._bodies.received(asked.scope, asked.receive, LONGEST) as body:
            if isinstance(body, Refusal):
                return await refuse(asked.send, body)
            fields = fields_of(body)
            if isinstance(fields, Refusal):
                return await refuse(asked.send, fields)
            principal = self._principal(asked, fields)
            if isinstance(principal, Refusal):
                return await refuse(asked.send, principal)
            with self._gate.inside(principal) as inside:
                await self._generate(asked, principal, fields)
            if inside.cancelled_caught:
                await asked.send.end(NO_KEY)
        return None

    def _principal(self, asked: Asked, fields: dict[str, Any]) -> Principal | Refusal:
        """Who asks: by the header, else by the field; the field does not go further than here."""
        given = fields.pop("api_key", None)
        if has_credential(asked.scope["headers"]):
            if given is not None and given != credential_of(asked.scope["headers"]):
                words = "The key in the body is not the one in the header: send one of them."
                return Refusal(400, "invalid_request", words)
            admitted: Principal | Refusal = asked.principal
        else:
            admitted = self._gate.admit(given if isinstance(given, str) else "", asked.peer)
        if isinstance(admitted, Refusal):
            return admitted
        return may(admitted, Permission.GENERATE) or self._gate.charge(admitted) or admitted

    async def _generate(self, asked: Asked, principal: Principal, fields: dict[str, Any]) -> None:
        with self._calls.observed("generate", fields, caller=principal.id) as call:
            try:
                order = order_of(fields)
                texts = texts_of(order, await self._generator.complete(order))
            except WebisError as failure:
                call.outcome = "failed"
                return await send_failure(asked, failure)
            call.sent = sum(map(len, texts))
        return await send_json(asked.send, 200, {"text": texts}, DEPRECATED)


def fields_of(body: bytes) -> dict[str, Any] | Refusal:
    """The fields of a body, which must be one JSON object."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        return fields
    words = 'The body must be a JSON object such as {"prompt": "…", "max_tokens": 256}.'
    return Refusal(400, "invalid_request", words)


def order_of(fields: Mapping[str, Any]) -> Order:
    """What is asked for.

    Raises:
        InvalidInput: a field is not known, or its value will not do.
    """
    for name in fields:
        if name not in Prompt.model_fields:
            known = right_spelling(name, [*Prompt.model_fields, "api_key"])
            raise InvalidInput(f"Unknown field: {reprlib.repr(name)}.", hint=known)
    try:
        return Prompt.model_validate(fields).order()
    except ValidationError as error:
        raise InvalidInput(in_our_words(error)) from None


async def send_failure(asked: Asked, failure: WebisError) -> None:
    """Says why there is no answer; what there is of one goes along."""
    status = next(code for kind, code in STATUSES if isinstance(failure, kind))
    after = ((b"retry-after", b"5"),) if failure.retryable else ()
    body: dict[str, Any] = {"error": name_of(failure), "error_description": str(failure)}
    if isinstance(failure, Unfinished):
        body["text"] = failure.texts
    await send_json(asked.send, status, body, (*DEPRECATED, *after))


def name_of(failure: WebisError) -> str:
    """The class of a failure as a word for programs: `engine_not_ready`."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", type(failure).__name__).lower()
