"""Rows as tab-separated lines."""

from __future__ import annotations

from collections.abc import Iterable

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def line(cells: Iterable[object]) -> str:
    """One line with its end; nothing for None.

    Tab, line ends and backslash are written as \\t, \\n, \\r and \\\\. Nothing else is changed, so that a
    text is what was written, also where a spreadsheet would take it for a formula.
    """
    return "\t".join("" if cell is None else str(cell).translate(_ESCAPES) for cell in cells) + "\n"
