"""What a check is handed: the settings, the place, what others know, and the looks they share."""

from __future__ import annotations

from dataclasses import dataclass

from anyio.abc import TaskGroup

from webis_mcp.service.diagnosis.endpoint import EndpointSeen, look_at_endpoint
from webis_mcp.service.diagnosis.gpus import Gpus, look_at_gpus
from webis_mcp.service.diagnosis.installation import Installation, look_at_installation
from webis_mcp.service.diagnosis.looking import Once, aside
from webis_mcp.service.diagnosis.machine import Machine, look_at_machine
from webis_mcp.service.diagnosis.model import Finding, HandedIn, Verdict
from webis_mcp.service.diagnosis.models import ModelSeen, look_at_model
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.settings import Settings


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a check may look at.

    Attributes:
        insist: look although vLLM is not in use here: it was asked for by name, or by an error.
    """

    settings: Settings
    place: Place
    known: HandedIn
    insist: bool
    machine: Once[Machine]
    installation: Once[Installation]
    gpus: Once[Gpus]
    endpoint: Once[EndpointSeen]
    model: Once[ModelSeen]

    async def vllm_is_not_for_here(self, check: str) -> Finding | None:
        """Why a check that only vLLM needs does not apply, if it does not."""
        reason = None if self.insist else await self._no_vllm()
        return Finding(check, Verdict.NOT_APPLICABLE, *reason) if reason else None

    async def _no_vllm(self) -> tuple[str] | None:
        engine = self.settings.engine
        if engine.vllm_url:
            return ("WEBIS_VLLM_URL names a server, so no vLLM is started on this machine.",)
        if engine.engine == "embedded":
            return ("WEBIS_ENGINE=embedded: the embedded engine answers, on the CPU.",)
        if engine.engine == "auto" and not (await self.installation()).vllm:
            return ("vllm is not installed: the embedded engine answers, on the CPU.",)
        return None


def open_scene(
    tasks: TaskGroup, settings: Settings, place: Place, known: HandedIn, *, insist: bool
) -> Scene:
    """A scene whose looks run in the task group, each when it is first asked for."""
    machine = Once(tasks, lambda: aside(lambda: look_at_machine(place)))
    installation = Once(tasks, lambda: aside(lambda: look_at_installation(place)))
    model = Once(tasks, lambda: aside(lambda: look_at_model(settings.engine, settings.hub)))
    return Scene(
        settings=settings,
        place=place,
        known=known,
        insist=insist,
        machine=machine,
        installation=installation,
        gpus=Once(tasks, lambda: look_at_gpus(place)),
        endpoint=Once(tasks, lambda: look_at_endpoint(settings.hub, settings.engine.model_path)),
        model=model,
    )
