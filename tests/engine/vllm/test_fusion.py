"""What two engines think, made one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.engine import Verdicts
from webis_mcp.engine.vllm.fusion import BELIEVED, MOST, Worth, follow, fuse, worth
from webis_mcp.engine.vllm.view import Row, View, is_sure
from webis_mcp.service.deciding import SURELY, USUAL

chances = st.floats(0, 1)
worths = st.builds(Worth, st.floats(0.6, MOST), st.floats(0.6, MOST))


def verdicts(*content: float) -> Verdicts:
    return Verdicts("embedded", content, 0.8)


def view_of(*sure: bool | None) -> View:
    return View("", "", tuple(Row((at,), "p", "", 0, (), s) for at, s in enumerate(sure)))


@given(st.lists(chances, min_size=1, max_size=9), chances, worths)
def test_what_is_sure_is_never_touched(content: list[float], said: float, worth: Worth) -> None:
    fused = fuse(verdicts(*content), dict.fromkeys(range(len(content)), said), worth)
    for before, after in zip(content, fused.content, strict=True):
        assert after == before or is_sure(before) is None


@given(st.floats(0.11, 0.89), worths)
def test_a_model_moves_what_is_in_doubt_its_way(chance: float, worth: Worth) -> None:
    (up,) = fuse(verdicts(chance), {0: 1.0}, worth).content
    (down,) = fuse(verdicts(chance), {0: 0.0}, worth).content
    assert down < chance < up


def test_a_model_that_is_as_good_as_a_coin_moves_nothing() -> None:
    (same,) = fuse(verdicts(0.3), {0: 1.0}, Worth(0.5, 0.5)).content
    assert abs(same - 0.3) < 1e-9


def test_a_model_is_worth_what_it_says_of_what_is_sure() -> None:
    view = view_of(*[True, False] * 10, None)
    right = {at: float(at % 2 == 0) for at in range(20)}
    assert worth(view, right | {20: 1.0}) == (MOST, MOST)
    assert not worth(view, {at: 1 - said for at, said in right.items()}).is_believed


@pytest.mark.parametrize("said", [0.0, 1.0])
def test_a_model_that_says_one_thing_of_everything_is_not_believed(said: float) -> None:
    mostly_noise = view_of(True, True, *[False] * 30, None)
    assert not worth(mostly_noise, dict.fromkeys(range(33), said)).is_believed


def test_a_model_that_had_no_chance_to_show_itself_is_believed_as_most_are() -> None:
    found = worth(view_of(None, None), {0: 1.0, 1: 0.0})
    assert found.is_believed
    assert found == (BELIEVED, BELIEVED)


@given(st.lists(chances, min_size=1, max_size=9), st.data())
def test_where_the_model_alone_is_asked_its_labels_are_the_labels(
    content: list[float], data: st.DataObject
) -> None:
    says = {at: float(data.draw(st.booleans())) for at in range(len(content))}
    followed = follow(verdicts(*content), says)
    assert [p >= SURELY for p in followed.content] == [says[at] == 1 for at in says]
    assert [p < USUAL.lowest for p in followed.content] == [says[at] == 0 for at in says]
