"""Small pages that ask for a lot, each with `NEEDLE` as the last word that a reader would see."""

from __future__ import annotations

NEEDLE = "needle"


def deep(depth: int, tag: str = "div") -> str:
    """Elements nested in each other."""
    return f"<{tag}>" * depth + NEEDLE + f"</{tag}>" * depth


def deep_lists(depth: int) -> str:
    return "<ul><li>item" * depth + NEEDLE


def nested_tables(depth: int) -> str:
    return "<table><tr><td>cell<td>" * depth + NEEDLE


def many(count: int, piece: str = "<p>word</p>") -> str:
    """The same over and over."""
    return piece * count + f"<p>{NEEDLE}</p>"


def many_attributes(count: int) -> str:
    """One tag with attributes that all have other names."""
    return "<div " + " ".join(f"a{number}=v" for number in range(count)) + f">{NEEDLE}</div>"


def span_bomb(cells: int) -> str:
    """A table whose few cells claim to cover millions."""
    row = "<tr><td colspan=65534 rowspan=65534>x<td>y</tr>"
    return "<table>" + row * cells + f"</table><p>{NEEDLE}</p>"


def long_text(length: int) -> str:
    return f"<p>{'word ' * (length // 5)}{NEEDLE}</p>"


def misnested(count: int) -> str:
    """Formatting that is closed in paragraphs other than those it was opened in."""
    tags = ("b", "i", "u", "em", "font")
    pieces = (
        f"<{tag} class=c{number}><p>x</{tag}>"
        for number, tag in enumerate(tags * (count // len(tags)))
    )
    return "".join(pieces) + NEEDLE


def foster_parented(count: int) -> str:
    """Text in a table but in no cell of it, which is moved before the table."""
    return "<table>" + "a<i>b</i>" * count + f"</table>{NEEDLE}"
