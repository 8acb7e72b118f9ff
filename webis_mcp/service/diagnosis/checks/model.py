"""The model: named, given to us, whole, and small enough for the disk."""

from __future__ import annotations

import shlex

from webis_mcp.service.diagnosis.checks.hub import is_offline, settings_of
from webis_mcp.service.diagnosis.endpoint import EndpointSeen
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.models import Lack, ModelSeen
from webis_mcp.service.diagnosis.remedies import set_variable
from webis_mcp.service.diagnosis.scene import Scene
from webis_mcp.settings import HubSettings

GIB = 2**30

ROOM = 2 * GIB
"""Bytes that must be free beside a model: vLLM keeps compiled kernels and logs."""

NOT_KEPT: tuple[Lack, ...] = ("folder", "config", "weights", "whole_weights")
"""What a download mends."""


async def model(scene: Scene) -> Finding:
    """Can vLLM have the model that is asked for?"""
    if absent := await scene.vllm_is_not_for_here("model"):
        return absent
    seen, hub = await scene.model(), scene.settings.hub
    if seen.name is None:
        saw = "MODEL_PATH is unset: the model is chosen by the memory of the GPU."
        return Finding("model", Verdict.NOT_APPLICABLE, saw)
    if not seen.is_hub_name or seen.lacks not in (*NOT_KEPT, None) or seen.is_here:
        return local_finding(seen)
    if is_offline(hub):
        return _offline(seen, hub)
    return remote_finding(seen, await scene.endpoint(), hub)


def local_finding(seen: ModelSeen) -> Finding:
    """A model whose files are here, or ought to be."""
    rests_on = (f"MODEL_PATH={seen.name}",)
    if seen.lacks is None:
        saw = f"{seen.name}: {seen.weights / GIB:.1f} GiB of weights in {seen.folder}."
        return Finding("model", Verdict.OK, saw, rests_on=rests_on)
    saw, said = _LACKS[seen.lacks]
    saw = f"{seen.folder or seen.name}: {saw}{': ' + seen.detail if seen.detail else ''}."
    verdict = Verdict.PROBLEM
    return Finding("model", verdict, saw, Remedy(said, _fetch_again(seen)), rests_on=rests_on)


def _fetch_again(seen: ModelSeen) -> str | None:
    return (
        f"hf download --force-download {shlex.quote(str(seen.name))}" if seen.is_hub_name else None
    )


_WHOLE = Said("Download or copy the whole model again.", "重新下载或复制完整的模型。")

_LACKS: dict[Lack, tuple[str, Said]] = {
    "folder": (
        "there is no such folder",
        Said(
            "Name a folder in MODEL_PATH that there is (as an absolute path: a host starts us in"
            " its own folder), or a model of the hub as NAMESPACE/NAME.",
            "将 MODEL_PATH 设为存在的文件夹（用绝对路径，宿主程序在它自己的目录中启动本服务器），"
            "或设为 hub 上的模型名 NAMESPACE/NAME。",
        ),
    ),
    "config": (
        "there is no readable config.json",
        Said(
            "Name the folder that holds config.json itself, or copy the whole model there.",
            "MODEL_PATH 要指向直接包含 config.json 的文件夹，或把完整模型复制进去。",
        ),
    ),
    "weights": ("there are no weights (*.safetensors, *.bin)", _WHOLE),
    "whole_weights": ("the weights are not whole", _WHOLE),
    "tokenizer": ("there is no tokenizer; vLLM starts, and fails at the first request", _WHOLE),
    "vocabulary": (
        "tokenizer and model do not belong together; vLLM starts, and dies at a request",
        Said(
            "Put the tokenizer that came with this model into its folder.",
            "将该模型自带的 tokenizer 文件放入其文件夹。",
        ),
    ),
}


def _offline(seen: ModelSeen, hub: HubSettings) -> Finding:
    return Finding(
        "model",
        Verdict.PROBLEM,
        f"{seen.name} is not whole in {seen.home}, and HF_HUB_OFFLINE forbids to download it.",
        Remedy(
            Said(
                "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE for one start.",
                "取消 HF_HUB_OFFLINE 和 TRANSFORMERS_OFFLINE 后启动一次。",
            )
        ),
        rests_on=(f"MODEL_PATH={seen.name}", *settings_of(hub)),
    )


def remote_finding(seen: ModelSeen, endpoint: EndpointSeen, hub: HubSettings) -> Finding:
    """A model that would have to be downloaded, by what the hub answered."""
    rests_on = (f"MODEL_PATH={seen.name}", *settings_of(hub))
    if endpoint.trouble or endpoint.status is None:
        saw = f"{seen.name} is not kept in {seen.home}, and the hub cannot be asked; see `hub`."
        said = Said("Do what `hub` says.", "请按 `hub` 一项处理。")
        return Finding("model", Verdict.PROBLEM, saw, Remedy(said), rests_on=rests_on)
    answer = f"{endpoint.url} answers {endpoint.status} {endpoint.error_code or ''}".rstrip()
    if endpoint.status < 400:
        size = f", {endpoint.size / GIB:.1f} GiB of weights" if endpoint.size else ""
        saw = f"{seen.name} is not kept in {seen.home} yet{size}; {answer}: it can be downloaded."
        return Finding("model", Verdict.OK, saw, rests_on=rests_on)
    remedy = _refused(seen, endpoint, hub)
    saw = f"{seen.name} is not kept in {seen.home}; {answer}."
    verdict = Verdict.PROBLEM if endpoint.status < 429 else Verdict.WARNING
    return Finding("model", verdict, saw, remedy, rests_on=rests_on)


def _refused(seen: ModelSeen, endpoint: EndpointSeen, hub: HubSettings) -> Remedy:
    page = f"{endpoint.url}/{seen.name}"
    if endpoint.error_code == "GatedRepo" or endpoint.status == 403:
        if hub.token:
            return Remedy(
                Said(
                    f"Ask for access at {page} with the account of your HF_TOKEN.",
                    f"用 HF_TOKEN 所属账号在 {page} 申请访问权限。",
                )
            )
        token = set_variable("HF_TOKEN", "YOUR_TOKEN")
        return Remedy(
            Said(
                f"Ask for access at {page}, make a token there, and hand it over: {token.en}",
                f"在 {page} 申请访问权限并创建令牌，然后：{token.zh}",
            )
        )
    if endpoint.status in (401, 404):
        return Remedy(
            Said(
                "Correct MODEL_PATH: there is no such model on this hub, or HF_TOKEN may not see"
                " it.",
                "请更正 MODEL_PATH：hub 上没有该模型，或 HF_TOKEN 无权查看。",
            )
        )
    return Remedy(Said("Try again in a few minutes.", "几分钟后重试。"))


async def disk(scene: Scene) -> Finding:
    """Is there room for the model?"""
    if absent := await scene.vllm_is_not_for_here("disk"):
        return absent
    seen = await scene.model()
    size = None if seen.is_here or not seen.is_hub_name else (await scene.endpoint()).size
    return disk_finding(seen, size, home_is_set=scene.settings.hub.home is not None)


def disk_finding(seen: ModelSeen, size: int | None, *, home_is_set: bool) -> Finding:
    """Free space against what has to come."""
    rests_on = (f"HF_HOME={seen.home}" if home_is_set else "HF_HOME unset",)
    if seen.free is None:
        return Finding("disk", Verdict.NOT_APPLICABLE, f"{seen.home} is on no disk.")
    needed = (size or 0) + ROOM
    wanted = f"; {seen.name} needs {size / GIB:.1f}" if size else ""
    saw = f"{seen.free / GIB:.1f} GiB free at {seen.home}{wanted}."
    if seen.free >= needed:
        return Finding("disk", Verdict.OK, saw, rests_on=rests_on)
    return Finding(
        "disk",
        Verdict.PROBLEM if size or not seen.is_here else Verdict.WARNING,
        saw,
        Remedy(
            Said(
                f"Free {(needed - seen.free) / GIB:.1f} GiB there, or set HF_HOME to a folder on a"
                " larger disk.",
                f"在该处腾出 {(needed - seen.free) / GIB:.1f} GiB，"
                "或将 HF_HOME 设为更大磁盘上的文件夹。",
            )
        ),
        Said(
            "A download that fills the disk leaves weights cut off: No space left on device.",
            "下载写满磁盘会留下不完整的权重：No space left on device。",
        ),
        rests_on,
    )
