"""The model's files: every way in which a folder is not a model, and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.site import unused_port
from tests.support.surroundings import empty_place, find, remedy_of
from webis_mcp.service.diagnosis.checks.model import disk_finding
from webis_mcp.service.diagnosis.model import Verdict
from webis_mcp.service.diagnosis.models import ModelSeen, home_of, what_lacks
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.settings import HubSettings

GIB = 2**30


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return empty_place(tmp_path)


def write_weights(path: Path, *, cut: int = 0) -> None:
    """A safetensors file of one tensor."""
    tensor = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    head = json.dumps({"__metadata__": {}, "w": tensor}).encode()
    whole = len(head).to_bytes(8, "little") + head + bytes(16)
    path.write_bytes(whole[: len(whole) - cut])


def write_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"vocab_size": 3}')
    (folder / "tokenizer.json").write_text('{"model": {"vocab": {"a": 0, "b": 2}}}')
    write_weights(folder / "model.safetensors")
    return folder


async def test_a_whole_model_is_fine(place: Place, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    finding = await find("model", place, MODEL_PATH=str(folder))
    assert finding.verdict is Verdict.OK
    assert finding.rests_on == (f"MODEL_PATH={folder}",)
    assert (await find("hub", place, MODEL_PATH=str(folder))).verdict is Verdict.NOT_APPLICABLE


async def test_a_folder_that_is_not_there_is_a_problem_until_it_is(
    place: Place, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    finding = await find("model", place, MODEL_PATH=str(folder))
    assert finding.verdict is Verdict.PROBLEM
    assert finding.saw == f"{folder}: there is no such folder."
    assert "absolute path" in remedy_of(finding).said.en
    write_model(folder)
    assert (await find("model", place, MODEL_PATH=str(folder))).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("config.json", None, "no readable config.json"),
        ("config.json", "{", "no readable config.json"),
        ("model.safetensors", None, "there are no weights"),
        ("model.safetensors", "cut", "the weights are not whole: model.safetensors has"),
        ("model.safetensors", "nonsense", "the weights are not whole"),
        (
            "model.safetensors.index.json",
            '{"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}',
            "model-2.safetensors is missing",
        ),
        ("tokenizer.json", None, "no tokenizer"),
        (
            "tokenizer.json",
            '{"model": {"vocab": {"a": 3}}}',
            "the tokenizer counts to 3, the model to 2",
        ),
    ],
)
async def test_what_a_model_lacks_is_told(
    place: Place, tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    folder = write_model(tmp_path / "model")
    if content is None:
        (folder / name).unlink()
    elif content == "cut":
        write_weights(folder / name, cut=5)
    else:
        (folder / name).write_text(content)
    finding = await find("model", place, MODEL_PATH=str(folder))
    assert finding.verdict is Verdict.PROBLEM
    assert said in finding.saw
    assert remedy_of(finding).said.zh


async def test_a_model_that_is_kept_is_whole_without_the_hub(place: Place, tmp_path: Path) -> None:
    kept = tmp_path / "home" / "hub" / "models--org--model"
    write_model(kept / "snapshots" / "abc")
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("abc")
    environ = {
        "MODEL_PATH": "org/model",
        "HF_HOME": str(tmp_path / "home"),
        "HF_ENDPOINT": f"http://127.0.0.1:{unused_port()}",
    }
    assert (await find("model", place, **environ)).verdict is Verdict.OK
    wasteful = await find("hub", place, **environ)
    assert wasteful.verdict is Verdict.WARNING
    assert "HF_HUB_OFFLINE=1" in remedy_of(wasteful).said.en
    mended = await find("hub", place, **environ, HF_HUB_OFFLINE="1")
    assert mended.verdict is Verdict.NOT_APPLICABLE


def test_nothing_is_broken_by_a_folder_of_nonsense(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    for name in ("config.json", "tokenizer.json", "model.safetensors.index.json"):
        (folder / name).write_bytes(b"[1, 2")
        assert isinstance(what_lacks(folder), tuple)


def test_the_home_of_models_is_where_the_hub_keeps_them() -> None:
    assert home_of(HubSettings()) == Path.home() / ".cache" / "huggingface"


@pytest.mark.parametrize(
    ("free", "size", "verdict"),
    [(50, 8, Verdict.OK), (9, 8, Verdict.PROBLEM), (1, None, Verdict.PROBLEM)],
)
def test_a_disk_must_hold_what_has_to_come(free: int, size: int | None, verdict: Verdict) -> None:
    home = Path("/models")
    seen = ModelSeen("org/model", True, None, "folder", "", 0, home, free * GIB)
    finding = disk_finding(seen, size and size * GIB, home_is_set=True)
    assert finding.verdict is verdict
