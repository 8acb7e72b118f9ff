"""What a plain install brings: packages and megabytes, in a fresh virtual environment.

python -m benchmarks.footprint
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        venv.create(folder, with_pip=True)
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
        before = size(folder)
        subprocess.run([*pip, "install", "--quiet", str(ROOT)], check=True)
        listed = subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True)
        names = {row["name"].lower() for row in json.loads(listed.stdout)} - {"pip", "setuptools"}
        print(f"{len(names)} packages, {(size(folder) - before) / 1e6:.0f} MB")
        print(", ".join(sorted(names)))


def size(folder: Path) -> int:
    """Bytes of all files below a folder, compiled bytecode left out."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files if not path.is_symlink())


if __name__ == "__main__":
    main()
