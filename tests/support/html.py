"""HTML to draw from: documents that follow the grammar, and soups that do not.

Every word of `WORDS` is made of letters and digits only, so that what is read can be compared word
for word. What stands in `UNSEEN` is shown by no browser.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

WORDS = (
    "alpha beta gamma Bäume œuvre naïve żółć ключ слово λόγος 中文新闻 日本語 한국어 "
    "שלום مرحبا देवनागरी ไทย 42 2024 x1 A"
).split()
UNSEEN = (
    "<!-- aside -->",
    "<script>var unseen = '<p>unseen';</script>",
    "<style>.unseen { color: red }</style>",
    "<template><p>unseen</p></template>",
    "<noscript>unseen</noscript>",
    "<textarea>unseen</textarea>",
    "<select><option>unseen</select>",
    "<svg><text>unseen</text></svg>",
    "<iframe src=x>unseen</iframe>",
    "<input value=unseen>",
)
ATTRIBUTES = (
    "",
    " class=main",
    ' id="top" title="a > b"',
    " data-x='&quot;'",
    " lang=de dir=ltr",
    " style='color: red'",
    " CLASS=Upper",
)
HIDING = (" hidden", " style='display:none'", ' style="x: y; visibility: hidden"')

INLINE = "b em code span a sub del q u font abbr".split()
LEAVES = "p h1 h2 h3 h6 address figcaption summary legend label".split()
CONTAINERS = "div section article nav aside form blockquote details figure center dialog".split()
STARTS = (
    "",
    "<!doctype html><html><head><title>unseen</title></head><body>",
    "<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE html><html lang=en><body>",
    "<html><head><meta charset=utf-8><base href='/base/'></head>",
)
ENDS = ("", "</body></html>", "</html>\n<!-- end -->")

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
attributes = st.sampled_from(ATTRIBUTES)
hiding = st.sampled_from(HIDING)
spaces = st.sampled_from(("", " ", "\n", "\t "))
breaks = st.sampled_from(("<br>", "<br/>", "<wbr>", "<img src=p.png alt=unseen>", "<br><br>"))
texts = st.one_of(
    words, words, st.builds("{}&amp;{}".format, words, words), st.sampled_from(UNSEEN)
)

Inner = st.SearchStrategy[str]


@st.composite
def some(draw: st.DrawFn, pieces: Inner, most: int = 3) -> str:
    """A few pieces, with or without white space between them."""
    count = draw(st.integers(0, most))
    return "".join(draw(pieces) + draw(spaces) for _ in range(count))


@st.composite
def element(draw: st.DrawFn, tags: Sequence[str], inner: Inner, *, may_hide: bool = False) -> str:
    """An element of one of the tags; its end tag may be left out where the standard allows it."""
    tag = draw(st.sampled_from(tags))
    attrs = draw(hiding if may_hide and draw(st.integers(0, 5)) == 0 else attributes)
    open_ended = tag in ("p", "li", "dt", "dd", "td", "th", "tr") and draw(st.booleans())
    return f"<{tag}{attrs}>{draw(inner)}" + ("" if open_ended else f"</{tag}>")


@st.composite
def phrases(draw: st.DrawFn, depth: int = 2) -> str:
    """Text with marks, links, breaks and hidden spans in it."""
    inner = phrases(depth - 1) if depth else texts
    return draw(some(st.one_of(texts, texts, element(INLINE, inner, may_hide=True), breaks)))


@st.composite
def tables(draw: st.DrawFn, inner: Inner) -> str:
    cells = element(("td", "th"), st.one_of(phrases(), texts, inner), may_hide=True)
    rows = element(("tr",), some(cells), may_hide=True)
    head = draw(element(("caption",), phrases())) if draw(st.booleans()) else ""
    body = st.one_of(rows, element(("thead", "tbody"), some(rows), may_hide=True))
    return f"<table{draw(attributes)}>{head}{draw(some(body))}</table>"


@st.composite
def flows(draw: st.DrawFn, depth: int = 3) -> str:
    """Whatever may stand in a body."""
    leaf = st.one_of(
        element(LEAVES, phrases(), may_hide=True),
        element(("pre",), some(st.one_of(texts, element(INLINE, texts), st.just("\n")))),
        phrases(),
        st.just("<hr>"),
    )
    if not depth:
        return draw(leaf)
    inner = some(flows(depth - 1))
    items = some(element(("li",), st.one_of(phrases(), inner), may_hide=True))
    pairs = some(st.one_of(element(("dt",), phrases()), element(("dd",), inner)))
    containers = st.one_of(
        element(CONTAINERS, inner, may_hide=True),
        element(("ul", "ol"), items),
        element(("dl",), pairs),
        tables(inner),
    )
    return draw(st.one_of(leaf, containers))


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Whole pages by the grammar of HTML, end tags left out here and there."""
    return draw(st.sampled_from(STARTS)) + draw(some(flows(), 4)) + draw(st.sampled_from(ENDS))


TAGS = (
    "html head body title base p div span b i a table caption tr td th tbody ul ol li dl dt dd pre "
    "code blockquote h1 h2 form button select option textarea script style template noscript svg "
    "math mi annotation iframe object dialog details summary br img hr input ruby rt x-y o:p "
    "plaintext frameset"
).split()
BROKEN = (
    "<",
    ">",
    "</",
    "<!",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE html SYSTEM 'x'>",
    "&",
    "&#0;",
    "&#xD800;",
    "&#x110000;",
    "&nbsp;",
    "&notit;",
    "\x00",
    "\ufeff",
    "\ud800",
    "\u202e",
    "<p class=",
    "<a href='",
    "<div / / x=y",
    '<ol start=-3 reversed><li value="9999999999">',
    "<td colspan=99999 rowspan=0>",
    "<a href='http://[::1'>",
    "<base href='http://['>",
    "<p hidden style='display:none' aria-hidden=true>",
    "<style>.a{display:none} } @media print{</style><p class=a>",
)
bits = st.one_of(
    words,
    st.sampled_from(BROKEN),
    st.builds("<{}{}>".format, st.sampled_from(TAGS), attributes),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
)


@st.composite
def soups(draw: st.DrawFn) -> str:
    """Anything that a page may be made of, in any order."""
    return "".join(draw(st.lists(bits, max_size=30)))
