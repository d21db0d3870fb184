"""What is done to a picture: one of six kinds with parameters drawn from the published ranges.

Source: Avila et al. 2025, doi:10.1111/nph.70447 (kinds and ranges). The fill colours, where a block lies and
what a blur radius is measured against are decided here.
"""

from __future__ import annotations

import hashlib
import math
import random
import re
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

KINDS = ("overexposed", "blurred", "block", "two-blocks", "recompressed", "veiled")

SATURATION = (2.0, 5.0)
BRIGHTNESS = (2.0, 8.0)
RADIUS = (16.0, 48.0)
"""Pixels of a picture whose short side has 1,024, the size at which the published set was kept."""
RADIUS_SHORT_SIDE = 1024
PASSES = (2, 16)
QUALITY = (8, 64)
ALPHA = (0.08, 0.32)
BLOCK_HEIGHT = NormalDist(0.148, 0.199)
VEIL_HEIGHT = NormalDist(0.409, 0.035)
HEIGHT_ABOVE, HEIGHT_UP_TO = 0.02, 0.9
"""Shares of the picture's height; a draw outside is drawn again."""

# What decoders fill missing rows with, most often first; green and magenta are JPEG's three components all
# at 0 and colour at its upper end.
_FILLS: tuple[tuple[tuple[int, int, int], float], ...] = (
    ((128, 128, 128), 0.35),
    ((0, 0, 0), 0.35),
    ((255, 255, 255), 0.1),
    ((0, 135, 0), 0.1),
    ((255, 0, 255), 0.1),
)
FILLS = tuple(colour for colour, _ in _FILLS)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Band:
    """A block across the whole width. top, height: shares of the picture's height. colour: RGB, 0-255."""

    top: float
    height: float
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Corruption:
    """kind: one of KINDS. seed, attempt: what it was drawn from, besides the parent's SHA-256.

    saturation, brightness: factors (overexposed). radius: of a Gaussian blur, in pixels at a short side of
    1,024 (blurred). bands: one (block, veiled) or two (two-blocks). alpha: of the band (veiled).
    qualities: JPEG quality of each compression, in order (recompressed). None and () where not of the kind.
    """

    kind: str
    seed: int
    attempt: int = 0
    saturation: float | None = None
    brightness: float | None = None
    radius: float | None = None
    bands: tuple[Band, ...] = ()
    alpha: float | None = None
    qualities: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the kind, seed and attempt, and of the rest what the kind uses."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return {
            name: [_band_dict(band) for band in self.bands] if name == "bands" else _plain(value)
            for name, value in given.items()
        }


def plan(seed: int, sha256: str, kind: str | None = None, attempt: int = 0) -> Corruption:
    """What to do to the picture whose file has this SHA-256 (64 lower-case hex digits).

    The same arguments give the same corruption on every machine. kind: None draws one, each as likely.
    attempt: counts draws whose result could not be seen. Raises ValueError.
    """
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"sha256 must be 64 lower-case hexadecimal digits, not {sha256!r}")
    if kind is not None and kind not in KINDS:
        raise ValueError(f"no corruption {kind!r}; the kinds are {', '.join(KINDS)}")
    digest = hashlib.sha256(f"{seed}:{sha256}:{kind or ''}:{attempt}".encode()).digest()
    # Only random() is used below: its sequence is the one that Python promises to keep.
    rng = random.Random(int.from_bytes(digest, "big"))
    first = rng.random()
    chosen = kind or KINDS[int(first * len(KINDS))]
    if chosen == "overexposed":
        return Corruption(
            chosen,
            seed,
            attempt,
            saturation=_between(rng, *SATURATION),
            brightness=_between(rng, *BRIGHTNESS),
        )
    if chosen == "blurred":
        return Corruption(chosen, seed, attempt, radius=_between(rng, *RADIUS))
    if chosen == "recompressed":
        qualities = tuple(_whole(rng, *QUALITY) for _ in range(_whole(rng, *PASSES)))
        return Corruption(chosen, seed, attempt, qualities=qualities)
    if chosen == "two-blocks":
        return Corruption(chosen, seed, attempt, bands=_two_bands(rng))
    height = _height(rng, VEIL_HEIGHT if chosen == "veiled" else BLOCK_HEIGHT)
    alpha = _between(rng, *ALPHA) if chosen == "veiled" else None
    return Corruption(chosen, seed, attempt, bands=(_band(rng, height),), alpha=alpha)


def _between(rng: random.Random, low: float, high: float) -> float:
    return low + (high - low) * rng.random()


def _whole(rng: random.Random, low: int, high: int) -> int:
    return low + int(rng.random() * (high - low + 1))


def _height(rng: random.Random, of: NormalDist) -> float:
    while True:
        chance = rng.random()
        if chance > 0 and HEIGHT_ABOVE < (height := of.inv_cdf(chance)) <= HEIGHT_UP_TO:
            return height


def _fill(rng: random.Random) -> tuple[int, int, int]:
    place = rng.random() * math.fsum(share for _, share in _FILLS)
    for colour, share in _FILLS:
        place -= share
        if place < 0:
            return colour
    return _FILLS[-1][0]


def _band(rng: random.Random, height: float) -> Band:
    """Half of them reach the bottom, as in a file that ends early; the others lie anywhere."""
    free = 1 - height
    top = free if rng.random() < 0.5 else free * rng.random()
    return Band(top, height, _fill(rng))


def _two_bands(rng: random.Random) -> tuple[Band, Band]:
    """Apart from each other: the free height is shared out above, between and, half of the time, below."""
    while True:
        upper, lower = _height(rng, BLOCK_HEIGHT), _height(rng, BLOCK_HEIGHT)
        if (free := 1 - upper - lower) >= 0.05:
            break
    cuts = sorted((rng.random(), rng.random()))
    above, between = free * cuts[0], free * (cuts[1] - cuts[0])
    if rng.random() < 0.5:
        between = free - above
    return Band(above, upper, _fill(rng)), Band(above + upper + between, lower, _fill(rng))


def _band_dict(band: Band) -> dict[str, Any]:
    return {"top": round(band.top, 6), "height": round(band.height, 6), "colour": list(band.colour)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    return list(value) if isinstance(value, tuple) else value
