"""The net says of a row what its parts, applied one by one, would say."""

from __future__ import annotations

import io

import numpy as np

from webis_mcp.engine.features import ALIKE, Seen, see
from webis_mcp.engine.letters import Floats
from webis_mcp.engine.net import MOST, PAGE, SHAPE, Dense, Net, Norm, scaled
from webis_mcp.engine.words import BUCKETS, LEVELS_READ, Bags, Odds
from webis_mcp.page.reading.reader import read_page

WIDTH, WORDS, NAMES, COLUMNS = 6, 4, 3, 5
NO_ODDS = Odds(words=np.zeros(BUCKETS, np.float32), names=np.zeros(BUCKETS, np.float32))
PAGE_HTML = (
    "<nav><a href=/>Home</a><a href=/n>News</a></nav><main><h1>Ferry</h1><div><p>It sailed.</p>"
    "<p>People came.</p></div><ul><li>one</li><li>two</li><li>three</li></ul></main><p>☃</p>"
)


def grown(seed: int = 3) -> Net:
    chance = np.random.default_rng(seed)

    def floats(*shape: int) -> Floats:
        return chance.normal(scale=0.5, size=shape).astype(np.float32)

    def dense(wide: int, narrow: int) -> Dense:
        return Dense(floats(wide, narrow), floats(narrow))

    def norm() -> Norm:
        return Norm(floats(WIDTH), floats(WIDTH))

    return Net(
        words=floats(BUCKETS, WORDS),
        names=floats(BUCKETS, NAMES),
        columns=np.array([0, 2, 3, 5, 9]),
        centre=floats(COLUMNS),
        spread=np.ones(COLUMNS, dtype=np.float32),
        entry=dense(COLUMNS + WORDS + LEVELS_READ * NAMES, WIDTH),
        norms=[norm() for _ in SHAPE],
        mixes=[dense(4 * WIDTH, WIDTH) for _ in SHAPE],
        outs=[dense(WIDTH, WIDTH) for _ in SHAPE],
        last=norm(),
        head=dense(WIDTH, 1),
    )


def seen(html: str = PAGE_HTML) -> Seen:
    return see(read_page(html), NO_ODDS)


def mean_of(table: Floats, bags: Bags, number: int) -> Floats:
    start = int(bags.counts[:number].sum())
    buckets = bags.flat[start : start + bags.counts[number]]
    none = np.zeros(table.shape[1], dtype=np.float32)
    return table[buckets].mean(axis=0) if len(buckets) else none


def normed(norm: Norm, row: Floats) -> Floats:
    result: Floats = (row - row.mean()) / np.sqrt(row.var() + 1e-5) * norm.gain + norm.shift
    return result


def container(page: Seen, index: int, level: int) -> int:
    """The container of a row at a level, or the outermost where there are fewer."""
    if level == PAGE:
        return -1
    if level == ALIKE:
        return int(page.alike[index, 0])
    above = [int(one) for one in page.around[index] if one >= 0]
    return above[min(level, len(above) - 1)]


def one_by_one(net: Net, page: Seen) -> list[float]:
    """The log-odds of each row, without any array of rows."""
    rows: list[Floats] = []
    for index in range(len(page.rows)):
        numbers = scaled(page.matrix[index, net.columns], net.centre, net.spread)
        names = [mean_of(net.names, page.names, look) for look in page.near[index]]
        known = np.concatenate([numbers, mean_of(net.words, page.read, index), *names])
        rows.append(np.maximum(net.entry(known), 0))
    for at, (reach, level) in enumerate(SHAPE):
        own = [normed(net.norms[at], row) for row in rows]
        group = [container(page, index, level) for index in range(len(rows))]
        none = np.zeros(WIDTH, dtype=np.float32)
        changed = []
        for index, row in enumerate(rows):
            before = own[index - reach] if index >= reach else none
            after = own[index + reach] if index + reach < len(rows) else none
            mean = np.mean([own[i] for i in range(len(rows)) if group[i] == group[index]], axis=0)
            mixed = net.mixes[at](np.concatenate([own[index], before, after, mean]))
            changed.append(row + net.outs[at](np.maximum(mixed, 0)))
        rows = changed
    return [float(net.head(np.maximum(normed(net.last, row), 0))[0]) for row in rows]


def test_a_net_says_what_its_parts_say_one_by_one() -> None:
    net, page = grown(), seen()
    np.testing.assert_allclose(net(page), one_by_one(net, page), rtol=1e-3, atol=1e-4)


def test_a_net_judges_a_page_of_one_block() -> None:
    net, page = grown(), seen("<p>alone</p>")
    np.testing.assert_allclose(net(page), one_by_one(net, page), rtol=1e-3, atol=1e-4)


def test_a_stored_net_comes_back() -> None:
    net, page = grown(), seen()
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **net.arrays())
    file.seek(0)
    again = Net.of(np.load(file))
    np.testing.assert_allclose(again(page), net(page), atol=0.15)  # stored in bytes and halves
    np.testing.assert_array_equal(Net.of(again.arrays())(page), again(page))


def test_a_number_beyond_all_known_ones_says_no_more_than_a_very_large_one() -> None:
    zero, one = np.zeros(1, np.float32), np.ones(1, np.float32)
    far = scaled(np.array([[1e30], [-1e30]], dtype=np.float32), zero, one)
    assert far.tolist() == [[MOST], [-MOST]]


def test_words_mean_what_their_mean_is() -> None:
    table = np.arange(BUCKETS * 2, dtype=np.float32).reshape(BUCKETS, 2)
    bags = Bags.of([[b"ferry", b"harbour"], [], [b"ferry"]])
    means = bags.means(table)
    first, second = table[bags.flat[0]], table[bags.flat[1]]
    np.testing.assert_allclose(means, [(first + second) / 2, [0, 0], first])
