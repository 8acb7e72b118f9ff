"""The hub that models come from: can it be reached, by which way, with what on the way."""

from __future__ import annotations

from webis_mcp.service.diagnosis.endpoint import EndpointSeen, reach
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.models import ModelSeen
from webis_mcp.service.diagnosis.proxies import address_of
from webis_mcp.service.diagnosis.remedies import set_variable
from webis_mcp.service.diagnosis.scene import Scene
from webis_mcp.settings import HubSettings

LOOPBACK = ("localhost", "127.0.0.1", "::1")

WINDOWS_SECONDS = 0.4
"""Longest wait for a proxy on Windows: it is on the same machine."""

BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Answers that pass: the hub has too much to do."""


async def hub(scene: Scene) -> Finding:
    """Can a model be downloaded?"""
    if absent := await hub_is_not_asked(scene, "hub"):
        return absent
    seen, machine, model = await scene.endpoint(), await scene.machine(), await scene.model()
    answers = await _windows_answers(scene, seen, machine)
    return hub_finding(seen, model, scene.settings.hub, machine, windows_answers=answers)


async def hub_is_not_asked(scene: Scene, check: str) -> Finding | None:
    """Why nothing is asked of the hub, if so: then it hears nothing from us either."""
    if absent := await scene.vllm_is_not_for_here(check):
        return absent
    model = await scene.model()
    if is_offline(scene.settings.hub):
        saw = "HF_HUB_OFFLINE is set: the hub is not asked."
        return Finding(check, Verdict.NOT_APPLICABLE, saw, rests_on=settings_of(scene.settings.hub))
    if model.name and not model.is_hub_name:
        saw = f"MODEL_PATH is a folder, {model.name}: the hub is not asked."
        return Finding(check, Verdict.NOT_APPLICABLE, saw)
    return None


def is_offline(hub: HubSettings) -> bool:
    """Whether the hub's own library is told not to ask it."""
    yes = ("1", "on", "yes", "true")
    return any(str(flag).lower() in yes for flag in (hub.hub_offline, hub.transformers_offline))


def settings_of(hub: HubSettings) -> tuple[str, ...]:
    """What a way to the hub rests on; a proxy's user and password are left out."""
    said = [f"HF_ENDPOINT={hub.endpoint}"]
    for name, value in (
        ("HTTPS_PROXY", hub.https_proxy),
        ("HTTP_PROXY", hub.http_proxy),
        ("ALL_PROXY", hub.all_proxy),
    ):
        if value is not None:
            host, port = address_of(value.get_secret_value())
            said.append(f"{name}={host}:{port}")
    said += [f"NO_PROXY={hub.no_proxy}"] if hub.no_proxy else []
    said += ["HF_TOKEN set" if hub.token else "HF_TOKEN unset"]
    said += [f"HF_HUB_OFFLINE={hub.hub_offline}"] if hub.hub_offline else []
    said += [f"TRANSFORMERS_OFFLINE={hub.transformers_offline}"] if hub.transformers_offline else []
    return tuple(said)


async def _windows_answers(scene: Scene, seen: EndpointSeen, machine: Machine) -> bool:
    """Whether a proxy meant for this machine answers on the Windows that it runs on."""
    if not (seen.trouble and seen.proxy and machine.windows):
        return False
    host, _, port = seen.asked.rpartition(":")
    if host not in LOOPBACK:
        return False
    return await reach(machine.windows, int(port), seconds=WINDOWS_SECONDS) is None


def hub_finding(
    seen: EndpointSeen,
    model: ModelSeen,
    hub: HubSettings,
    machine: Machine,
    *,
    windows_answers: bool = False,
) -> Finding:
    """How the hub stands, as it was seen."""
    rests_on = settings_of(hub)
    by = f" through {seen.proxy} ({seen.asked})" if seen.proxy else ""
    if seen.trouble == "no_url":
        host = seen.url.rpartition("/")[2]
        remedy = Remedy(set_variable("HF_ENDPOINT", f"https://{host}"))
        saw = f"HF_ENDPOINT={seen.url}: {seen.detail}."
        return Finding("hub", Verdict.PROBLEM, saw, remedy, WHY, rests_on)
    if seen.trouble == "certificate":
        saw = f"{seen.url}{by}: its certificate is not trusted; see `certificates`."
        return Finding("hub", Verdict.PROBLEM, saw, CERTIFICATE, rests_on=rests_on)
    if seen.trouble is None:
        return _answered(seen, by, rests_on)
    saw = f"{seen.url}{by} cannot be reached: {seen.detail}."
    if model.is_here:
        remedy = Remedy(set_variable("HF_HUB_OFFLINE", "1"))
        return Finding("hub", Verdict.WARNING, f"{saw} {model.name} is kept here.", remedy, WASTE)
    if seen.proxy:
        remedy = _other_proxy(seen, hub, machine, windows_answers=windows_answers)
        return Finding("hub", Verdict.PROBLEM, saw, remedy, WHY, rests_on)
    return Finding("hub", Verdict.PROBLEM, saw, _another_way(machine), WHY, rests_on)


WHY = Said(
    "vLLM downloads the model when it first starts; it tries for about 24 s and ends with: We"
    " couldn't connect to the hub to load the files.",
    "vLLM 首次启动时会下载模型；它会重试约 24 秒，然后报错：We couldn't connect to … to load the"
    " files。",
)

WASTE = Said(
    "vLLM asks the hub nevertheless, and waits about 24 s before it takes what it has.",
    "vLLM 仍会访问 hub，约等待 24 秒后才使用本地文件。",
)

CERTIFICATE = Remedy(
    Said(
        "Let this Python trust the proxy or mirror: set SSL_CERT_FILE to the certificate of its"
        " authority.",
        "让 Python 信任该代理或镜像：将 SSL_CERT_FILE 设为其 CA 证书文件。",
    )
)


def _other_proxy(
    seen: EndpointSeen, hub: HubSettings, machine: Machine, *, windows_answers: bool
) -> Remedy:
    """A proxy that does not answer: on WSL it is mostly on the Windows side."""
    name = str(seen.proxy)
    host, _, port = seen.asked.rpartition(":")
    if machine.windows and host in LOOPBACK:
        value = f"http://{machine.windows}:{port}"
        said = set_variable(name, value)
        if windows_answers:
            return Remedy(said)
        return Remedy(
            Said(
                f"{said.en} In the proxy program on Windows, allow connections from the LAN.",
                f"{said.zh} 并在 Windows 的代理程序中允许来自局域网的连接。",
            )
        )
    return Remedy(
        Said(
            f"Start the proxy at {seen.asked}, or correct or unset {name} in the `env` of this"
            " server's entry.",
            f"启动 {seen.asked} 上的代理，或在本服务器条目的 `env` 中更正或删除 {name}。",
        )
    )


def _another_way(machine: Machine) -> Remedy:
    proxy = f"http://{machine.windows}:PORT" if machine.windows else "http://HOST:PORT"
    return Remedy(
        Said(
            f"Set HTTPS_PROXY={proxy} if the web needs a proxy here; or HF_ENDPOINT to a mirror"
            " that you trust; or MODEL_PATH to a folder with the model.",
            f"如果此处上网需要代理，请设置 HTTPS_PROXY={proxy}；或将 HF_ENDPOINT 设为你信任的镜像；"
            "或将 MODEL_PATH 设为存放模型的文件夹。",
        )
    )


def _answered(seen: EndpointSeen, by: str, rests_on: tuple[str, ...]) -> Finding:
    saw = f"{seen.url}{by} answers ({seen.status})."
    if seen.status == 407:
        remedy = Remedy(
            Said(
                f"Put user and password into {seen.proxy}: http://USER:PASSWORD@{seen.asked}",
                f"在 {seen.proxy} 中写入用户名和密码：http://USER:PASSWORD@{seen.asked}",
            )
        )
        return Finding("hub", Verdict.PROBLEM, saw, remedy, WHY, rests_on)
    if seen.status in BUSY:
        remedy = Remedy(Said("Try again in a few minutes.", "几分钟后重试。"))
        return Finding("hub", Verdict.WARNING, saw, remedy, WHY, rests_on)
    return Finding("hub", Verdict.OK, saw, rests_on=rests_on)
