"""What the docs say of settings, arguments, errors and links is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from tests.guide import guide
from tests.support.extractors import Fixed
from webis_mcp import errors
from webis_mcp.engine import EngineStatus
from webis_mcp.engine.vllm.counts import Counts
from webis_mcp.server.diagnosing import diagnose_for
from webis_mcp.server.http.metrics import Metrics
from webis_mcp.server.tools import make_server
from webis_mcp.service.diagnosis.report import NAMES
from webis_mcp.settings import Settings, variables

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def rows_of(path: str) -> dict[str, list[str]]:
    """The rows of a page's tables, by what stands in backquotes in the first cell."""
    text = (ROOT / "docs" / path).read_text(encoding="utf-8")
    cells = ([c.strip() for c in line.strip("|").split("|")] for line in text.splitlines())
    return {row[0].strip("`"): row for row in cells if row[0].startswith("`")}


def settings_rows() -> Iterator[str]:
    for name, field in variables():
        yield f"| `{name}` | {as_typed(field.default)} | {field.description} |"


def as_typed(default: object) -> str:
    """A default as one would type it."""
    if default in (None, "", ()):
        return "unset"
    if isinstance(default, frozenset):
        return f"`{','.join(map(str, sorted(default)))}`"
    if isinstance(default, float):
        return f"`{default:g}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_setting_stands_in_the_docs_with_its_default() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    for row in settings_rows():
        assert row in text, f"docs/reference/settings.md lacks the row:\n{row}"


def test_every_figure_for_prometheus_stands_in_the_docs_and_no_other() -> None:
    text = Metrics(lambda: 1, lambda: EngineStatus("absent"), Counts()).text().decode()
    told = set(re.findall(r"^# HELP (webis_\w+)", text, re.MULTILINE))
    described = {name for name in rows_of("reference/http.md") if name.startswith("webis_")}
    assert {name for name in told if not name.endswith("_created")} == described


async def test_every_argument_of_the_tool_stands_in_the_docs() -> None:
    async with Client(make_server(Fixed())) as client:
        tools = (await client.list_tools()).tools
    for tool in tools:
        schema: dict[str, Any] = tool.input_schema
        described = rows_of("reference/tools.md")
        missing = set(schema["properties"]) - set(described)
        assert not missing, f"docs/reference/tools.md does not describe {missing} of {tool.name}"


async def test_every_argument_of_the_diagnosis_stands_in_the_docs() -> None:
    async with Client(make_server(Fixed(), diagnose_for(Settings()))) as client:
        (tool,) = [tool for tool in (await client.list_tools()).tools if "diagnose" in tool.name]
    assert set(tool.input_schema["properties"]) <= set(rows_of("reference/tools.md"))


def test_every_check_stands_in_the_docs() -> None:
    assert set(NAMES) <= set(rows_of("reference/tools.md"))


def test_the_guide_holds_every_message_that_the_code_knows() -> None:
    written = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    assert written == guide(), "Run: python -m tests.guide"


def test_every_error_stands_in_the_docs() -> None:
    known = {name for name in vars(errors) if isinstance(getattr(errors, name), type)}
    known -= {"WebisError", "ClassVar"}
    assert known == set(rows_of("reference/errors.md"))


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_the_docs_lead_somewhere(path: Path) -> None:
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"
