"""What can go wrong, by who can put it right.

WebisError                     message, hint; retryable is a class attribute
├── InvalidInput               the caller can put it right
│   ├── PageTooLarge
│   └── UrlRefused             our guard, or the site's robots.txt, says no
├── FetchFailed                the far site, or the way to it
│   ├── NotAPage               it sent an image, an archive, a PDF ...
│   └── SiteUnavailable        retryable: unreachable, too slow, or busy
├── ReadingFailed              the page broke its reader: out of time, out of memory, crashed
├── Busy                       retryable: too many calls wait already
├── EngineError                the machine that labels
│   ├── EngineNotReady         retryable: it is starting
│   └── AnswerUnreadable       it answered, but not what was asked
└── SettingsError              the operator, before the server starts

A message says what was seen, a hint says what to do; both are written for a model to read.
"""

from __future__ import annotations

from typing import ClassVar


class WebisError(Exception):
    """A failure we understand.

    Args:
        message: what was seen, one sentence.
        hint: what to do about it, one sentence; may be empty.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InvalidInput(WebisError):
    """The caller asked for something that cannot be; the hint says what can."""


class PageTooLarge(InvalidInput):
    """The page is over the size limit."""


class UrlRefused(InvalidInput):
    """A URL that we will not ask: malformed, not the public web, or closed by its robots.txt."""


class FetchFailed(WebisError):
    """The far site did not give a page, or the way to it is broken."""


class NotAPage(FetchFailed):
    """What the site sent is nothing that can be read as a page."""


class SiteUnavailable(FetchFailed):
    """The site cannot be reached, does not answer in time, or is busy."""

    retryable = True


class ReadingFailed(WebisError):
    """The page could not be read within the limits of time and memory, or its reader crashed."""


class Busy(WebisError):
    """More is asked at once than can wait in line."""

    retryable = True


class EngineError(WebisError):
    """The engine that judges the blocks could not answer."""


class EngineNotReady(EngineError):
    """The engine asked for is not there, or not yet."""

    retryable = True


class AnswerUnreadable(EngineError):
    """A model answered, but not what it was asked."""


class SettingsError(WebisError):
    """A setting is unknown or out of bounds; raised before anything starts."""
