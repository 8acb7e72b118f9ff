"""Formulas stand once in the text, though pages write them twice: to be heard, and to be seen."""

from __future__ import annotations

import pytest

from webis_mcp.page.reading.blocks import Cutter
from webis_mcp.page.reading.hiding import Hiding
from webis_mcp.page.tree import parse

MATH = "<math><semantics><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow>{}</semantics></math>"
TEX = "<annotation encoding='application/x-tex'>x^{2}</annotation>"


def texts(html: str) -> list[str]:
    cutter = Cutter(None, Hiding())
    cutter.cut(parse(html).root)
    return [block.text for block in cutter.blocks]


def test_without_tex_a_formula_is_its_symbols() -> None:
    other = "<annotation encoding='StarMath 5.0'>x^2</annotation>"
    assert texts(f"<p>So {MATH.format(other)} it is") == ["So x2 it is"]


def test_scripts_in_a_formula_are_no_symbols() -> None:
    assert texts("<p><math><mtext>a<script>x</script>b</mtext></math>") == ["ab"]


KATEX = (
    "<span class=katex><span class=katex-mathml>{}</span>"
    "<span class=katex-html aria-hidden=true><span>x<sup>2</sup></span></span></span>"
)
MATHJAX_2 = (
    "<span class=MathJax><nobr aria-hidden=true><span>x</span><span>2</span></nobr>"
    "<span class=MJX_Assistive_MathML role=presentation>{}</span></span>"
)
MATHJAX_3 = (
    "<mjx-container><mjx-math aria-hidden=true><mjx-c>x2</mjx-c></mjx-math>"
    "<mjx-assistive-mml>{}</mjx-assistive-mml></mjx-container>"
)
MEDIAWIKI = (
    "<span class=mwe-math-element>\n"
    "<span class=mwe-math-mathml-a11y style='display: none;'>{}</span>"
    "<img src=x.svg aria-hidden=true alt='x^{{2}}'></span>"
)


@pytest.mark.parametrize("drawn", [KATEX, MATHJAX_2, MATHJAX_3, MEDIAWIKI])
def test_a_formula_that_is_drawn_besides_is_read_once_and_in_its_line(drawn: str) -> None:
    html = f"<p>So {drawn.format(MATH.format(TEX))} it is"
    assert texts(html) == ["So x^{2} it is"]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{MATH.format(TEX)}<span aria-hidden=true>icon</span>",
        f"<p><span>{MATH.format(TEX)}</span> text <span aria-hidden=true>icon</span>",
        f"<div><p>{MATH.format(TEX)}</p><p aria-hidden=true>icon</p></div>",
        f"<p><span>{MATH.format(TEX)} more</span><span aria-hidden=true>icon</span>",
    ],
)
def test_what_is_hidden_from_listeners_is_read_where_it_draws_no_formula(html: str) -> None:
    assert "icon" in " ".join(texts(html))


def test_a_hidden_formula_that_is_drawn_nowhere_stays_hidden() -> None:
    cutter = Cutter(None, Hiding())
    cutter.cut(parse(f"<p>a<span hidden>{MATH.format(TEX)}</span>b").root)
    assert [(block.text, bool(block.hidden)) for block in cutter.blocks] == [
        ("x^{2}", True),
        ("ab", False),
    ]
