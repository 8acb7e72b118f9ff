"""Jobs for workers, good ones and bad ones. Children import this module by its name."""

from __future__ import annotations

import os
import signal
import socket
import sys

from webis_mcp.errors import InvalidInput
from webis_mcp.service.worker import tell

_connections: list[socket.socket] = []


def double(number: int) -> int:
    return 2 * number


def echo(text: str) -> str:
    return text


def pid() -> int:
    return os.getpid()


def refuse(message: str, hint: str) -> None:
    raise InvalidInput(message, hint=hint)


def divide_by_zero() -> float:
    return 1 / 0


def unsendable() -> object:
    """Returns what no pickle can hold."""
    return sys.stdin


def spin() -> None:
    while True:
        pass


def allocate(size: int) -> int:
    """Holds that many bytes at once, and touches none: only their address space is used up."""
    step = 1 << 30
    return len([bytes(step) for _ in range(size // step)])


def leave(status: int) -> None:
    os._exit(status)


def chatter(lines: int) -> str:
    """Prints, writes past Python, and listens."""
    for _ in range(lines):
        print("a line of forty letters, or nearly so ..")  # noqa: T201 - what is tried
    os.write(1, b"past Python\n")
    os.write(2, b"to stderr\n")
    return sys.stdin.read()


def environment() -> dict[str, str]:
    return dict(os.environ)


def modules() -> set[str]:
    return set(sys.modules)


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def keep_in_touch(port: int) -> None:
    """Connects to a listener on loopback, for as long as this process lives."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"here")
    _connections.append(connection)


def keep_in_touch_and_spin(port: int) -> None:
    keep_in_touch(port)
    spin()


def spin_over(_page: str, port: int) -> None:
    """As above, over a page of some size."""
    keep_in_touch_and_spin(port)


def count_to(number: int) -> int:
    """Work for seconds, that ends."""
    return sum(1 for _ in range(number))


def tell_and_double(number: int) -> int:
    tell("Halving")
    tell("Doubling")
    return 2 * number


def wait_until_hung_up(port: int) -> bytes:
    """Connects to a listener on loopback, and returns when that one closes the connection."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        return connection.recv(1)


def die_of(name: str) -> None:
    os.kill(os.getpid(), signal.Signals[name])
