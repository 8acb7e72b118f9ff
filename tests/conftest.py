"""What holds for all tests: no property is timed, for a busy machine is no bug."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
