"""What the engine looks at: counted right, and the same for what is the same."""

from __future__ import annotations

import numpy as np

from webis_mcp.engine.features import Seen, context, see
from webis_mcp.engine.words import BUCKETS, Odds, bucket, names_of, words_of
from webis_mcp.page.reading.reader import read_page

NO_ODDS = Odds(words=np.zeros(BUCKETS, np.float32), names=np.zeros(BUCKETS, np.float32))


def seen(html: str, odds: Odds = NO_ODDS) -> Seen:
    return see(read_page(html), odds)


def test_words_are_counted_by_their_script() -> None:
    assert seen("<p>three little words</p><p>渡轮复航</p><p>2,000 people</p>").words.tolist() == [
        3,
        4,
        3,
    ]


def test_characters_are_counted_by_class() -> None:
    row = seen("<p>One, two. THREE!</p>").matrix[0]
    commas, stops, ends = row[9], row[10], row[11]
    assert (commas, stops, ends) == (1, 2, 1)


def test_the_linked_share_is_what_is_in_links() -> None:
    row = seen("<p>ab<a href=/>cd</a></p>").matrix[0]
    assert row[5] == 0.5


def test_words_in_scripts_without_spaces_are_looked_up_in_pairs() -> None:
    assert words_of("渡轮复航 now") == [word.encode() for word in ("渡轮", "轮复", "复航", "now")]


def test_of_a_long_text_the_start_and_the_end_are_looked_up() -> None:
    text = " ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200))
    found = words_of(text)
    assert found[0] == b"waa"
    assert len(found) == 32


def test_names_are_the_words_of_classes_and_the_tag() -> None:
    assert names_of("div", "post-Body main2 a") == [b"<div", b"post", b"body", b"main"]


def test_odds_of_words_and_names_reach_the_matrix() -> None:
    odds = Odds(words=NO_ODDS.words.copy(), names=NO_ODDS.names.copy())
    odds.words[bucket(b"subscribe")] = -3
    odds.names[bucket(b"sidebar")] = -2
    html = "<div class=sidebar><p>subscribe</p></div><p>ferry</p>"
    with_odds, without = seen(html, odds).matrix, seen(html).matrix
    assert (with_odds[0] != without[0]).any()
    assert -3 in with_odds[0]
    assert -2 in with_odds[0]


def test_containers_are_told_nearest_first() -> None:
    around = seen("<main><ul><li>one</li></ul></main>").around[0]
    assert around[:5].tolist() == sorted(around[:5].tolist(), reverse=True)
    assert around[-1] == -1


def test_a_second_look_sees_the_first_guess_of_the_neighbours() -> None:
    one = seen("<p>a b</p><p>c d</p><p>e f</p>")
    looked = context(np.array([0.1, 0.9, 0.2], np.float32), one)
    own, before, after = looked[1, 4], looked[1, 3], looked[1, 5]
    assert (own, before, after) == (np.float32(0.9), np.float32(0.1), np.float32(0.2))
    assert looked[0, 3] == -1  # nobody stands before the first


def test_a_second_look_sees_the_first_guess_of_what_stands_in_markup_alike() -> None:
    one = seen("<ul><li>a b</li><li>c d</li></ul><p>e f</p>")
    assert one.alike[0].tolist() == one.alike[1].tolist() != one.alike[2].tolist()
    looked = context(np.array([0.1, 0.5, 0.9], np.float32), one)
    assert np.allclose(looked[:2, -3:-1], 0.3)
    assert np.allclose(looked[2, -3:-1], 0.9)
