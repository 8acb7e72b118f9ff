"""Labels set right by where blocks stand: what each rule takes away, and what it leaves."""

from __future__ import annotations

import pytest

from webis_mcp.page.reading.reader import read_page
from webis_mcp.service.tidying import tidied

SURE, LIKELY, DOUBTFUL, NOT = 0.95, 0.7, 0.4, 0.05

LONG = "The ferry left the harbour an hour late, and nobody on the quay seemed to mind at all. " * 4
ORDER = "Ferries sail each morning at six. Tickets are sold on board. Dogs travel for nothing, too."


def left(html: str, *chances: float, least: float = 0.2) -> list[str]:
    """What is left of the texts whose probability reaches the least."""
    page = read_page(html)
    assert len(page.blocks) == len(chances), [block.text for block in page.blocks]
    keep = tidied(page, [p >= least for p in chances], chances)
    return [block.text for block, kept in zip(page.blocks, keep, strict=True) if kept]


def titled(title: str) -> str:
    return f"<title>{title}</title>"


# ------------------------------------------------------------ above the heading


def test_what_stands_above_the_only_first_heading_goes() -> None:
    html = f"<p>Latest news</p><h1>Late ferry</h1><p>{LONG}</p>"
    assert left(html, LIKELY, SURE, SURE) == ["Late ferry", LONG.strip()]


def test_what_is_sure_stays_above_the_heading() -> None:
    html = f"<p>Our harbour</p><h1>Late ferry</h1><p>{LONG}</p>"
    assert left(html, SURE, SURE, SURE)[0] == "Our harbour"


def test_the_heading_that_is_the_title_counts_before_the_first_level() -> None:
    html = f"{titled('Late ferry')}<h1>Courier</h1><p>News</p><h2>Late ferry</h2><p>{LONG}</p>"
    assert left(html, LIKELY, LIKELY, SURE, SURE) == ["Late ferry", LONG.strip()]


def test_of_several_headings_that_are_the_title_the_first_that_is_kept_counts() -> None:
    html = f"<h1>Late ferry</h1><ul><li>Menu</li></ul><h1>Late ferry</h1><p>{LONG}</p>"
    assert left(titled("Late ferry") + html, NOT, LIKELY, SURE, SURE) == [
        "Late ferry",
        LONG.strip(),
    ]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{LONG}</p><h1>Late ferry</h1><p>An hour.</p>",  # most is above it
        f"{titled('Courier')}<p>News</p><h1>One</h1><p>{LONG}</p><h1>Two</h1>",  # which of them?
        f"<p>News</p><h1 hidden>Late ferry</h1><p>{LONG}</p><p>The end.</p>",  # nobody sees it
    ],
)
def test_a_heading_that_does_not_begin_the_page_takes_nothing(html: str) -> None:
    chances = [LIKELY] * len(read_page(html).blocks)
    assert len(left(html, *chances)) == len(chances)


def test_a_teaser_of_the_page_itself_below_its_text_is_no_heading_of_it() -> None:
    html = f"{titled('Late ferry')}<h2>How late</h2><p>{LONG}</p><h2>Late ferry</h2><p>More</p>"
    assert left(html, LIKELY, SURE, LIKELY, LIKELY)[0] == "How late"


# ------------------------------------------------------------ told again


def paragraphs(text: str) -> str:
    return "".join(f"<p>{sentence}.</p>" for sentence in text.strip(".").split(". "))


MORE = (
    "They are painted blue. Nobody knows why. It has been so for as long as anyone can tell. Ask."
)


def test_a_run_that_repeats_an_earlier_one_in_another_element_goes() -> None:
    html = f"<div>{paragraphs(f'{ORDER} {MORE} {LONG[:87]}')}</div>"
    texts = [block.text for block in read_page(html).blocks]
    assert left(f"{html}<p>And</p>{html}", *[SURE] * 17) == [*texts, "And"]


@pytest.mark.parametrize(
    ("again", "count"),
    [
        ("<p>Yes, yes.</p>" * 9, 9),  # one line
        (f"<div><p>{LONG}</p></div>", 1),  # one block
        (paragraphs(f"{ORDER} {MORE} {LONG[:87]}"), 8),  # beside the rest of its song
    ],
)
def test_a_refrain_is_no_copy(again: str, count: int) -> None:
    assert len(left(f"{again}<p>And then</p>{again}", *[SURE] * (2 * count + 1))) == 2 * count + 1


def test_of_wares_that_are_shown_twice_the_likelier_stays() -> None:
    data = '<script type="application/ld+json">{"@type":"Product","name":"Lamp"}</script>'
    html = f"<p>{LONG}</p><h4>A green lamp of glass</h4><p>and</p><p>A green lamp, of glass!</p>"
    assert left(data + html, SURE, DOUBTFUL, SURE, LIKELY)[1:] == ["and", "A green lamp, of glass!"]
    assert len(left(html, SURE, DOUBTFUL, SURE, LIKELY)) == 4


@pytest.mark.parametrize(
    ("item", "count"),
    [
        ("<li>Memory: 16 GB RAM</li>", 2),  # what two wares have in common
        ("<li><a href={}>$199.00, not $ 250.00</a></li>", 2),  # they are not the same ware
        ("<li><a href=/lamp>A green lamp of glass</a></li>", 1),
        ("<li>A green lamp of glass, with a shade that is made of old bottles</li>", 1),
        ("<li><h3>A green lamp of glass</h3></li>", 1),
    ],
)
def test_a_trait_that_two_wares_have_in_common_is_no_copy(item: str, count: int) -> None:
    data = '<script type="application/ld+json">{"@type":"Product","name":"Lamp"}</script>'
    html = f"<p>{LONG}</p><ul>{item.format('/1')}</ul>and<ul>{item.format('/2')}</ul>"
    assert len(left(data + html, SURE, DOUBTFUL, SURE, LIKELY)) == 2 + count


# ------------------------------------------------------------ to be pressed or filled in


def test_a_button_that_is_in_doubt_goes() -> None:
    html = f"<p>{LONG}</p><button>Show all of it</button><button>Reserve a seat</button>"
    assert left(html, SURE, 0.3, 0.5)[1:] == ["Reserve a seat"]


def test_what_is_to_be_filled_in_beside_a_password_goes_where_it_is_in_doubt() -> None:
    form = "<form><p>Your name</p><p>Members only</p><input type=password></form><p>A note</p>"
    assert left(f"<p>{LONG}</p>{form}", SURE, 0.3, 0.5, 0.3)[1:] == ["Members only", "A note"]
    search = form.replace("password", "search")
    assert len(left(f"<p>{LONG}</p>{search}", SURE, 0.3, 0.5, 0.3)) == 4


def test_a_page_without_text_stays_as_it_is() -> None:
    assert left("<img src=a.png alt=a>", SURE) == [""]
