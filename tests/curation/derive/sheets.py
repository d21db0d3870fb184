"""Drawn sheets as JPEG, each number another."""

from __future__ import annotations

import io
from functools import cache

from curation.drawing import draw


@cache
def sheet(number: int, short_side: int = 240) -> tuple[bytes, tuple[int, int]]:
    image = draw("ordinary-pressed-specimens", number, short_side=short_side)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue(), image.size
