"""Bytes to text: precedence, wrong declarations, guesses, and that nothing makes it fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webis_mcp.page.reading.decoding import Decoded, decode

CHINESE = "<title>新闻</title><p>今天上午,市政府宣布新桥将于五月开工,预计明年秋天完成。"
TAIWANESE = "<title>新聞</title><p>今天上午,市政府宣布新橋將於五月開工,預計明年秋天完成。"
JAPANESE = "<title>お知らせ</title><p>市は新しい橋の工事を五月に始めると発表しました。"
KOREAN = "<title>소식</title><p>시는 새 다리 공사를 오월에 시작한다고 발표했습니다."
RUSSIAN = "<title>Новости</title><p>Городской совет одобрил строительство нового моста через реку."
ARABIC = "<title>أخبار</title><p>وافق مجلس المدينة على بناء جسر جديد فوق النهر في شهر مايو المقبل."
GERMAN = "<title>Nachrichten</title><p>Der Stadtrat hat die neue Brücke über die Süße Au gebilligt."

PAGES = [
    (CHINESE, "gb18030", "gb18030"),
    (TAIWANESE, "big5", "Big5"),
    (JAPANESE, "shift_jis", "Shift_JIS"),
    (JAPANESE, "euc-jp", "EUC-JP"),
    (KOREAN, "euc-kr", "EUC-KR"),
    (RUSSIAN, "windows-1251", "windows-1251"),
    (GERMAN, "windows-1252", "windows-1252"),
    (ARABIC, "windows-1256", "windows-1256"),
    (RUSSIAN, "koi8-r", "KOI8-R"),
]


@pytest.mark.parametrize(("text", "codec", "name"), PAGES)
def test_the_label_of_the_transport_decides(text: str, codec: str, name: str) -> None:
    assert decode(text.encode(codec), charset=codec) == Decoded(text, name, certain=True)


@pytest.mark.parametrize(("text", "codec", "name"), PAGES)
def test_a_meta_decides_when_the_transport_is_silent(text: str, codec: str, name: str) -> None:
    html = f'<meta charset="{codec}">{text}'
    assert decode(html.encode(codec)) == Decoded(html, name, certain=True)


@pytest.mark.parametrize(("text", "codec"), [(text, codec) for text, codec, _ in PAGES])
def test_an_undeclared_page_is_told_by_its_bytes(text: str, codec: str) -> None:
    decoded = decode((text * 3).encode(codec))
    assert decoded.text == text * 3
    assert not decoded.certain


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_mark_outranks_every_declaration_and_is_cut(codec: str) -> None:
    html = f"<meta charset=big5>{GERMAN}"
    decoded = decode(html.encode(codec), charset="windows-1251")
    assert decoded.text == html
    assert decoded.certain


def test_a_mark_tells_the_order_of_utf_16() -> None:
    assert decode(b"\xfe\xff" + GERMAN.encode("utf-16-be")).text == GERMAN
    assert decode(b"\xff\xfe" + GERMAN.encode("utf-16-le")).text == GERMAN


def test_utf_16_without_mark_is_told_by_its_first_tag() -> None:
    assert decode(GERMAN.encode("utf-16-le")) == Decoded(GERMAN, "UTF-16LE", certain=False)
    assert decode(GERMAN.encode("utf-16-be")) == Decoded(GERMAN, "UTF-16BE", certain=False)


def test_the_transport_outranks_the_meta() -> None:
    html = f"<meta charset=windows-1251>{GERMAN}"
    assert decode(html.encode("windows-1252"), charset="ISO-8859-1").text == html


def test_utf_8_that_is_declared_to_be_another_stays_utf_8() -> None:
    for charset in ("gb18030", "iso-8859-1", "shift_jis", "utf-16", "iso-2022-kr"):
        decoded = decode(RUSSIAN.encode(), charset=charset)
        assert decoded == Decoded(RUSSIAN, "UTF-8", certain=False)


def test_a_legacy_text_that_is_declared_utf_8_is_told_by_its_bytes() -> None:
    html = f"<meta charset=utf-8>{RUSSIAN}"
    assert decode(html.encode("windows-1251")) == Decoded(html, "windows-1251", certain=False)


def test_a_stray_byte_does_not_change_a_declared_encoding() -> None:
    decoded = decode(f"{RUSSIAN}<p>".encode() + b"\xff" + RUSSIAN.encode(), charset="utf-8")
    assert decoded == Decoded(f"{RUSSIAN}<p>\ufffd{RUSSIAN}", "UTF-8", certain=True)


def test_a_stray_byte_does_not_change_the_guess_of_utf_8() -> None:
    decoded = decode(f"{CHINESE}<p>".encode() + b"\xff" + CHINESE.encode())
    assert decoded == Decoded(f"{CHINESE}<p>\ufffd{CHINESE}", "UTF-8", certain=False)


@pytest.mark.parametrize("number", range(1250, 1259))
def test_the_letters_of_every_windows_code_page_are_read(number: int) -> None:
    known = [byte for byte in range(0x80, 0x100) if bytes([byte]).decode(f"cp{number}", "ignore")]
    html = b"<p>" + bytes(known)
    assert decode(html, charset=f"windows-{number}").text == html.decode(f"cp{number}")


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"])
def test_a_cut_last_character_costs_itself_only(codec: str) -> None:
    whole = f"<meta charset={codec}><p>好日本人"
    data = whole.replace("好", "").encode(codec)
    decoded = decode(data[:-1])
    assert decoded.text.rstrip("\ufffd") == "<meta charset=" + codec + "><p>日本"
    assert decoded.certain


def test_undeclared_utf_8_with_a_cut_last_character_is_utf_8() -> None:
    assert decode(GERMAN.encode() + "ü".encode()[:1]).text == f"{GERMAN}\ufffd"


def test_an_empty_page_is_an_empty_text() -> None:
    assert decode(b"").text == ""
    assert decode(b"", charset="shift_jis").text == ""


def test_plain_ascii_is_certain() -> None:
    assert decode(b"<p>bridge") == Decoded("<p>bridge", "windows-1252", certain=True)


def test_iso_2022_jp_is_told_by_its_escapes() -> None:
    assert decode((JAPANESE * 2).encode("iso-2022-jp")).text == JAPANESE * 2


def test_a_meta_beyond_the_prescan_still_counts() -> None:
    html = f"<head><style>{'a{}' * 800}</style><meta charset=koi8-r>{RUSSIAN}"
    assert decode(html.encode("koi8-r")) == Decoded(html, "KOI8-R", certain=True)


def test_a_meta_in_a_comment_does_not_count() -> None:
    html = f"<!-- <meta charset=big5> -->{RUSSIAN * 2}"
    assert decode(html.encode("windows-1251")).text == html


def test_an_xml_declaration_counts_where_nothing_else_says() -> None:
    html = f"<?xml version='1.0' encoding='koi8-r'?>\n<html>{RUSSIAN}"
    assert decode(html.encode("koi8-r")) == Decoded(html, "KOI8-R", certain=True)
    both = html.replace("<html>", "<html><meta charset=windows-1251>")
    assert decode(both.encode("windows-1251")).encoding == "windows-1251"


@pytest.mark.parametrize(
    "label", ["utf-7", "zlib", "hex", "idna", "utf-8-sig", "x\0", "", "é", "\ud800"]
)
def test_a_label_that_the_web_does_not_know_is_ignored(label: str) -> None:
    assert decode(RUSSIAN.encode(), charset=label) == Decoded(RUSSIAN, "UTF-8", certain=True)
    html = f"<meta charset='{label}'>{RUSSIAN}".encode(errors="replace")
    assert decode(html).encoding == "UTF-8"


def test_a_label_may_come_in_quotes_and_capitals() -> None:
    assert decode(RUSSIAN.encode("koi8-r"), charset=' "KOI8-R" ').encoding == "KOI8-R"


@pytest.mark.parametrize("price", ["£6", "£6 – or £7", "£9 © 2001, 20 °C"])
def test_a_pound_sign_is_no_polish_letter(price: str) -> None:
    text = f"<p>The first bell was hung in 1540. It cost {price} and a heifer."
    assert decode(text.encode("windows-1252")).text == text


def test_a_large_undeclared_page_is_told_by_its_first_part() -> None:
    html = CHINESE * 12_000
    assert decode(html.encode("gbk")).text == html


LABELS = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from([name for _, _, name in PAGES] + ["utf-16", "replacement", "x-user-defined"]),
)
PARTS = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([text.encode(codec)[:60] for text, codec, _ in PAGES]),
    st.sampled_from([b"<meta charset=utf-16>", b"<?xml encoding='gbk'?>", b"\xff\xfe", b"\x1b$B"]),
)


@given(st.lists(PARTS, max_size=8).map(b"".join), LABELS)
def test_nothing_makes_it_fail(data: bytes, charset: str | None) -> None:
    decode(data, charset=charset).text.encode()  # raises on lone surrogates


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff")))
def test_utf_8_is_read_as_it_was_written(text: str) -> None:
    assert decode(text.encode(), charset="utf-8").text == text
