"""Code as it stands, and the language that its classes name."""

from __future__ import annotations

import pytest

from webis_mcp.page.reading.code import language_of, verbatim
from webis_mcp.page.tree import Node, parse


def pre(html: str) -> Node:
    return parse(html).named["pre"][0]


def test_code_is_taken_line_by_line_and_parts_may_be_left_out() -> None:
    node = pre("<pre>\na <b>b</b><br>  c<div>d</div><i id=x>no</i>e</pre>")
    assert verbatim(node, lambda node: "id" in node.attrs) == "a b\n  c\nde"


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<pre><code class='language-python'>x</code></pre>", "python"),
        ("<pre><code class='hljs lang-C++'>x</code></pre>", "c++"),
        ("<pre class='brush: js; toolbar: false'>x</pre>", "js"),
        ("<pre class='brush:c#'>x</pre>", "c#"),
        ("<pre class='lang:ruby decode:true'>x</pre>", "ruby"),
        ("<pre class='sourceCode haskell'>x</pre>", "haskell"),
        ("<div class='highlight highlight-source-shell'><pre>x</pre></div>", "shell"),
        (
            "<div class='highlight-toml notranslate'><div class=highlight><pre>x</pre></div></div>",
            "toml",
        ),
        (
            "<div class='language-yaml highlighter-rouge'><div class=highlight>"
            "<pre class=highlight><code>x</code></pre></div></div>",
            "yaml",
        ),
        ("<pre><code class='language-none'>x</code></pre>", ""),
        ("<div class='highlight-default'><div class=highlight><pre>x</pre></div></div>", ""),
        ("<pre class='code'>x</pre>", ""),
        ("<div class=languages><pre>x</pre></div>", ""),
        ("<section class='lang-switch'><pre>x</pre></section>", ""),
        ("<pre>x</pre>", ""),
    ],
)
def test_the_language_of_code_is_what_the_common_highlighters_say(html: str, language: str) -> None:
    assert language_of(pre(html)) == language
