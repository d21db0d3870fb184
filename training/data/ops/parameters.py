"""What the parameters of an op may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Value = float | tuple[float, float]


@dataclass(frozen=True)
class Number:
    """A number of low to high."""

    default: float
    low: float
    high: float

    def checked(self, what: str, value: Any) -> float:
        """The value as a float; ValueError naming it where it is none of these."""
        if not _is_number(value) or not self.low <= value <= self.high:
            raise ValueError(f"{what} must be a number of {self.low:g} to {self.high:g}, got {value!r}")
        return float(value)


@dataclass(frozen=True)
class Span:
    """Two numbers of low to high, the first of them not above the second."""

    default: tuple[float, float]
    low: float
    high: float

    def checked(self, what: str, value: Any) -> tuple[float, float]:
        """The values as floats; ValueError naming them where they are none of these."""
        fits = isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value))
        if not fits or not self.low <= value[0] <= value[1] <= self.high:
            raise ValueError(
                f"{what} must be two numbers of {self.low:g} to {self.high:g}, the smaller one first, "
                f"got {value!r}"
            )
        return float(value[0]), float(value[1])


Parameter = Number | Span


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
