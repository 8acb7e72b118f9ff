"""The model as its files stand on this machine: in a folder, or kept from the hub.

Reads a few small files of it; no weights.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from webis_mcp.service.diagnosis.endpoint import is_hub_name
from webis_mcp.settings import EngineSettings, HubSettings

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json", "vocab.txt")
WEIGHTS = ("*.safetensors", "*.bin", "*.pt")

MOST_JSON = 40_000_000
"""Bytes of a JSON file that is read; the largest tokenizers have half of it."""

Lack = Literal["folder", "config", "weights", "whole_weights", "tokenizer", "vocabulary"]


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """The state of a model's files.

    Attributes:
        folder: where they are, or would have to be.
        lacks: the first thing that is missing or wrong, for which vLLM would stop.
        weights: bytes of its weights that are there.
        home: where models from the hub are kept, and what is free there, in bytes.
    """

    name: str | None
    is_hub_name: bool
    folder: Path | None
    lacks: Lack | None
    detail: str
    weights: int
    home: Path
    free: int | None

    @property
    def is_here(self) -> bool:
        """Whether nothing has to be downloaded."""
        return self.folder is not None and self.lacks is None


def look_at_model(engine: EngineSettings, hub: HubSettings) -> ModelSeen:
    """The files of the model that the settings name."""
    home = home_of(hub)
    name, from_hub = engine.model_path, is_hub_name(engine.model_path)
    if name is None:
        return ModelSeen(None, False, None, None, "", 0, home, free_at(home))
    local = Path(name).expanduser()
    from_hub = from_hub and not local.exists()  # a folder of that name goes before the hub
    folder = _kept(home, name) if from_hub else local
    lacks, detail = what_lacks(folder) if folder else ("folder", "")
    return ModelSeen(
        name=name,
        is_hub_name=from_hub,
        folder=folder,
        lacks=lacks,
        detail=detail,
        weights=sum(size for _, size in _weights(folder)) if folder else 0,
        home=home,
        free=free_at(home),
    )


def home_of(hub: HubSettings) -> Path:
    """Where the hub's files are kept."""
    return Path(hub.home).expanduser() if hub.home else Path.home() / ".cache" / "huggingface"


def free_at(folder: Path) -> int | None:
    """Bytes free where a folder is, or would be made."""
    for place in (folder, *folder.parents):
        if place.exists():
            return shutil.disk_usage(place).free
    return None


def _kept(home: Path, name: str) -> Path | None:
    """The newest snapshot of a model from the hub, as its main branch is noted, if it is there."""
    kept = home / "hub" / f"models--{name.replace('/', '--')}"
    try:
        snapshot = kept / "snapshots" / (kept / "refs" / "main").read_text().strip()
    except OSError:
        return None
    return snapshot if snapshot.is_dir() else None


def what_lacks(folder: Path) -> tuple[Lack | None, str]:
    """What vLLM would miss in a model's folder, first things first."""
    if not folder.is_dir():
        return "folder", ""
    config = _json(folder / "config.json")
    if config is None:
        return "config", ""
    weights = list(_weights(folder))
    if not weights:
        return "weights", ""
    if broken := _broken(folder, weights):
        return "whole_weights", broken
    if not any((folder / name).exists() for name in TOKENIZERS):
        return "tokenizer", ""
    return _vocabulary(folder, config)


def _weights(folder: Path) -> Iterator[tuple[Path, int]]:
    """The files of one kind of weights with their sizes."""
    for pattern in WEIGHTS:
        found = sorted(folder.glob(pattern))
        if found:
            yield from ((path, path.stat().st_size) for path in found if path.exists())
            return


def _broken(folder: Path, weights: list[tuple[Path, int]]) -> str:
    """The first file of weights that is missing or cut off, in words."""
    index = _json(folder / "model.safetensors.index.json") or {}
    named = set(map(str, dict(index.get("weight_map") or {}).values()))
    missing = sorted(named - {path.name for path, _ in weights})
    if missing:
        return f"{missing[0]} is missing, as are {len(missing) - 1} more of {len(named)}"
    for path, size in weights:
        if path.suffix == ".safetensors" and (wanted := _wanted_size(path)) != size:
            return f"{path.name} has {size:,} bytes, its head says {wanted:,}"
    return ""


def _wanted_size(path: Path) -> int:
    """The bytes that a safetensors file must have by its own head."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_JSON:
            return -1
        try:
            head = json.loads(file.read(length))
        except ValueError:
            return 8 + length
    ends = [entry["data_offsets"][1] for name, entry in head.items() if name != "__metadata__"]
    return 8 + length + max(ends, default=0)


def _vocabulary(folder: Path, config: dict[str, Any]) -> tuple[Lack | None, str]:
    """Whether the tokenizer has words that the model has not: vLLM dies of the first of them."""
    tokenizer = _json(folder / "tokenizer.json") or {}
    words = (tokenizer.get("model") or {}).get("vocab")
    size = config.get("vocab_size")
    if isinstance(words, dict) and words and isinstance(size, int):
        highest = max(value for value in words.values() if isinstance(value, int))
        if highest >= size:
            return "vocabulary", f"the tokenizer counts to {highest}, the model to {size - 1}"
    return None, ""


def _json(path: Path) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > MOST_JSON:
            return None
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return read if isinstance(read, dict) else None
