"""Invented plants: families and genera that share looks, so that models find something to learn.

Every name says that it is made up. A genus fixes habit, leaf and flower; a seed varies the individual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.drawing.canvas import Colour


@dataclass(frozen=True)
class Genus:
    """`habit`, `leaf` and `flower` name what `plants`, `leaves` and `flowers` draw."""

    name: str
    family: str
    habit: str
    leaf: str
    ratio: float
    opposite: bool
    flower: str
    petals: int
    colour: Colour
    """Of the living petals; dried ones are browner."""
    green: Colour


GENERA: tuple[Genus, ...] = (
    Genus(
        "Pictaria", "Pictaceae", "herb", "lanceolate", 0.22, False, "daisy", 16, (236, 190, 40), (88, 122, 52)
    ),
    Genus(
        "Pictella", "Pictaceae", "rosette", "toothed", 0.3, False, "daisy", 22, (245, 240, 232), (92, 128, 66)
    ),
    Genus("Depictum", "Pictaceae", "herb", "lobed", 0.55, False, "head", 12, (150, 70, 150), (78, 112, 70)),
    Genus("Fictaria", "Fictaceae", "shrub", "ovate", 0.5, True, "star", 5, (222, 90, 110), (60, 104, 48)),
    Genus(
        "Fictonia", "Fictaceae", "shrub", "elliptic", 0.38, False, "cluster", 4, (240, 225, 200), (52, 92, 46)
    ),
    Genus("Fictella", "Fictaceae", "herb", "heart", 0.85, False, "star", 5, (110, 90, 190), (84, 132, 62)),
    Genus(
        "Exemplaria",
        "Exemplaceae",
        "grass",
        "linear",
        0.03,
        False,
        "panicle",
        0,
        (170, 150, 90),
        (110, 136, 62),
    ),
    Genus(
        "Exemplina", "Exemplaceae", "grass", "linear", 0.05, False, "spike", 0, (140, 110, 70), (120, 140, 70)
    ),
    Genus(
        "Exemplum", "Exemplaceae", "grass", "linear", 0.025, False, "tuft", 0, (230, 222, 200), (100, 130, 70)
    ),
    Genus("Delineum", "Delineaceae", "fern", "pinna", 0.3, True, "none", 0, (120, 90, 50), (74, 118, 50)),
    Genus("Delinella", "Delineaceae", "fern", "lobed", 0.35, True, "none", 0, (120, 90, 50), (90, 130, 60)),
    Genus(
        "Umbrosia", "Simulaceae", "umbel", "feather", 0.4, False, "umbel", 5, (244, 242, 230), (90, 124, 62)
    ),
    Genus(
        "Simulina", "Simulaceae", "umbel", "toothed", 0.45, False, "umbel", 5, (235, 220, 90), (80, 116, 58)
    ),
    Genus(
        "Imaginaria", "Imaginaceae", "climber", "maple", 0.9, False, "star", 6, (240, 150, 60), (82, 122, 56)
    ),
    Genus(
        "Imaginella", "Imaginaceae", "climber", "heart", 0.7, False, "bell", 5, (130, 110, 210), (70, 116, 60)
    ),
    Genus(
        "Adumbraria", "Adumbraceae", "seaweed", "linear", 0.1, False, "none", 0, (90, 50, 50), (112, 70, 52)
    ),
    Genus(
        "Adumbrella", "Adumbraceae", "seaweed", "linear", 0.05, False, "none", 0, (150, 60, 70), (150, 66, 72)
    ),
    Genus(
        "Pseudofolia",
        "Fictaceae",
        "shrub",
        "compound",
        0.4,
        False,
        "cluster",
        5,
        (250, 220, 90),
        (70, 112, 52),
    ),
)
ANIMAL_GENERA: tuple[tuple[str, str], ...] = (
    ("Fictopteron", "Fictopteridae"),
    ("Pictopteryx", "Fictopteridae"),
    ("Exemplozoon", "Exemplozoidae"),
)
EPITHETS = (
    "delineata", "picta", "ficta", "exempli", "imaginaria", "adumbrata", "simulata", "penicillata",
    "colorata", "tabulata",
)  # fmt: skip


def genus_of(slug: str, seed: int) -> int:
    """Which genus a picture shows. Successive seeds go round all of them."""
    mixed = np.random.default_rng([len(slug), seed // len(GENERA), 77]).permutation(len(GENERA))
    return int(mixed[seed % len(GENERA)])


def names(slug: str, seed: int) -> tuple[str, str, str]:
    """(family, genus, scientific name) of what a picture shows."""
    index = genus_of(slug, seed)
    epithet = EPITHETS[(seed // 7 + index) % len(EPITHETS)]
    if slug == "animal-specimens":
        name, family = ANIMAL_GENERA[index % len(ANIMAL_GENERA)]
    else:
        name, family = GENERA[index].name, GENERA[index].family
    return family, name, f"{name} {epithet}"
