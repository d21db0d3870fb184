"""Parts of a whole with the interval they are known to."""

from __future__ import annotations

import math
from typing import NamedTuple

Z = 1.959963984540054  # the normal quantile of 95 % in the middle


class Share(NamedTuple):
    """`k` of `n`, as a part, with the 95 % interval."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def wilson(k: int, n: int) -> Share:
    """A part with its score interval (Wilson 1927). It stays within 0 and 1 and holds for small n."""
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no part of a whole")
    if n == 0:
        return Share(0, 0, None, None, None)
    p, z2 = k / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Share(k, n, p, 0.0 if k == 0 else middle - half, 1.0 if k == n else middle + half)


def difference(one: Share, other: Share) -> tuple[float, float, float] | None:
    """one - other, with the interval that follows from their Wilson intervals (Newcombe 1998, method 10)."""
    if one.value is None or one.low is None or one.high is None:
        return None
    if other.value is None or other.low is None or other.high is None:
        return None
    d = one.value - other.value
    low = d - math.hypot(one.value - one.low, other.high - other.value)
    high = d + math.hypot(one.high - one.value, other.value - other.low)
    return d, low, high
