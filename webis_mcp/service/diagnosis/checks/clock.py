"""The clock and the certificates on the way to the hub."""

from __future__ import annotations

from webis_mcp.service.diagnosis.checks.hub import CERTIFICATE, hub_is_not_asked
from webis_mcp.service.diagnosis.endpoint import EndpointSeen
from webis_mcp.service.diagnosis.machine import Machine
from webis_mcp.service.diagnosis.model import Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.scene import Scene

MOST_SKEW = 300.0
"""Seconds that a clock may be wrong: certificates bear more than that, but no days."""

DATED = ("has expired", "not yet valid")
"""What a certificate is said to be where the clock may be to blame."""


async def clock(scene: Scene) -> Finding:
    """Is this machine's clock right, by the hub's?"""
    if absent := await hub_is_not_asked(scene, "clock"):
        return absent
    return clock_finding(await scene.endpoint(), await scene.machine())


def clock_finding(seen: EndpointSeen, machine: Machine) -> Finding:
    """Our clock against the one that came with the hub's answer."""
    if seen.trouble == "certificate" and any(word in seen.detail for word in DATED):
        saw = f"{seen.url}: {seen.detail}. That is so when the clock here is wrong."
        return Finding("clock", Verdict.WARNING, saw, _set_clock(machine), WHY)
    if seen.skew is None:
        return Finding("clock", Verdict.NOT_APPLICABLE, "The hub did not tell the time.")
    direction = "ahead of" if seen.skew > 0 else "behind"
    saw = f"The clock here is {abs(seen.skew):.0f} s {direction} that of {seen.url}."
    if abs(seen.skew) <= MOST_SKEW:
        return Finding("clock", Verdict.OK, saw)
    return Finding("clock", Verdict.PROBLEM, saw, _set_clock(machine), WHY)


WHY = Said(
    "With a wrong clock certificates seem expired or not yet valid, and downloads fail.",
    "时钟不准会使证书看似过期或尚未生效，导致下载失败。",
)


def _set_clock(machine: Machine) -> Remedy:
    if machine.is_wsl:
        said = Said(
            "Set the clock from the hardware's: WSL's stands still while Windows sleeps.",
            "按硬件时钟校准：Windows 休眠期间 WSL 的时钟会停走。",
        )
        return Remedy(said, f"{machine.sudo}hwclock --hctosys")
    if machine.in_container:
        return Remedy(Said("Set the clock of the host.", "校准宿主机的时钟。"))
    said = Said("Let the system set its clock.", "让系统自动校时。")
    command = {"linux": f"{machine.sudo}timedatectl set-ntp true"}.get(machine.platform)
    return Remedy(said, command)


async def certificates(scene: Scene) -> Finding:
    """Is the hub's certificate trusted?"""
    if absent := await hub_is_not_asked(scene, "certificates"):
        return absent
    return certificates_finding(await scene.endpoint())


def certificates_finding(seen: EndpointSeen) -> Finding:
    """What TLS said."""
    if seen.trouble == "certificate":
        why = Said(
            "A proxy that opens TLS, or a mirror with its own authority, is trusted only when its"
            " authority is.",
            "解密 TLS 的代理，或使用自有 CA 的镜像，只有在其 CA 受信任时才可用。",
        )
        saw = f"{seen.url}: {seen.detail}."
        return Finding("certificates", Verdict.PROBLEM, saw, CERTIFICATE, why)
    if seen.status is None or not seen.url.startswith("https:"):
        saw = f"No TLS was spoken with {seen.url}."
        return Finding("certificates", Verdict.NOT_APPLICABLE, saw)
    return Finding("certificates", Verdict.OK, f"The certificate of {seen.url} is trusted.")
