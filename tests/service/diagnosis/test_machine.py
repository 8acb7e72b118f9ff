"""The system, told from the files by which systems tell who they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.surroundings import empty_place
from webis_mcp.service.diagnosis.machine import look_at_machine
from webis_mcp.service.diagnosis.place import Place
from webis_mcp.service.diagnosis.remedies import install_driver


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "proc" / "net").mkdir(parents=True)
    return replace(
        empty_place(tmp_path),
        proc=tmp_path / "proc",
        os_release=tmp_path / "os-release",
        resolver=tmp_path / "resolv.conf",
    )


@pytest.mark.parametrize(
    ("release", "packages"),
    [
        ('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"', "apt"),
        ("ID=linuxmint\nID_LIKE='ubuntu debian'", "apt"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "dnf"),
        ("ID=alpine", "apk"),
        ("ID=cachyos\nID_LIKE=arch", "pacman"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "zypper"),
        ("ID=nixos", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_distribution_is_told_by_its_name_or_its_kin(
    place: Place, release: str, packages: str
) -> None:
    place.os_release.write_text(release)
    assert look_at_machine(place).packages == packages


def test_wsl_is_told_with_the_address_of_its_windows(place: Place) -> None:
    (place.proc / "version").write_text("Linux version 6.6.87.2-microsoft-standard-WSL2 (gcc)")
    place.resolver.write_text("# made by WSL\nnameserver 10.255.255.254\n")
    assert look_at_machine(place).windows == "10.255.255.254"
    head = "Iface\tDestination\tGateway\tFlags\n"
    (place.proc / "net" / "route").write_text(f"{head}eth0\t00000000\t0120A8C0\t0003\n")
    machine = look_at_machine(place)
    assert (machine.is_wsl, machine.windows) == (True, "192.168.32.1")
    assert "in Windows, not in WSL" in install_driver(machine).said.en


def test_no_windows_is_told_outside_wsl(place: Place) -> None:
    (place.proc / "version").write_text("Linux version 6.12.0-generic")
    machine = look_at_machine(place)
    assert (machine.is_wsl, machine.windows, machine.in_container) == (False, None, False)


def test_a_container_is_told_by_its_marks(place: Place, tmp_path: Path) -> None:
    mark = tmp_path / ".dockerenv"
    marked = replace(place, container_marks=(mark,))
    assert not look_at_machine(marked).in_container
    mark.write_text("")
    assert look_at_machine(marked).in_container


def test_a_pod_is_told_by_its_control_group(place: Place) -> None:
    (place.proc / "1").mkdir()
    (place.proc / "1" / "cgroup").write_text("0::/kubepods.slice/cri-containerd-1.scope\n")
    assert look_at_machine(place).in_container
