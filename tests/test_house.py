"""What the linters cannot hold: short modules and functions, light imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "webis_mcp"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_LINES = 400
MAX_FUNCTION = 60


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_and_its_functions_are_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= MAX_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_FUNCTION, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def imported_by(statement: str) -> set[str]:
    """The modules that are loaded after a statement, in a fresh interpreter."""
    tell = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_server_starts_without_what_only_readers_need() -> None:
    loaded = imported_by("import webis_mcp.server.tools, webis_mcp.server.cli")
    assert not loaded & {"numpy", "turbohtml", "webis_mcp.service.pipeline"}


def test_the_server_starts_without_what_only_a_diagnosis_needs() -> None:
    loaded = imported_by(
        "import webis_mcp.server.tools, webis_mcp.server.cli, webis_mcp.server.shell.doctor"
    )
    assert not [name for name in loaded if name.startswith("webis_mcp.service.diagnosis")]


def test_the_server_has_an_engine_at_hand_without_what_only_its_keeper_needs() -> None:
    loaded = imported_by("import webis_mcp.engine.process.host, webis_mcp.engine.process.kept")
    assert not loaded & {"httpx2", "psutil", "vllm", "torch", "webis_mcp.engine.process.keeper"}


def test_readers_start_without_what_only_the_server_needs() -> None:
    loaded = imported_by("import webis_mcp.service.worker, webis_mcp.service.pipeline")
    assert not loaded & {"mcp", "pydantic", "anyio", "starlette", "asyncio", "httpx2"}


def test_a_model_is_asked_without_what_only_readers_need() -> None:
    loaded = imported_by("import webis_mcp.engine.vllm.judge")
    assert not loaded & {"numpy", "turbohtml", "webis_mcp.engine.vllm.looking"}


def test_importing_the_package_does_nothing_yet() -> None:
    assert not imported_by("import webis_mcp") & {"numpy", "turbohtml", "anyio", "pydantic"}
