"""Makes a small tmpfs, fills it, empties it, enlarges it; prints each time what is found.

python full_tmpfs.py FOLDER, inside a mount namespace of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from webis_mcp.service.diagnosis.checks.limits import shm_finding
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Finding
from webis_mcp.service.diagnosis.place import Place

MACHINE = Machine("Test", "apt", "3.12", sys.executable, "venv", is_root=True)


def main(folder: Path) -> list[Finding]:
    place, left = replace(Place(), shm=folder), folder / "left-by-a-program"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=True)
    found = [shm_finding(place, MACHINE)]
    subprocess.run(["mount", "-o", "remount,size=600M", folder], check=True)
    found.append(shm_finding(place, MACHINE))
    with left.open("wb") as file:
        for _ in range(500):
            file.write(bytes(2**20))
    found.append(shm_finding(place, MACHINE))
    left.unlink()
    found.append(shm_finding(place, MACHINE))
    return found


if __name__ == "__main__":
    for finding in main(Path(sys.argv[1])):
        command = finding.remedy.command if finding.remedy else None
        sys.stdout.write(json.dumps([finding.verdict.value, finding.saw, command]) + "\n")
