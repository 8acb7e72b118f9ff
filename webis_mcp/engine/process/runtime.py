"""Where an engine's socket, lock and log are, and what one engine asks of the machine.

Two servers whose settings ask the same find the same names here, and so share one engine. Nothing
here depends on the environment: a host starts its servers with less of it than a shell does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from webis_mcp import system
from webis_mcp.errors import EngineError

PROTOCOL = 1
"""What hosts and keepers say to each other; those that say it otherwise do not share an engine."""

LONGEST_ADDRESS = 103
"""Bytes that the path of a unix socket may have on every system."""

TAG = "WEBIS_ENGINE_TAG"
"""The variable that every process of an engine carries: the engine's name and the run's secret."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an engine is to be, as the settings say it.

    Attributes:
        environ: variables that the settings set, beside those that the keeper was started with.
        start_seconds, idle_seconds: patience; the keeper that is there first has its own.
    """

    model: str | None = None
    utilisation: float | None = None
    window: int | None = None
    device: str = "auto"
    parallel: tuple[int, int, int] = (1, 1, 1)
    args: tuple[str, ...] = ()
    command: str | None = None
    environ: tuple[tuple[str, str], ...] = ()
    start_seconds: float = 600.0
    idle_seconds: float = 300.0

    def name(self) -> str:
        """A name for the engine: the same for orders that one engine can serve."""
        asked = asdict(self)
        for patience in ("start_seconds", "idle_seconds"):
            del asked[patience]
        told = json.dumps([PROTOCOL, asked], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        fields = json.loads(text)
        fields["parallel"] = tuple(fields["parallel"])
        fields["args"] = tuple(fields["args"])
        fields["environ"] = tuple((name, value) for name, value in fields["environ"])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one engine."""

    folder: Path
    name: str

    @property
    def socket(self) -> Path:
        """Where the keeper listens; a connection is a lease."""
        return self.folder / f"{self.name}.sock"

    @property
    def lock(self) -> Path:
        """Held by the keeper for as long as it lives."""
        return self.folder / f"{self.name}.lock"

    @property
    def run(self) -> Path:
        """By what the processes of the present run, or of one that crashed, are recognised."""
        return self.folder / f"{self.name}.run"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"


def open_places(order: Order, folder: str | None = None) -> Places:
    """The places of an engine, in a folder that nobody else can look into.

    Raises:
        EngineError: the folder cannot be made, or is somebody else's.
    """
    where = Path(folder) if folder else system.runtime_folder()
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_ours = system.is_own_folder(where)
    except OSError as error:
        raise EngineError(
            f"The folder {where} for the engine's socket cannot be made: {error.strerror}.",
            hint="Name another in WEBIS_RUNTIME_FOLDER.",
        ) from error
    if not is_ours:
        raise EngineError(
            f"The folder {where} belongs to somebody else, or others may write to it.",
            hint=f"Make it yours alone (chmod 700 {where}), or name another in"
            " WEBIS_RUNTIME_FOLDER.",
        )
    places = Places(where, order.name())
    if len(str(places.socket).encode()) > LONGEST_ADDRESS:
        raise EngineError(
            f"The path {places.socket} is too long for a socket.",
            hint="Name a shorter folder in WEBIS_RUNTIME_FOLDER.",
        )
    return places
