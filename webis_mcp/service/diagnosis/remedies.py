"""Remedies that depend on the system: the same advice as the right command for this machine."""

from __future__ import annotations

import shlex

from webis_mcp.service.diagnosis.installation import Installation
from webis_mcp.service.diagnosis.machine import Machine, Packages
from webis_mcp.service.diagnosis.model import Remedy, Said

_INSTALL: dict[Packages, str] = {
    "apt": "apt-get install -y",
    "dnf": "dnf install -y",
    "apk": "apk add",
    "pacman": "pacman -S --needed --noconfirm",
    "zypper": "zypper install -y",
}

_COMPILER: dict[Packages, str] = {
    "apt": "build-essential",
    "dnf": "gcc gcc-c++",
    "apk": "build-base",
    "pacman": "base-devel",
    "zypper": "gcc gcc-c++",
}

_DRIVER: dict[Packages, str] = {
    "apt": "nvidia-driver",
    "pacman": "nvidia",
    "zypper": "nvidia-driver-G06-kmp-default",
}


def packages(machine: Machine, names: str) -> str | None:
    """The line that installs packages of the system."""
    install = _INSTALL.get(machine.packages)
    return f"{machine.sudo}{install} {names}" if install else None


def pip_install(machine: Machine, what: str, has_pip: bool, *options: str) -> str:
    """The line that installs into the environment that this server runs in."""
    words = [*options, shlex.quote(what)]
    python = shlex.quote(machine.interpreter)
    if has_pip:
        return " ".join([python, "-m pip install", *words])
    return " ".join(["uv pip install --python", python, *words])


def reinstall_vllm(machine: Machine, installation: Installation) -> str:
    """The line that installs vllm with the torch build that this driver can run.

    Only uv asks the driver, hence uv even where there is pip.
    """
    version = installation.versions.get("vllm")
    what = f"vllm=={version.partition('+')[0]}" if version else "vllm"
    python = shlex.quote(machine.interpreter)
    return f"uv pip install --python {python} --reinstall --torch-backend=auto {what}"


def install_compiler(machine: Machine) -> Remedy:
    """How a C compiler comes here."""
    if machine.surroundings == "conda":
        return Remedy(_COMPILER_SAID, "conda install -y -c conda-forge gcc gxx")
    names = _COMPILER.get(machine.packages)
    return Remedy(_COMPILER_SAID, packages(machine, names) if names else None)


_COMPILER_SAID = Said(
    "Install a C compiler, or name the one you have in CC, then start the server again.",
    "安装 C 编译器（或用环境变量 CC 指定已有的编译器），然后重新启动服务器。",
)


def install_headers(machine: Machine) -> Remedy:
    """How Python's own headers come here."""
    version = ".".join(machine.python.split(".")[:2])
    names: dict[Packages, str] = {
        "apt": f"python{version}-dev",
        "dnf": f"python{version}-devel" if "edora" in machine.name else "python3-devel",
        "apk": "python3-dev",
        "zypper": f"python{version.replace('.', '')}-devel",
    }
    name = names.get(machine.packages)
    return Remedy(
        Said(
            f"Install the C headers of Python {version}.",
            f"安装 Python {version} 的 C 头文件。",
        ),
        packages(machine, name) if name else None,
    )


def install_driver(machine: Machine) -> Remedy:
    """How the NVIDIA driver comes here, or from where it comes into here."""
    if machine.is_wsl:
        return Remedy(
            Said(
                "Install or update the NVIDIA driver in Windows, not in WSL, then run"
                " `wsl --shutdown` there.",
                "请在 Windows 中（而不是在 WSL 中）安装或更新 NVIDIA 驱动，然后在 Windows 中运行"
                " `wsl --shutdown`。",
            )
        )
    if machine.in_container:
        return Remedy(
            Said(
                "The driver comes from the host: install the NVIDIA Container Toolkit there and"
                " start this container with `--gpus all`.",
                "驱动来自宿主机：请在宿主机上安装 NVIDIA Container Toolkit，并用 `--gpus all`"
                " 启动此容器。",
            )
        )
    said = Said(
        "Install the current NVIDIA driver, then restart the machine.",
        "安装最新的 NVIDIA 驱动，然后重启机器。",
    )
    if "ubuntu" in machine.name.lower():
        return Remedy(said, f"{machine.sudo}ubuntu-drivers install")
    name = _DRIVER.get(machine.packages)
    return Remedy(said, packages(machine, name) if name else None)


def set_variable(name: str, value: str) -> Said:
    """How a setting reaches this server: a host hands it only what its entry names."""
    return Said(
        f"Set {name}={value} in the `env` of this server's entry in the host's configuration"
        " (or in the shell that starts it), then start it again.",
        f"在宿主程序配置中本服务器条目的 `env` 里（或在启动它的 shell 中）设置 {name}={value}，"
        "然后重新启动。",
    )
