"""Why vLLM ended, by its exit status and the last lines that it printed.

Only what changes what we do next is recognised here: what fits into memory, and what no restart
puts right. Everything else is told with vLLM's own words.
"""

from __future__ import annotations

import difflib
import re
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from webis_mcp.engine.process.launch import LEAST, LEAST_CACHE, Fit
from webis_mcp.engine.process.machine import GIB

SPARE = 0.3
"""GiB left beside what vLLM says is free: the figure is rounded, and others take their share."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is made of an end.

    Attributes:
        is_final: the next start would end the same way.
        fit: what would fit, where memory was the reason.
        unknown: a word of WEBIS_VLLM_ARGS that vLLM does not know.
    """

    detail: str
    remedy: str = ""
    is_final: bool = False
    fit: Fit | None = None
    unknown: str = ""

    def spelt(self, known: Iterable[str]) -> Ending:
        """With the word that was likely meant, of those that vLLM knows."""
        close = difflib.get_close_matches(self.unknown.partition("=")[0], known, n=1)
        return replace(self, remedy=f"Did you mean {close[0]}? {self.remedy}") if close else self


Reading = Callable[[re.Match[str]], Ending]


def _too_little_free(found: re.Match[str]) -> Ending:
    free, total, asked = (float(found[name]) for name in ("free", "total", "asked"))
    part = int((free - SPARE) / total * 100) / 100
    where, other = (
        ("the GPU", "or choose another in CUDA_VISIBLE_DEVICES")
        if found["of"] == "GPU"
        else ("this machine", "or name a smaller model in MODEL_PATH")
    )
    seen = f"{free:g} of {total:g} GiB are free on {where}; {asked:g} of it was asked for."
    if part < LEAST:
        return Ending(seen, f"Free memory on {where}, {other}.", True)
    remedy = f"Set GPU_MEMORY_UTILIZATION={part:g}, or free memory on {where}."
    return Ending(seen, remedy, fit=Fit(part))


def _cache_too_large(found: re.Match[str]) -> Ending:
    """On a CPU: there the cache has a size of its own, beside the model that is loaded."""
    free = float(found["free"])
    seen = f"{free:g} GiB are free on this machine; the cache wants {found['asked']}."
    room = int((free - SPARE) * GIB)
    if room < LEAST_CACHE:
        return Ending(seen, "Free memory, or name a smaller model in MODEL_PATH.", True)
    remedy = f"Add --kv-cache-memory-bytes {room} to WEBIS_VLLM_ARGS, or free memory."
    return Ending(seen, remedy, fit=Fit(cache=room))


def _window_too_large(found: re.Match[str]) -> Ending:
    seen = f"A window of {found['asked']} tokens does not fit into memory"
    if not found["fits"]:
        return Ending(f"{seen}.", "Raise GPU_MEMORY_UTILIZATION, or lower WEBIS_MAX_MODEL_LEN.")
    remedy = f"Set WEBIS_MAX_MODEL_LEN={found['fits']}, or raise GPU_MEMORY_UTILIZATION."
    return Ending(f"{seen}; {found['fits']} do.", remedy, fit=Fit(window=int(found["fits"])))


def _window_beyond_model(found: re.Match[str]) -> Ending:
    limits = [int(number) for number in re.findall(r"=(\d+)", found["limits"])]
    return Ending(
        f"A window of {found['asked']} tokens is more than the model has.",
        f"Set WEBIS_MAX_MODEL_LEN={min(limits)}, or unset it." if limits else "",
        is_final=True,
    )


def _no_room_for_cache(_: re.Match[str]) -> Ending:
    return Ending(
        "The model leaves no memory for its cache.",
        "Raise GPU_MEMORY_UTILIZATION, or name a smaller model in MODEL_PATH.",
        is_final=True,
    )


def _out_of_memory(_: re.Match[str]) -> Ending:
    return Ending(
        "The GPU ran out of memory.",
        "Lower WEBIS_MAX_MODEL_LEN, or name a smaller model in MODEL_PATH.",
        fit=Fit(window=8192),
    )


def _unknown_word(found: re.Match[str]) -> Ending:
    return Ending(
        f"vLLM does not know {found['words']}.",
        "Correct WEBIS_VLLM_ARGS.",
        is_final=True,
        unknown=found["words"].split()[0],
    )


def _bad_word(found: re.Match[str]) -> Ending:
    return Ending(f"vLLM refuses its arguments: {found['why']}.", "Correct WEBIS_VLLM_ARGS.", True)


def _no_model(found: re.Match[str]) -> Ending:
    return Ending(
        f"The model cannot be had: {found[0].strip()}.",
        "Check MODEL_PATH; for a model of the hub also HF_ENDPOINT, HF_TOKEN and the proxy.",
        is_final=True,
    )


READINGS: tuple[tuple[re.Pattern[str], Reading], ...] = tuple(
    (re.compile(pattern), reading)
    for pattern, reading in (
        (
            r"(?:Free memory on device|Available memory on node) \S+"
            r" \((?P<free>[\d.]+)/(?P<total>[\d.]+) GiB\) on startup"
            r" is less than desired (?P<of>[GC]PU) memory utilization \((?P<asked>[\d.]+)",
            _too_little_free,
        ),
        (
            r"Available memory on node \S+ \((?P<free>[\d.]+)/[\d.]+ GiB\) on kv cache allocation"
            r" is less than requested memory for kv \((?P<asked>[\d.]+)",
            _cache_too_large,
        ),
        (
            r"max seq len \((?P<asked>\d+)\)"
            r"(?:.*?maximum model length is (?P<fits>\d+))?",
            _window_too_large,
        ),
        (
            r"User-specified max_model_len \((?P<asked>\d+)\) is greater than the derived"
            r" max_model_len \((?P<limits>[^)]*)\)",
            _window_beyond_model,
        ),
        (r"No available memory for the cache blocks", _no_room_for_cache),
        (r"CUDA out of memory", _out_of_memory),
        (r"error: unrecognized arguments: (?P<words>.+)", _unknown_word),
        (r"vllm(?: serve)?: error: (?P<why>[^\n]+?)\.?$", _bad_word),
        (
            r"is not a local folder and is not a valid model identifier|Cannot access gated repo"
            r"|Invalid repository ID or local directory specified|Repo id must be in the form"
            r"|Cannot find any model weights with [^\n.]*",
            _no_model,
        ),
    )
)


def ending_of(status: int | None, last_words: Sequence[str]) -> Ending:
    """What the end of a server comes to; the reason that was printed last counts."""
    for line in reversed(last_words):
        for pattern, reading in READINGS:
            found = pattern.search(line)
            if found:
                return reading(found)
    if status in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return Ending(
            "vLLM was killed from outside; most often the system does so when memory runs out.",
            "Free memory, or name a smaller model in MODEL_PATH.",
        )
    told = next((line.strip() for line in reversed(last_words) if "Error" in line), "")
    words = f" Its last error: {told[-300:]}" if told else ""
    return Ending(f"vLLM ended by itself, with exit status {status}.{words}")
