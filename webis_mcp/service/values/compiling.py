"""What a caller asks for, as a plan: the one door of instruction and schema."""

from __future__ import annotations

from collections.abc import Mapping

from webis_mcp.errors import InvalidInput
from webis_mcp.service.values import instruction as words
from webis_mcp.service.values import schema
from webis_mcp.service.values.plan import Plan

MAX_INSTRUCTION = words.MAX_INSTRUCTION


def plan_of(
    instruction: str | None = None, json_schema: Mapping[str, object] | None = None
) -> Plan | None:
    """The plan of what is asked for; `None` where nothing is.

    With a schema, the instruction only helps to find the blocks of what the schema asks for.

    Raises:
        InvalidInput: the one or the other cannot be looked for.
    """
    if json_schema is not None:
        said = " ".join((instruction or "").split())
        if len(said) > MAX_INSTRUCTION:
            raise InvalidInput(
                f"The instruction has {len(said)} characters; the limit is {MAX_INSTRUCTION}."
            )
        return Plan(schema.fields_of(json_schema), said)
    if instruction is not None:
        return Plan(words.fields_of(instruction), " ".join(instruction.split()))
    return None
