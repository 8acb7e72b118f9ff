"""Symmetric trees, evaluated all at once, say what walking them one by one would."""

from __future__ import annotations

import io

import numpy as np

from webis_mcp.engine.forest import ROWS_AT_ONCE, Floats, Forest, sigmoid


def grown(trees: int, depth: int, columns: int) -> Forest:
    generator = np.random.default_rng(3)
    return Forest(
        features=generator.integers(0, columns, (trees, depth)).astype(np.int32),
        borders=generator.normal(size=(trees, depth)).astype(np.float32),
        leaves=generator.normal(size=(trees, 2**depth)).astype(np.float32),
        bias=0.25,
    )


def walked(forest: Forest, row: Floats) -> float:
    """The sum for one row, tree by tree, question by question."""
    total = forest.bias
    for features, borders, leaves in zip(
        forest.features, forest.borders, forest.leaves, strict=True
    ):
        leaf = sum(
            (row[feature] > border) << level
            for level, (feature, border) in enumerate(zip(features, borders, strict=True))
        )
        total += float(leaves[leaf])
    return total


def rows(number: int, columns: int) -> Floats:
    return np.random.default_rng(5).normal(size=(number, columns)).astype(np.float32)


def test_a_forest_adds_what_each_tree_says() -> None:
    forest, matrix = grown(trees=17, depth=5, columns=8), rows(40, 8)
    np.testing.assert_allclose(forest(matrix), [walked(forest, row) for row in matrix], atol=1e-4)


def test_rows_are_judged_alike_however_many_there_are() -> None:
    forest, matrix = grown(trees=9, depth=4, columns=6), rows(ROWS_AT_ONCE * 2 + 3, 6)
    alone = np.concatenate(
        [forest(matrix[at : at + 1]) for at in (0, ROWS_AT_ONCE, len(matrix) - 1)]
    )
    np.testing.assert_array_equal(forest(matrix)[[0, ROWS_AT_ONCE, -1]], alone)


def test_no_rows_give_no_sums() -> None:
    assert grown(trees=2, depth=2, columns=3)(rows(0, 3)).shape == (0,)


def test_a_stored_forest_comes_back() -> None:
    forest, matrix = grown(trees=6, depth=3, columns=4), rows(20, 4)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **forest.arrays("one"))
    file.seek(0)
    again = Forest.of(np.load(file), "one")
    np.testing.assert_allclose(again(matrix), forest(matrix), atol=0.02)  # leaves are stored halved


def test_log_odds_far_out_become_certainties_not_errors() -> None:
    assert sigmoid(np.array([-1e9, 0, 1e9], dtype=np.float32)).tolist() == [
        float(sigmoid(np.array([-30], dtype=np.float32))[0]),
        0.5,
        1.0,
    ]
