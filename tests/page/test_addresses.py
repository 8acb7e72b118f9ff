"""Addresses on a page: where a refresh leads, if anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.page.addresses import refresh_target

HERE = "https://a.example/news/1"


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("0; url=/next", "https://a.example/next"),
        ("3;URL='next'", "https://a.example/news/next"),
        ('0.5, url="http://b.example/" more', "http://b.example/"),
        ("0 /next", "https://a.example/next"),
        ("300; url=/next", None),
        ("5", None),
        ("0; url=", None),
        ("0; url=#top", None),
        ("0; url=javascript:go()", None),
        ("soon; url=/next", None),
    ],
)
def test_a_refresh_leads_where_a_browser_would_go(value: str, target: str | None) -> None:
    assert refresh_target(value, base=HERE, url=HERE) == target


@given(st.text(alphabet="0159;, .=urlURL'\"/\thx:", max_size=40))
def test_no_value_fails_or_leads_off_the_web(value: str) -> None:
    target = refresh_target(value, base=HERE, url=HERE)
    assert target is None or target.startswith(("http://", "https://"))
