"""The estimate of tokens, against counts by Qwen's tokenizer."""

from __future__ import annotations

import pytest

from webis_mcp.engine.vllm.tokens import estimate


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The ferry sailed again on Monday, and the harbour filled with people.", 14),
        ("17:15 18:10 £9.40", 16),
        ("新闻记者周二在北京报道了这条消息", 7),
        ("Паром снова вышел в море в понедельник утром", 18),
        ("अगले साल नया पुल खुलेगा", 21),
        ("", 0),
    ],
)
def test_it_is_rather_too_high(text: str, tokens: int) -> None:
    assert tokens <= estimate(text) <= 4 * tokens + 2
