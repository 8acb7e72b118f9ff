"""Extracts in plain Python: no server, no event loop."""

from __future__ import annotations

from pathlib import Path

from webis_mcp import extract

ARTICLE = Path(__file__).parent / "pages" / "article.html"


def main() -> None:
    extraction = extract(ARTICLE.read_bytes(), url="https://courier.example/news/", format="text")
    print(f"{extraction.title} ({extraction.facts.author}, {extraction.facts.published})")
    print(f"judged by: {extraction.engine}, quality: {extraction.quality:.2f}")
    print()
    print(extraction.content)
    for warning in extraction.warnings:
        print(f"Warning: {warning}")


if __name__ == "__main__":
    main()
