"""What all parts of the settings have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """The settings of one room. `alias` is a variable's name, `description` its row in the docs."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")


def split(value: object) -> object:
    """The parts of a value that is a list with commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value
