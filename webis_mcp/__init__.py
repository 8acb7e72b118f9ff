"""Gives an agent what a web page says: its main content, word for word, from your own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webis_mcp.page.model import Extraction

__version__ = "0.1.0"

__all__ = ["__version__", "extract"]


def extract(  # noqa: PLR0913 - each is said by its name, and most by few
    html: str | bytes,
    *,
    url: str | None = None,
    format: Literal["markdown", "text", "blocks"] = "markdown",
    include_links: bool = True,
    include_images: bool = False,
    include_tables: bool = True,
    include_comments: bool | None = None,
    instruction: str | None = None,
    json_schema: Mapping[str, object] | None = None,
) -> Extraction:
    """The main content of a page, in this process, judged by the embedded engine.

    Args:
        html: a document or a fragment; bytes are decoded by the HTML standard's rules.
        url: where it came from; links are resolved against it.
        format: of `content`: `markdown`, or `text` (also for `blocks`, which are always there).
        include_links, include_images, include_tables: what is kept.
        include_comments: true keeps what people wrote in the page's comment section, false leaves
            it out; by default the engine judges.
        instruction: values to look for, in words: "contact name and phone number".
        json_schema: values to look for, as a JSON Schema; they are in `findings`.

    Raises:
        InvalidInput: there is nothing in it, or the schema asks for what is not supported.
    """
    from webis_mcp.service.pipeline import extract_page
    from webis_mcp.service.request import Request
    from webis_mcp.service.values.compiling import plan_of

    request = Request(
        format=format,
        include_links=include_links,
        include_images=include_images,
        include_tables=include_tables,
        include_comments=include_comments,
        plan=plan_of(instruction, json_schema),
    )
    return extract_page(html, url=url, request=request)
