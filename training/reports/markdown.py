"""Tables and shares as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table; the first column to the left, the others to the right."""
    sides = "|".join(["---", *["---:"] * (len(names) - 1)])
    return [f"| {' | '.join(names)} |", f"|{sides}|", *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def cell(words: str) -> str:
    """Words that stay in their cell and are no markup."""
    return " ".join(words.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").split())


def share(value: float | None, *, sign: bool = False) -> str:
    """A share as a percentage; empty for what is not known."""
    return "" if value is None else f"{100 * value:{'+' if sign else ''}.2f}%"
