"""The same plant dried, alive, painted or drawn with a pen."""

from __future__ import annotations

import numpy as np

from curation.drawing.canvas import Colour
from curation.drawing.leaves import Ink
from curation.drawing.taxa import Genus

# What green becomes in a press: olive, grey green, ochre, tobacco, nearly black.
_DRIED: tuple[Colour, ...] = (
    (112, 112, 66), (96, 106, 74), (138, 118, 70), (116, 88, 52), (82, 64, 44), (132, 128, 88),
    (104, 120, 84),
)  # fmt: skip


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`share` of b, the rest of a."""
    return tuple(int(x * (1 - share) + y * share) for x, y in zip(a[:3], b[:3], strict=True))


def vary(rng: np.random.Generator, colour: Colour, amount: float = 10) -> Colour:
    shift = rng.normal(0, amount) + rng.normal(0, amount / 3, 3)
    return tuple(int(np.clip(part + d, 0, 255)) for part, d in zip(colour[:3], shift, strict=True))


def pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    """One of several colours, a little changed."""
    return vary(rng, colours[int(rng.integers(len(colours)))], 6)


def dried(g: Genus, rng: np.random.Generator) -> Ink:
    leaf = vary(rng, mix(_DRIED[int(rng.integers(len(_DRIED)))], g.green, 0.25))
    return Ink(
        leaf=leaf, vein=mix(leaf, (50, 36, 22), 0.35), stem=vary(rng, mix(leaf, (92, 66, 40), 0.7)),
        flower=vary(rng, mix(g.colour, (128, 92, 56), 0.5)), centre=(88, 62, 36),
        spotted=float(rng.uniform(0, 0.4)),
    )  # fmt: skip


def alive(g: Genus, rng: np.random.Generator) -> Ink:
    leaf = vary(rng, mix(g.green, (96, 176, 44), 0.45), 12)
    return Ink(
        leaf=leaf, vein=mix(leaf, (225, 245, 150), 0.35), stem=mix(leaf, (130, 120, 50), 0.35),
        flower=vary(rng, g.colour, 8), centre=(232, 176, 40),
    )  # fmt: skip


def painted(g: Genus, rng: np.random.Generator) -> Ink:
    leaf = vary(rng, mix(g.green, (150, 190, 110), 0.4), 10)
    return Ink(
        leaf=leaf, vein=mix(leaf, (40, 60, 30), 0.4), stem=mix(leaf, (150, 120, 70), 0.3),
        flower=vary(rng, g.colour, 8), centre=(205, 150, 60), outline=mix(leaf, (40, 36, 30), 0.65),
    )  # fmt: skip


def penned(g: Genus, rng: np.random.Generator, paper: Colour) -> Ink:
    dark = vary(rng, (48, 46, 44), 10)
    grey = float(rng.uniform(0, 0.28))
    return Ink(
        leaf=mix(paper, dark, grey), vein=mix(paper, dark, 0.7), stem=mix(paper, dark, 0.75),
        flower=mix(paper, dark, grey * 0.3), centre=mix(paper, dark, 0.35), outline=dark, hatch=True,
    )  # fmt: skip
