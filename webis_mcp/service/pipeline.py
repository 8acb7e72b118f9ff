"""The whole job on one page, pure and in one process: read, judge, decide, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import compress, pairwise

from webis_mcp.engine import Verdicts, embedded
from webis_mcp.engine.vllm.looking import look_at
from webis_mcp.engine.vllm.view import Look
from webis_mcp.errors import EngineNotReady, InvalidInput
from webis_mcp.page.model import Extraction, Kept, Page, Status
from webis_mcp.page.reading.reader import read_document
from webis_mcp.page.reading.standing import says_not_found, status_of
from webis_mcp.page.tree import Tree
from webis_mcp.page.writing.writer import Writing, write_markdown, write_text
from webis_mcp.service.deciding import Decision, decide
from webis_mcp.service.drafts import Draft
from webis_mcp.service.request import Request
from webis_mcp.service.values.filling import fill

ANYTHING = Request()


def _tell_nobody(_: str) -> None:
    pass


def extract_page(
    html: str | bytes,
    *,
    url: str | None = None,
    charset: str | None = None,
    request: Request = ANYTHING,
    verdicts: Verdicts | None = None,
    on_stage: Callable[[str], None] = _tell_nobody,
) -> Extraction:
    """The main content of a page, in this process.

    Args:
        verdicts: what engines think of its blocks; without them the embedded engine is asked.
        on_stage: told in words which stage begins once the page is read.

    Raises:
        InvalidInput: there is nothing in it.
        EngineNotReady: the request insists on an engine that is not here.
    """
    if request.engine == "vllm" and verdicts is None:
        raise EngineNotReady(
            "There is no vLLM engine here.", hint='Use engine "auto" or "embedded".'
        )
    clock = [time.perf_counter()]
    page, tree = _read(html, url, charset)
    clock.append(time.perf_counter())
    if verdicts is None:
        on_stage("Judging the page")
    judged = verdicts or embedded.judge(page)
    clock.append(time.perf_counter())
    extraction = _timed(tell(page, judged, request), clock)
    return with_values(extraction, request, page, tree, judged)


def draft_page(
    html: str | bytes,
    *,
    url: str | None,
    charset: str | None,
    request: Request,
    look: Look,
    on_stage: Callable[[str], None] = _tell_nobody,
) -> Draft:
    """The same by the embedded engine alone, with the view that a model is to have of the page.

    Raises:
        InvalidInput: there is nothing in it.
    """
    clock = [time.perf_counter()]
    page, tree = _read(html, url, charset)
    clock.append(time.perf_counter())
    on_stage("Judging the page")
    verdicts = embedded.judge(page)
    view = look_at(page, verdicts.content, look)
    clock.append(time.perf_counter())
    extraction = _timed(tell(page, verdicts, request), clock)
    return Draft(with_values(extraction, request, page, tree, verdicts), verdicts, view)


def _timed(extraction: Extraction, clock: list[float]) -> Extraction:
    """The extraction with how long its stages took, the last of them up to now."""
    ends = [*clock, time.perf_counter()]
    stages = ("read_ms", "judge_ms", "write_ms")
    for stage, (start, end) in zip(stages, pairwise(ends), strict=True):
        extraction.timings[stage] = round((end - start) * 1000, 2)
    return extraction


def _read(html: str | bytes, url: str | None, charset: str | None) -> tuple[Page, Tree]:
    if not html.strip():
        raise InvalidInput("The HTML is empty.", hint="Pass the source of a page, or its text.")
    return read_document(html, url=url, charset=charset)


def with_values(
    extraction: Extraction, request: Request, page: Page, tree: Tree, verdicts: Verdicts
) -> Extraction:
    """The extraction with what the page says for a request's plan, if there is one."""
    if request.plan is None:
        return extraction
    started = time.perf_counter()
    likely = decide(page, verdicts, request.include_comments, with_labels=True).keep
    findings = fill(request.plan, page, tree, likely)
    is_open = findings.missing and extraction.status is Status.CONTENT
    status = Status.NEEDS_READER if is_open else extraction.status
    took = round((time.perf_counter() - started) * 1000, 2)
    timings = {**extraction.timings, "values_ms": took}
    return replace(extraction, findings=findings, status=status, timings=timings)


def tell(page: Page, verdicts: Verdicts, request: Request) -> Extraction:
    """Write down what the verdicts keep of a page, and how that was decided."""
    decision = decide(page, verdicts, request.include_comments)
    kept = sum([len(block.text) for block in compress(page.blocks, decision.keep)])
    said = kept + decision.left_out
    status = status_of(page, said)
    if status is Status.CONTENT and not kept:
        status = Status.LEFT_OUT
    path = (verdicts.engine, decision.step) if decision.step else (verdicts.engine,)
    return Extraction(
        content=_write(page, decision, request),
        blocks=_kept(page, verdicts, decision),
        engine=verdicts.engine,
        path=path,
        quality=round(_quality(verdicts, decision), 3),
        status=status,
        url=page.url,
        facts=page.facts,
        warnings=(*page.warnings, *_warnings(decision, status, says_not_found(page, said))),
        hidden_blocks=decision.hidden_blocks,
        pointers=page.pointers,
    )


def _quality(verdicts: Verdicts, decision: Decision) -> float:
    """The quality that the engine expects. A text that is given for want of a likelier one is no
    better than likely, and no text is no good."""
    if any(decision.keep) and decision.step is None:
        return verdicts.quality
    likeliest = max(compress(verdicts.content, decision.keep), default=0.0)
    return min(verdicts.quality, likeliest)


def _write(page: Page, decision: Decision, request: Request) -> str:
    how = Writing(
        links=request.include_links, images=request.include_images, tables=request.include_tables
    )
    if request.format == "markdown":
        return write_markdown(page, decision.keep, how)
    return write_text(page, decision.keep, how)


def _kept(page: Page, verdicts: Verdicts, decision: Decision) -> tuple[Kept, ...]:
    kept = [block for block in compress(page.blocks, decision.keep) if block.text]
    return tuple(
        Kept(
            id=block.order,
            kind=block.kind,
            text=block.text,
            xpath=xpath,
            p=round(verdicts.content[block.order], 3),
            links=block.links,
            hidden=bool(block.hidden),
        )
        for block, xpath in zip(kept, page.xpaths(kept), strict=True)
    )


def _warnings(decision: Decision, status: Status, not_found: bool) -> Iterator[str]:
    if status is Status.CONTENT and decision.step == "recall":
        yield "No block was surely content; the likeliest ones are given."
    if status is Status.LEFT_OUT:
        yield "All content of this page stands in its comment section, and that was left out."
    if decision.comments == 0:
        yield "No comment section was found: the page has none, or a script brings it."
    if not_found:
        yield "The page says of itself that what was asked for is not there."
