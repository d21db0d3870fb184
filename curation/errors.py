"""The one error that services raise for what a person can put right."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A rule says no. `message`: the thing, the rule, the value and what to do; `extra` is for machines."""

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extra = extra


class StorageDown(Refused):
    """The storage of pictures and exports did not do what was asked of it. answered: whether it said so."""
