"""What readers are asked to do. Known on both sides of the pipe, so it imports little."""

from __future__ import annotations

from webis_mcp.engine import Verdicts
from webis_mcp.engine.vllm.view import Look
from webis_mcp.page.model import Extraction
from webis_mcp.service.drafts import Draft
from webis_mcp.service.request import Request
from webis_mcp.service.values.plan import Plan
from webis_mcp.service.worker import tell


def extract_html(
    html: str | bytes,
    url: str | None,
    charset: str | None,
    request: Request,
    verdicts: Verdicts | None = None,
) -> Extraction:
    """The whole job on one page; `charset` is what the transport said of its bytes.

    Where other engines have judged its blocks already, their verdicts are laid over.
    """
    from webis_mcp.service.pipeline import extract_page  # the reader's imports, not the server's

    return extract_page(
        html, url=url, charset=charset, request=request, verdicts=verdicts, on_stage=tell
    )


def draft_html(
    html: str | bytes, url: str | None, charset: str | None, request: Request, look: Look
) -> Draft:
    """The same job, with what a model is to be asked about the page."""
    from webis_mcp.service.pipeline import draft_page

    return draft_page(html, url=url, charset=charset, request=request, look=look, on_stage=tell)


def pass_on(
    body: bytes, url: str, charset: str | None, kind: str, plan: Plan | None = None
) -> Extraction:
    """The whole of what is no HTML but can be read as it is."""
    from webis_mcp.service.passing import pass_text_on

    return pass_text_on(body, url=url, charset=charset, kind=kind, plan=plan)
