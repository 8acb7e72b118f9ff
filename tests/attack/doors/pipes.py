"""Ends of a session over stdio, some of them rude: the server and every child are gone soon."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.attack.doors.served import STARTING, waited, within
from tests.attack.doors.verdicts import cases_of, expect, judge
from tests.support.command import Server, is_gone, serving

GONE_WITHIN = 5.0
"""Seconds from the end of a session until nothing is left of it."""

PAGE = "<!doctype html><title>Ferry</title><main><p>The ferry crosses the harbour.</p></main>"
LONG = "<div><p>One of many words.</p></div>" * 150_000

Attack = Callable[[Server], None]


def run(corpus: Path) -> list[bool]:
    """Plays all cases, some side by side."""
    cases = cases_of(corpus, "stdio")

    def play_one(number: int) -> bool:
        return judge(cases[number], lambda: play(ATTACKS[cases[number].name]))

    with ThreadPoolExecutor(3) as threads:
        return list(threads.map(play_one, range(len(cases))))


def play(attack: Attack) -> str:
    """Starts a server, attacks it, and waits for its end."""
    with serving() as server:
        assert server.process.stderr
        threading.Thread(target=server.process.stderr.read, daemon=True).start()
        within(STARTING, lambda: bool(server.children()))  # the first reader is started at once
        children = server.children()
        attack(server)
        children += server.children()
        took = until_gone(server.process)
        code = server.process.returncode
        expect(took <= GONE_WITHIN, f"it took {took:.1f} s, exit {code}")
        gone = within(GONE_WITHIN, lambda: all(map(is_gone, children)))
        expect(gone, f"children are left: {[pid for pid in children if not is_gone(pid)]}")
        return f"exit {code} after {took:.1f} s, {len(set(children))} children gone"


def until_gone(process: subprocess.Popen[bytes]) -> float:
    """The seconds until a process has ended, less those in which it had no core."""
    before, lost = time.monotonic(), waited(process.pid)
    now, lost_since = before, 0.0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        now, lost_since = time.monotonic(), waited(process.pid) - lost
        if now - before - lost_since > GONE_WITHIN:
            return now - before - lost_since
        time.sleep(0.02)
    process.wait()
    return now - before - lost_since


def end_at_once(server: Server) -> None:
    server.stdin.close()


def end_in_a_message(server: Server) -> None:
    server.greet()
    server.write(b'{"jsonrpc":"2.0","id":2,"meth')
    server.stdin.close()


def end_in_a_call(server: Server) -> None:
    begin_a_call(server)
    server.stdin.close()


def begin_a_call(server: Server) -> None:
    server.greet()
    server.call(2, html=LONG)
    expect(server.receive()["params"]["message"] == "Reading the page", "no call was begun")


def endless_line(server: Server) -> None:
    server.greet()
    for _ in range(100):
        server.write(b"x" * 1_000_000)
    server.write(b"\n")
    expect("error" in server.receive(), "a line of 100 MB is not refused")
    server.send("ping", 3)
    expect(server.answer(3)["result"] == {}, "then a ping is not answered")
    server.stdin.close()


def no_newline(server: Server) -> None:
    server.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}')
    server.stdin.close()
    expect(server.receive()["id"] == 1, "the last line is not answered")


def binary(server: Server) -> None:
    for piece in (bytes(range(256)), b"\x7fELF\x02\x01\x01", b"\xff\xfe\x00\x00"):
        server.write(piece * 1000 + b"\n")
    server.write(b'{"jsonrpc":"2.0","id":9,"method":"ping"}\n')
    while (message := server.receive()).get("id") != 9:
        expect("error" in message, f"{message} to bytes that are no message")
    server.stdin.close()


def nobody_reads(server: Server) -> None:
    server.greet()
    server.stdout.close()
    server.send("ping", 2)


def asked_to_go(server: Server) -> None:
    server.greet()
    server.process.send_signal(signal.SIGTERM)


def asked_to_go_in_a_call(server: Server) -> None:
    begin_a_call(server)
    server.process.send_signal(signal.SIGTERM)


def killed(server: Server) -> None:
    begin_a_call(server)
    expect(bool(server.children()), "there is no child that could be left")
    server.process.kill()


def hung_up(server: Server) -> None:
    begin_a_call(server)
    server.process.send_signal(signal.SIGHUP)


def noise(server: Server) -> None:
    """Whatever is asked, each line that comes is a message."""
    server.greet()
    for id, html in enumerate((PAGE, "", "<p>\x00\x1b[31m" * 50, "x" * 50_000), start=2):
        server.call(id, html=html)
        server.answer(id)
    server.call(8, "no_such_tool")
    server.answer(8)
    server.write(b"garbage\n")
    expect("error" in server.receive(), "garbage is not refused")
    server.stdin.close()
    expect(server.stdout.read() == b"", "something is said after the end")


ATTACKS: dict[str, Attack] = {
    "EOF before initialize": end_at_once,
    "EOF in mid message": end_in_a_message,
    "EOF during tool call": end_in_a_call,
    "line of 100 MB": endless_line,
    "no newline at all": no_newline,
    "binary on stdin": binary,
    "stdout closed by client": nobody_reads,
    "SIGTERM idle": asked_to_go,
    "SIGTERM during call": asked_to_go_in_a_call,
    "SIGKILL of server, engine child must die": killed,
    "SIGHUP": hung_up,
    "log noise on stdout forbidden": noise,
}
