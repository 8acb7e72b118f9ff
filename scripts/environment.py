"""The project's own virtual environment, made when it is missing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
LOWEST = (3, 11)


def environment(extras: str = "") -> Path:
    """The interpreter of `.venv`, the package installed in it with the extras asked for.

    Installing is left out when it was done before and pyproject.toml is the same.
    """
    if sys.version_info < LOWEST:
        sys.exit(f"webis-mcp needs Python {LOWEST[0]}.{LOWEST[1]} or later; this is {sys.version}.")
    folder = ROOT / ".venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"Making {folder.name} ...", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True)
    wanted = set(extras.split(",")) - {""}
    mark = folder / "installed"
    project = f"{ROOT} {hashlib.sha256((ROOT / 'pyproject.toml').read_bytes()).hexdigest()}"
    before = mark.read_text().splitlines() if mark.exists() else []
    there = set(before[1:]) if before[:1] == [project] else None
    if there is None or wanted - there:
        every = sorted(wanted | (there or set()))
        what = f"{ROOT}[{','.join(every)}]" if every else str(ROOT)
        print("Installing webis-mcp ...", file=sys.stderr, flush=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--editable", what], check=True)
        mark.write_text("\n".join([project, *every]))
    return python


def run(*command: str | Path) -> None:
    """Show and run a command in the project's root; end with its exit code if it fails."""
    words = [str(word) for word in command]
    shown = [Path(words[0]).name, *words[1:]]
    print("$", " ".join(shown), flush=True)
    code = subprocess.run(words, cwd=ROOT, check=False).returncode
    if code:
        sys.exit(code)


def leave_out(what: str, why: str) -> NoReturn:
    """End, having said what was not run here, and why; on CI nothing may be left out."""
    print(f"Left out: {what}, for {why}.", flush=True)
    sys.exit(1 if os.environ.get("CI") else 0)


if __name__ == "__main__":
    environment(sys.argv[1] if sys.argv[1:] else "")
