"""The model's last answers: were they empty, or cut off, and which limit was it?"""

from __future__ import annotations

from collections.abc import Sequence

from webis_mcp.service.diagnosis.model import AnswerSeen, Finding, Remedy, Said, Verdict
from webis_mcp.service.diagnosis.scene import Scene


async def answers(scene: Scene) -> Finding:
    """Did the model say something, and all of it?"""
    return answers_finding(scene.known.answers)


def answers_finding(seen: Sequence[AnswerSeen]) -> Finding:
    """What the last answers have in common, the newest bad one looked at."""
    if not seen:
        return Finding("answers", Verdict.NOT_APPLICABLE, "No model has answered yet.")
    cut = [answer for answer in seen if answer.finish_reason == "length"]
    empty = [answer for answer in seen if answer.characters == 0]
    if not cut and not empty:
        return Finding("answers", Verdict.OK, f"The last {len(seen)} answers are whole.")
    saw = f"Of the last {len(seen)} answers {len(cut)} were cut off and {len(empty)} empty"
    bad = next(answer for answer in reversed(seen) if answer in cut or answer in empty)
    figures = f"the prompt had {bad.prompt_tokens} tokens, max_tokens was {bad.max_tokens}"
    window = f", the window is {bad.window}" if bad.window else ""
    saw = f"{saw}; in the last of these {figures}{window}."
    return Finding("answers", Verdict.WARNING, saw, _raise(bad), _why(bad))


def _raise(bad: AnswerSeen) -> Remedy:
    """Which of the two limits to raise, with the number."""
    if bad.finish_reason != "length":
        return Remedy(
            Said(
                "Check that the page has the text at all (status), and ask without stop words.",
                "请确认页面确有文字（看 status），并且不要设置停止词。",
            )
        )
    if bad.window and bad.prompt_tokens + bad.max_tokens > bad.window:
        need = bad.prompt_tokens + bad.max_tokens
        return Remedy(
            Said(
                f"Start vLLM with a window of {need} tokens (`--max-model-len {need}`), or send a"
                " shorter page.",
                f"以 {need} 个 token 的窗口启动 vLLM（`--max-model-len {need}`），"
                "或发送更短的页面。",
            )
        )
    need = 2 * bad.max_tokens
    return Remedy(Said(f"Pass max_tokens={need}.", f"传入 max_tokens={need}。"))


def _why(bad: AnswerSeen) -> Said:
    if bad.finish_reason != "length":
        return Said(
            "The model ended its answer at once, by itself.", "模型一开始就自行结束了回答。"
        )
    return Said(
        "vLLM clips what does not fit into the window, without a word.",
        "超出窗口的部分会被 vLLM 静默截断。",
    )
