"""The shell's way in: what goes to standard output, what to stderr, what the exit code tells."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.web import Web, serving_pages
from webis_mcp import __version__
from webis_mcp.errors import (
    Busy,
    EngineError,
    EngineNotReady,
    FetchFailed,
    PageTooLarge,
    ReadingFailed,
    SettingsError,
    WebisError,
)
from webis_mcp.page.model import Status
from webis_mcp.server.cli import exit_code, main
from webis_mcp.server.shell.folder import Tally
from webis_mcp.server.shell.links import name_of

ARTICLE = Path(__file__).parents[2] / "examples" / "pages" / "article.html"
SENTENCE = "The crossing takes nine minutes; the road around the estuary takes forty."


def page_of(sentence: str) -> str:
    words = f"{sentence} It says so in a paragraph of some length, as paragraphs do."
    return f"<html><title>A page</title><body><h1>A page</h1><p>{words}</p></body></html>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pages, one of them deep, and a file that is none."""
    root = tmp_path / "pages"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "one.html").write_text(page_of("The first page is short."))
    (root / "two.HTM").write_text(page_of("The second page is short."))
    (root / "deep" / "er" / "three.xhtml").write_text(page_of("The third page is short."))
    (root / "notes.txt").write_text("no page")
    return root


Captured = pytest.CaptureFixture[str]


def extract(*arguments: str | Path) -> int:
    return main(["extract", *map(str, arguments)])


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def files_of(root: Path) -> Sequence[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


# One page


def test_a_file_goes_to_standard_output(capsys: Captured) -> None:
    assert extract(ARTICLE) == 0
    out, err = capsys.readouterr()
    assert SENTENCE in out
    assert out.endswith("\n")
    assert "<p>" not in out
    assert err == ""


def test_json_is_one_object_on_one_line(capsys: Captured) -> None:
    assert extract(ARTICLE, "--json") == 0
    (page,) = json_lines(capsys.readouterr().out)
    assert page["title"] == "Harbour ferry returns after eleven years"
    assert SENTENCE in page["content"]
    assert page["total_length"] == len(page["content"])


def test_blocks_are_json_with_the_place_of_each(capsys: Captured) -> None:
    assert extract(ARTICLE, "--format", "blocks") == 0
    (page,) = json_lines(capsys.readouterr().out)
    (block,) = [block for block in page["blocks"] if SENTENCE in block["text"]]
    assert block["xpath"].startswith("/html")


def test_output_names_the_file_to_write(tmp_path: Path, capsys: Captured) -> None:
    target = tmp_path / "new" / "article.md"
    assert extract(ARTICLE, "--output", target) == 0
    assert SENTENCE in target.read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""
    assert files_of(target.parent) == ["article.md"]


def test_what_markdown_keeps_can_be_said(capsys: Captured) -> None:
    extract(ARTICLE, "--url", "https://courier.example/news/")
    assert "](https://courier.example/news/coastal-fund-2025)" in capsys.readouterr().out
    extract(ARTICLE, "--no-links", "--no-tables")
    out = capsys.readouterr().out
    assert "coastal fund" in out
    assert "](" not in out
    assert "Monday to Friday" not in out


def test_comments_are_kept_or_left_out_as_said(tmp_path: Path, capsys: Captured) -> None:
    words = "We took that ferry to school in my day, and it was late then too."
    page = tmp_path / "page.html"
    story = ARTICLE.read_text(encoding="utf-8")
    page.write_text(story.replace("</body>", f"<div class=comment><p>{words}</p></div></body>"))
    extract(page, "--comments")
    assert words in capsys.readouterr().out
    extract(page, "--no-comments")
    out = capsys.readouterr().out
    assert SENTENCE in out
    assert words not in out


def test_an_empty_page_says_so_on_stderr(tmp_path: Path, capsys: Captured) -> None:
    page = tmp_path / "empty.html"
    page.write_text("<html><body></body></html>")
    assert extract(page) == 0
    out, err = capsys.readouterr()
    assert out.strip() == ""
    assert "empty: The page has no text" in err


def test_a_file_that_is_not_there_is_wrong_input(tmp_path: Path, capsys: Captured) -> None:
    assert extract(tmp_path / "nothing.html") == 2
    assert "nothing.html cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (PageTooLarge("."), 2),
        (FetchFailed("."), 3),
        (ReadingFailed("."), 3),
        (EngineError("."), 4),
        (EngineNotReady("."), 75),
        (Busy("."), 75),
        (SettingsError("."), 78),
    ],
)
def test_the_exit_code_tells_who_can_put_it_right(failure: WebisError, code: int) -> None:
    assert exit_code(failure) == code


def test_the_version_is_told(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"webis-mcp {__version__}\n"


# URLs


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A site of three pages in a thread of its own, which the command may fetch from."""
    with serving_pages() as opened:
        for name, value in opened.environ.items():
            monkeypatch.setenv(name, value)
        yield opened


def test_a_url_goes_to_standard_output(web: Web, capsys: Captured) -> None:
    assert extract(web.url("/one")) == 0
    assert "The first page is short." in capsys.readouterr().out


def test_a_page_that_is_missing_is_told_and_fails(web: Web, capsys: Captured) -> None:
    assert extract(web.url("/nothing")) == 3
    assert "has no page at this URL (404)" in capsys.readouterr().err


def test_a_url_that_is_not_ours_to_ask_is_wrong_input(capsys: Captured) -> None:
    assert extract("http://127.0.0.1/") == 2
    assert "not on the public web" in capsys.readouterr().err


def test_a_header_goes_with_what_is_fetched(web: Web, tmp_path: Path, capsys: Captured) -> None:
    german = ("--header", "Accept-Language: de")
    assert extract(web.url("/language"), *german) == 0
    links = tmp_path / "links.txt"
    links.write_text(web.url("/language"))
    assert extract("--urls", links, "--json", *german) == 0
    assert capsys.readouterr().out.count("for readers of de") == 2


@pytest.mark.parametrize("line", ["Authorization: secret", "Cookie: key=1", "Accept-Language"])
def test_a_header_that_is_not_sent_is_wrong_input(web: Web, line: str, capsys: Captured) -> None:
    assert extract(web.url("/one"), "--header", line) == 2
    assert "Accept-Language" in capsys.readouterr().err


@pytest.mark.parametrize("page", ["-", ".", str(ARTICLE)])
def test_a_header_for_what_is_not_fetched_is_wrong_input(page: str, capsys: Captured) -> None:
    assert extract(page, "--header", "Accept-Language: de") == 2
    assert "--header is for URLs" in capsys.readouterr().err


def test_a_url_has_no_other_url(capsys: Captured) -> None:
    assert extract("https://a.example/", "--url", "https://b.example/") == 2
    assert "--url" in capsys.readouterr().err


def test_a_list_of_urls_is_written_and_failures_are_told(
    web: Web, tmp_path: Path, capsys: Captured
) -> None:
    links = tmp_path / "links.txt"
    pages = [web.url(path) for path in ("/one", "/nothing", "/two?page=2")]
    links.write_text("\n".join(["# ferries", *pages, pages[0], ""]))
    assert extract("--urls", links, "--output", tmp_path / "out") == 1
    names = files_of(tmp_path / "out")
    assert [re.sub("[0-9a-f]{8}", "#", name) for name in names] == [
        "127.0.0.1/one-#.md",
        "127.0.0.1/two-#.md",
    ]
    err = capsys.readouterr().err
    assert "3 pages: 2 written (0 without content), 0 there already, 1 failed." in err
    assert f"failed: {pages[1]}: " in err


def test_a_list_of_urls_goes_on_where_it_was_cut_off(
    web: Web, tmp_path: Path, capsys: Captured
) -> None:
    links, target = tmp_path / "links.txt", tmp_path / "pages.jsonl"
    links.write_text(f"{web.url('/one')}\n{web.url('/two')}\n")
    target.write_text(json.dumps({"asked": web.url("/one")}) + "\n")
    assert extract("--urls", links, "--output", target) == 0
    pages = json_lines(target.read_text(encoding="utf-8"))
    assert [page["asked"] for page in pages] == [web.url("/one"), web.url("/two")]
    assert "second page" in pages[1]["content"]


@pytest.mark.parametrize("lines", ["", "# nothing\n", "https://a.example/ and more\n"])
def test_a_list_that_is_none_is_wrong_input(tmp_path: Path, lines: str, capsys: Captured) -> None:
    links = tmp_path / "links.txt"
    links.write_text(lines)
    assert extract("--urls", links, "--json") == 2
    assert "one URL a line" in capsys.readouterr().err


def test_a_page_and_a_list_at_once_are_refused(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        extract("page.html", "--urls", "links.txt")
    assert left.value.code == 2


@pytest.mark.parametrize(
    "url",
    ["https://a.example/../../etc/passwd", "http://[", "https://ö.example/" + "é/" * 3_000, "x"],
)
def test_no_url_names_a_file_outside_its_folder(url: str) -> None:
    name = name_of(url)
    assert len(name.parts) == 2
    assert ".." not in name.parts
    assert all(len(part.encode()) < 200 for part in name.parts)


# A folder


def test_a_folder_is_mirrored(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    target = tmp_path / "out"
    assert extract(folder, "--output", target) == 0
    assert files_of(target) == ["deep/er/three.md", "one.md", "two.md"]
    assert "The third page is short." in (target / "deep/er/three.md").read_text(encoding="utf-8")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "3 pages: 3 written (0 without content), 0 there already, 0 failed.\n"


def test_pages_that_differ_in_their_suffix_only_keep_it(folder: Path, tmp_path: Path) -> None:
    (folder / "one.htm").write_text(page_of("Another first page."))
    extract(folder, "--output", tmp_path / "out", "--format", "text")
    assert files_of(tmp_path / "out") == [
        "deep/er/three.txt",
        "one.htm.txt",
        "one.html.txt",
        "two.txt",
    ]


def test_a_folder_as_json_lines_names_each_file(folder: Path, capsys: Captured) -> None:
    assert extract(folder, "--json") == 0
    pages = json_lines(capsys.readouterr().out)
    assert sorted(page["file"] for page in pages) == ["deep/er/three.xhtml", "one.html", "two.HTM"]
    assert all(page["title"] == "A page" for page in pages)


def test_what_is_written_is_not_done_again(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "one.md").write_text("from an earlier run")
    assert extract(folder, "--output", target) == 0
    assert "2 written (0 without content), 1 there already" in capsys.readouterr().err
    assert (target / "one.md").read_text() == "from an earlier run"
    extract(folder, "--output", target, "--overwrite")
    assert "first page" in (target / "one.md").read_text(encoding="utf-8")


def test_json_lines_go_on_where_they_were_cut_off(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    target = tmp_path / "pages.jsonl"
    target.write_text('{"file": "one.html"}\n{"file": "two.H')
    assert extract(folder, "--json", "--output", target) == 0
    files = [page["file"] for page in json_lines(target.read_text(encoding="utf-8"))]
    assert files[0] == "one.html"
    assert sorted(files[1:]) == ["deep/er/three.xhtml", "two.HTM"]
    extract(folder, "--output", target, "--overwrite")  # its name says what it holds
    assert len(json_lines(target.read_text(encoding="utf-8"))) == 3


def test_lines_that_are_not_ours_are_left_alone(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    target = tmp_path / "other.jsonl"
    target.write_text('["something else"]\n')
    assert extract(folder, "--json", "--output", target) == 2
    assert target.read_text() == '["something else"]\n'
    assert "--overwrite" in capsys.readouterr().err


def test_a_failed_page_is_told_at_the_end_and_the_others_are_written(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    (folder / "void.html").write_text("")
    assert extract(folder, "--output", tmp_path / "out") == 1
    err = capsys.readouterr().err.splitlines()
    assert err[0].startswith("4 pages: 3 written (0 without content), 0 there already, 1 failed")
    assert err[1].startswith("failed: void.html: The HTML is empty.")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_that_fills() -> None:
    terminal = Terminal()
    tally = Tally(total=2, skipped=0, told=terminal)
    tally.count(Path("one.html"), Status.CONTENT)
    assert terminal.getvalue() == f"\r[{'#' * 15}{'.' * 15}] 1/2"
    tally.count(Path("two.html"), ReadingFailed("It is too deep."))
    tally.sum_up()
    assert terminal.getvalue().splitlines()[-3:] == [
        f"[{'#' * 30}] 2/2, 1 failed",
        "2 pages: 1 written (0 without content), 0 there already, 1 failed.",
        "failed: two.html: It is too deep.",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Say --output FOLDER"),
        (("--json", "--url", "https://a.example/"), "--url names one page"),
    ],
)
def test_a_folder_needs_an_order_that_fits(
    folder: Path, arguments: Sequence[str], said: str, capsys: Captured
) -> None:
    assert extract(folder, *arguments) == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_pages_is_wrong_input(tmp_path: Path, capsys: Captured) -> None:
    assert extract(tmp_path, "--json") == 2
    assert "no page below" in capsys.readouterr().err
