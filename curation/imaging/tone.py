"""Whether a picture shows colours, or only the tint of its paper and ink.

Prints age: paper yellows and foxes, ink browns, scanners add a cast. Such a picture is still a grey one. In
CIELAB its colours lie, for each lightness, between neutral, the mixture of its ink and its paper, and that
mixture yellowed further. What is measured is how far the picture's colours lie from there.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]

GREY_BELOW = 6.0
"""Pictures with a `chroma` below this look grey. The best cut between 110 coloured and 110 grey drawn plates,
yellowed, foxed, stamped and compressed at random; see docs/derived.md."""

_SIDE = 96
"""Pixels of the longer side at which colours are compared: halftone dots and noise are averaged away."""
_QUANTILE = 0.994
"""Colours on less than 0.6 % of the area, such as a library's stamp, do not count."""
# In CIELAB units, where 2 is just noticeable. Papers and inks reach these; other chroma is colour.
_PAPER_CAST, _PAPER_WARM, _INK_CAST, _INK_WARM = 10.0, 42.0, 8.0, 22.0
_AGED = 16.0
_WARM_HUES = (40.0, 112.0)
"""Degrees in the a*, b* plane: from rust to a greenish yellow."""
_WARM = 80.0
_STEPS = 33

# sRGB to CIE XYZ relative to its white, D65 (IEC 61966-2-1).
_XYZ = np.array(
    [
        [0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505],
        [0.2126, 0.7152, 0.0722],
        [0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089],
    ],
    np.float32,
)


def chroma(image: Image.Image) -> float:
    """How colourful an RGB picture is beyond the tint of its paper and ink, in CIELAB units, 0 or more.

    It is the distance that 0.6 % of the area exceeds. Any size; the 192-px rendition is enough.
    """
    if image.mode != "RGB":
        raise ValueError(f"the tone is measured on mode RGB, not {image.mode}; use open_srgb")
    scale = _SIDE / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BOX)
    linear = _linear()[np.asarray(image).reshape(-1, 3)]
    lab = _lab(linear)
    paper, ink = _paper_and_ink(lab)
    gap = _beyond(lab, paper, ink)
    return float(np.quantile(gap, _QUANTILE))


def looks_grey(value: float) -> bool:
    """Whether a picture of this `chroma` is a grey one."""
    return value < GREY_BELOW


@lru_cache(maxsize=1)
def _linear() -> Floats:
    """Linear light for each of the 256 levels of sRGB."""
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _lab(linear: Floats) -> Floats:
    """(N, 3) linear sRGB -> L* 0-100, a*, b* (CIE 15:2004, 8.2.1)."""
    xyz = linear @ _XYZ.T
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * np.float32((29 / 6) ** 2 / 3) + np.float32(4 / 29))
    out: Floats = np.empty_like(f)
    out[:, 0] = 116 * f[:, 1] - 16
    out[:, 1] = 500 * (f[:, 0] - f[:, 1])
    out[:, 2] = 200 * (f[:, 1] - f[:, 2])
    return out


def _paper_and_ink(lab: Floats) -> tuple[Floats, Floats]:
    """The colours (3,) of the bright half and of the darkest thirtieth, as far as papers and inks go."""
    light = lab[:, 0]
    paper = np.median(lab[light >= np.median(light)], axis=0)
    ink = np.median(lab[light <= np.quantile(light, 1 / 30)], axis=0)
    return _plausible(paper, _PAPER_CAST, _PAPER_WARM), _plausible(ink, _INK_CAST, _INK_WARM)


def _plausible(colour: Floats, cast: float, warm: float) -> Floats:
    """The same colour with no more chroma than a cast, or than ageing where it is of a warm hue, explains."""
    strength = float(np.hypot(colour[1], colour[2]))
    hue = np.degrees(np.arctan2(colour[2], colour[1]))
    most = warm if _WARM_HUES[0] <= hue <= _WARM_HUES[1] else cast
    if strength > most:
        colour = colour.copy()
        colour[1:] *= most / strength
    return colour


def _beyond(lab: Floats, paper: Floats, ink: Floats) -> Floats:
    """How far each colour (N, 3) lies from what ink on this paper can show, (N,)."""
    share = np.linspace(0, 1, _STEPS, dtype=np.float32)[:, None]
    mixed = ink * (1 - share) + paper * share
    here = np.stack([np.interp(lab[:, 0], mixed[:, 0], mixed[:, k]) for k in (1, 2)], axis=1)
    tint = float(np.hypot(paper[1], paper[2]))
    hue = np.degrees(np.arctan2(paper[2], paper[1]))
    angle = np.radians(hue if tint > 4 and _WARM_HUES[0] <= hue <= _WARM_HUES[1] else _WARM)
    aged = np.array([np.cos(angle), np.sin(angle)]) * _AGED
    colours = lab[:, 1:].astype(np.float64)
    return np.minimum(
        _to_segment(colours, np.zeros(2), here), _to_segment(colours, here, here + aged)
    ).astype(np.float32)


def _to_segment(points: npt.NDArray, start: npt.NDArray, end: npt.NDArray) -> npt.NDArray:
    """Distance of each point (N, 2) from its segment."""
    along = end - start
    length = np.maximum((along**2).sum(axis=-1), 1e-9)
    at = np.clip(((points - start) * along).sum(axis=-1) / length, 0, 1)
    return np.hypot(*(points - start - at[:, None] * along).T)
