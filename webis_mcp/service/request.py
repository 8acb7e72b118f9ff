"""What a caller wants of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from webis_mcp.service.values.plan import Plan

Format = Literal["markdown", "text", "blocks"]
EngineName = Literal["auto", "embedded", "vllm"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller wants of a page.

    Attributes:
        format: `markdown`, `text`, or `blocks` (content is then the blocks' text).
        engine: `auto` takes the best that is ready; a name insists.
        include_links, include_images, include_tables: what Markdown keeps.
        include_comments: true keeps, false leaves out what is written in the comment section; by
            default the engine judges.
        plan: the values that are wanted, where some are.
        max_tokens: what an answer of a model that reads values may have; `None`, what it needs.
    """

    format: Format = "markdown"
    engine: EngineName = "auto"
    include_links: bool = True
    include_images: bool = False
    include_tables: bool = True
    include_comments: bool | None = None
    plan: Plan | None = None
    max_tokens: int | None = None
