"""Why a page has no content: told from what it says, and never of a page that has some."""

from __future__ import annotations

import pytest

from webis_mcp.page.model import Page, Signals, Status
from webis_mcp.page.reading.reader import read_page
from webis_mcp.page.reading.standing import read_signals, says_not_found, status_of
from webis_mcp.page.tree import parse

STORY = "The council approved the new bridge over the river on Tuesday; work starts in spring. "


def status(html: str, kept: int | None = None) -> Status:
    """The status when so many characters are kept; by default all that can be seen."""
    page = read_page(html)
    return status_of(page, visible(page) if kept is None else kept)


def visible(page: Page) -> int:
    return sum(len(block.text) for block in page.blocks if not block.hidden)


SHELLS = [
    '<title>Shop</title><div id="root"></div><script src=a.js></script>',
    "<div id=app><div class=spinner>Loading…</div></div><script></script>",
    "<app-root></app-root><script src=main.js type=module></script>",
    "<div id=__next></div><noscript>You need to enable JavaScript to run this app.</noscript>",
    "<body><noscript>Bitte aktivieren Sie JavaScript.</noscript><p>Einen Moment …</p>",
    "<body><p>This page requires JavaScript to work.</p><script></script>",
    "<body><p>请启用 JavaScript 后继续</p><script></script>",
    "<head><script></script><script></script><script></script></head><body></body>",
]


@pytest.mark.parametrize("html", SHELLS)
def test_a_page_that_waits_for_its_scripts_is_a_shell(html: str) -> None:
    assert status(html, 0) is Status.JS_SHELL
    assert status(html) is Status.JS_SHELL


SIGN_INS = [
    "<title>Log in</title><form><label>User <input></label><label>Password"
    "<input type=password></label><button>Log in</button></form>",
    "<title>Konto</title><h1>Anmelden</h1><form>Passwort <input type=password></form>",
    "<title>登录</title><form>密码 <input type=password></form>",
    "<h1>Board 7</h1><p>You must be logged in to view this forum.</p>",
    "<h1>A new bridge</h1><p>Subscribe to continue reading.</p><a>Sign in</a>",
    "<title>Sign in - Harbour accounts</title><p>Use your Harbour account.</p>",
]


@pytest.mark.parametrize("html", SIGN_INS)
def test_a_page_that_only_asks_to_sign_in_is_a_login(html: str) -> None:
    assert status(html) is Status.LOGIN


BLOCKS = [
    "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue</p>",
    "<title>post.example</title><h1>post.example</h1><p>Checking your browser before accessing"
    " the site. This takes a few seconds.</p><p>Ray ID: 7f00</p>",
    "<title>Access Denied</title><h1>Access Denied</h1><p>You don't have permission to access"
    " this page on this server.</p><p>Reference #18.2f</p>",
    "<title>403 Forbidden</title><center><h1>403 Forbidden</h1></center><hr>",
    "<h1>Please verify you are a human</h1><p>Press & Hold the button.</p>",
    "<p>Our systems have detected unusual traffic from your computer network.</p>",
    "<p>Bitte bestätigen Sie, dass Sie ein Mensch sind.</p>",
    "<p>Confirmez que vous n'êtes pas un robot.</p>",
    "<p>Подтвердите, что вы не робот</p>",
    "<title>安全验证</title><p>请完成安全验证后继续访问</p>",
    "<p>あなたがロボットではないことを確認してください</p>",
    "<body><script src='https://challenges.cloudflare.com/turnstile/v0/api.js'></script>",
]


@pytest.mark.parametrize("html", BLOCKS)
def test_a_bot_check_or_a_refusal_is_blocked(html: str) -> None:
    assert status(html) is Status.BLOCKED


CONSENTS = [
    "<title>Before you continue</title><h1>Before you continue to the harbour</h1><p>We use cookies"
    " and data to deliver our services, to keep them safe and to measure how they are used.</p>"
    "<button>Accept all</button>",
    "<title>Harbour News</title><h2>We value your privacy</h2><p>We and our 812 partners store and"
    " read cookies on your device, for advertising that fits you.</p><button>Agree</button>",
    "<h1>Wir achten Ihre Privatsphäre</h1><p>Mit Ihrer Einwilligung setzen wir Cookies.</p>",
    "<title>Votre vie privée</title><p>Acceptez les cookies pour lire gratuitement.</p>",
]


@pytest.mark.parametrize("html", CONSENTS)
def test_a_page_that_only_asks_for_consent_is_a_consent_wall(html: str) -> None:
    assert status(html) is Status.CONSENT
    assert status(html, 0) is Status.CONSENT


def test_a_banner_before_a_short_note_is_no_wall() -> None:
    banner = "<h2>We value your privacy</h2><p>We use cookies.</p>"
    assert status(f"{banner}<h1>News</h1><p>{STORY * 2}</p>") is Status.CONTENT


def test_a_long_refusal_is_blocked_by_its_reference() -> None:
    why = (
        "<p>This site protects itself. What you did set its protection off, as some words do. " * 8
    )
    html = f"<h1>Sorry, you have been blocked</h1>{why}<p>Ray ID: 7f00 Your IP: 192.0.2.7</p>"
    assert status(html) is Status.BLOCKED
    assert status(html.replace("Ray ID: 7f00 Your IP: 192.0.2.7", "")) is Status.CONTENT


@pytest.mark.parametrize("html", ["", "<title>Bridge</title>", "<nav><a href=/>Home</a></nav>"])
def test_a_page_of_which_nothing_is_kept_is_empty(html: str) -> None:
    assert status(html, 0) is Status.EMPTY


STORIES = [
    "<h1>How captchas work</h1><p>A captcha asks you to verify you are human. {}</p>",
    "<title>Access denied: a history of borders</title><h1>Access denied: a history</h1><p>{}</p>",
    "<title>Forbidden City</title><h1>Forbidden City</h1><p>{}</p>",
    "<title>Login forms that people like</title><h1>Login forms</h1><p>{}</p>",
    "<h1>A new bridge</h1><form>Sign in <input type=password></form><p>{}</p>",
    "<h1>Turn on JavaScript</h1><p>Some sites ask to enable JavaScript. {}</p><script></script>",
    "<div id=root><h1>A new bridge</h1><p>{}</p></div><script></script><noscript>Enable JavaScript"
    "</noscript>",
    "<h1>Members only</h1><p>Clubs for members only are old. {}</p>",
    "<h1>A new bridge</h1><p>{}</p><script src='https://hcaptcha.com/1/api.js'></script>",
]


@pytest.mark.parametrize("html", STORIES)
def test_a_story_with_such_words_is_content(html: str) -> None:
    assert status(html.format(STORY * 4)) is Status.CONTENT
    assert status(html.format(STORY * 40)) is Status.CONTENT


def test_a_short_note_is_content() -> None:
    assert (
        status(f"<title>News</title><h1>News</h1><p>{STORY}</p><script></script>") is Status.CONTENT
    )
    assert status("<p>Closed today.</p>") is Status.CONTENT


@pytest.mark.parametrize(
    "html",
    [
        "<title>404 Not Found</title><h1>Not Found</h1><p>Try the map.</p>",
        "<title>Ferry</title><h1>Oops! That page can’t be found.</h1><p>Try the map.</p>",
        "<h1>Seite nicht gefunden</h1><p>Versuchen Sie die Suche.</p>",
        "<h1>This article is no longer available</h1>",
    ],
)
def test_a_page_may_say_that_it_is_not_there(html: str) -> None:
    assert says_not_found(read_page(html), 100)
    assert not says_not_found(read_page(html), 5_000)
    assert not says_not_found(read_page("<h1>Lost ship found</h1><p>No storm.</p>"), 100)


def test_signals_are_what_the_markup_tells() -> None:
    html = """<body><noscript><img src=pixel.gif> Enable scripts </noscript><div id=App> </div>
        <input type=PASSWORD><input><iframe src='https://geo.captcha-delivery.com/c'></iframe>"""
    expected = Signals("Enable scripts", mount_point=True, passwords=1, challenge=True)
    assert read_signals(parse(html)) == expected
    assert read_signals(parse(f"<div id=root><p>{STORY * 4}</div>")) == Signals()
