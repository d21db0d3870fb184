"""The one error of this package."""

from __future__ import annotations


class PictureError(ValueError):
    """A picture file was refused.

    name: the file's name, without its folder.
    rule: short slug of the rule it broke: unreadable, empty, broken, disguised, unsupported, animated,
        bomb, too-large, too-small.
    detail: the received value and what is allowed, in words for the person who brought the file.
    """

    def __init__(self, name: str, rule: str, detail: str) -> None:
        # All three are in args, so that the error survives pickling between processes.
        super().__init__(name, rule, detail)
        self.name = name
        self.rule = rule
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.name}: {self.rule}: {self.detail}"
