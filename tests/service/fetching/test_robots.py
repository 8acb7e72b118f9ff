"""robots.txt by RFC 9309: whose rules, which rule, and that a hostile file costs little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.service.fetching.robots import Rule, Rules, parse_robots


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("Disallow: /", "/a", True),  # no group: addressed to nobody
        ("User-agent: *\nDisallow: /", "/a", False),
        ("user-AGENT : *\n DISALLOW: / # all\n", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: webis-mcp\nDisallow: /", "/a", False),
        ("User-agent: Webis-MCP/2.0 (x)\nDisallow: /", "/a", False),
        ("User-agent: webis\nDisallow: /", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: webis-mcp\nDisallow:", "/a", True),
        ("User-agent: webis-mcp\nDisallow: /b\n\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: webis-mcp\nDisallow: /", "/a", False),
        ("User-agent: other\nCrawl-delay: 9\nUser-agent: *\nDisallow: /", "/a", False),
        (
            "User-agent: webis-mcp\nAllow: /b\nUser-agent: x\nUser-agent: webis-mcp\nDisallow: /",
            "/a",
            False,
        ),
        ("User-agent: *\nSitemap: /s\nDisallow: /", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("<html><body>User-agent: *\nDisallow: /", "/a", True),
    ],
)
def test_whose_rules_count(text: str, path: str, allowed: bool) -> None:
    assert parse_robots(text).allow(path) is allowed


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/", "/", True),
        ("/fish", "/fish.html?a", True),
        ("/fish", "/Fish", False),
        ("/fish/", "/fish", False),
        ("fish", "/fish", False),
        ("/*.php", "/a/b.php?c", True),
        ("/*.php$", "/a/b.php", True),
        ("/*.php$", "/a/b.php?c", False),
        ("/fish$", "/fish", True),
        ("/fish$", "/fishes", False),
        ("/a*b*c", "/a-b-c-d", True),
        ("/a*b*c", "/a-c-b", False),
        ("/a*a$", "/a", False),
        ("*", "/", True),
        ("/*?", "/a", False),
        ("/a/**b", "/a/xb", True),
        ("/%7Etides", "/~tides", True),
        ("/a%2fb", "/a%2Fb", True),
        ("/a%2fb", "/a/b", False),
        ("/über", "/%C3%BCber", True),
    ],
)
def test_a_pattern_fits_a_path(pattern: str, path: str, fits: bool) -> None:
    assert parse_robots(f"User-agent: *\nDisallow: {pattern}").allow(path) is not fits


@pytest.mark.parametrize("order", [1, -1])
def test_the_longest_rule_that_fits_decides_and_allow_wins_a_tie(order: int) -> None:
    lines = ["Disallow: /fish", "Allow: /fish/salmon", "Allow: /fish/eel", "Disallow: /fish/eel"]
    rules = parse_robots("User-agent: *\n" + "\n".join(lines[::order]))
    assert not rules.allow("/fish/cod")
    assert rules.allow("/fish/salmon")
    assert rules.allow("/fish/eel")
    assert rules.allow("/bread")


@given(
    pattern=st.text("/ab*", min_size=1, max_size=8),
    anchored=st.booleans(),
    path=st.text("/ab", max_size=8),
)
def test_a_pattern_means_what_the_slow_way_says(pattern: str, anchored: bool, path: str) -> None:
    def slow(pattern: str, path: str) -> bool:
        if not pattern:
            return not anchored or not path
        if pattern[0] == "*":
            return any(slow(pattern[1:], path[start:]) for start in range(len(path) + 1))
        return path[:1] == pattern[0] and slow(pattern[1:], path[1:])

    assert Rule(False, pattern + "$" * anchored).matches(path) == slow(pattern, path)


@given(
    st.lists(
        st.sampled_from(
            (
                "User-agent:",
                "*",
                "webis-mcp",
                "Disallow:",
                "Allow:",
                "/",
                "$",
                "%2",
                "#",
                "\n",
                "é",
                "\0",
            )
        )
    )
)
def test_any_text_gives_rules(words: list[str]) -> None:
    parse_robots(" ".join(words)).allow("/a?b=%41")


def test_agents_times_rules_are_not_kept() -> None:
    agents = "".join(f"User-agent: a{number}\n" for number in range(20_000))
    rules = parse_robots(agents + "Disallow: /a\n" * 20_000)
    assert rules == Rules()
    assert parse_robots(agents + "User-agent: *\n" + "Disallow: /a\n" * 20_000).size() < 10_000_000
