"""A sample of a catalogue: pictures to train on, and three sets that ask for ever more than was trained.

The rules are those of Walker, Tucker and Nicolson 2022, in their order: a cap on the pictures of a species;
all institutions but one held out; of that one a share of the species held out; of what is left a share of the
pictures held out; genera with a single picture to train on dropped; and of the three sets only the genera
that are trained on.

Here every draw is seeded, not the cap alone: what is drawn goes by the SHA-256 of seed, purpose and name, as
releases are drawn. So the sample follows from the records and the seed; neither their order nor the
machine matters, and a picture that is added moves no other by chance.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from training.data.errors import DataError
from training.representation.catalogue import Catalogue, Record
from training.representation.sample import SETS, Sample

TESTS = SETS[1:]


def sample(
    catalogue: Catalogue,
    *,
    most_per_species: int = 25,
    home_source: str | None = None,
    species_share: float = 0.1,
    image_share: float = 0.1,
    seed: int = 89,
) -> Sample:
    """Draw the four sets.

    most_per_species: pictures of a species that are kept, over all institutions. home_source: the institution
    that is trained on; none: the one with the most pictures under the cap. species_share, image_share: 0 to
    below 1, rounded to the nearest whole number (halves up). Raises DataError for options out of range, and
    where nothing would be left to train on.
    """
    _check(most_per_species, species_share, image_share)
    steps: list[dict[str, Any]] = []
    kept = _known(catalogue, steps)
    kept = _capped(kept, most_per_species, seed, steps)
    home = _home(kept, home_source, catalogue)
    away = [one for one in kept if one.source != home]
    kept = [one for one in kept if one.source == home]
    _told(steps, "institutions", held_out=len(away), left=len(kept))
    held = drawn({one.species for one in kept}, species_share, seed, "species")
    unseen = [one for one in kept if one.species in held]
    kept = [one for one in kept if one.species not in held]
    _told(steps, "species", held_out=len(unseen), left=len(kept), species=len(held))
    chance = drawn((one.id for one in kept), image_share, seed, "random")
    random = [one for one in kept if one.id in chance]
    kept = [one for one in kept if one.id not in chance]
    _told(steps, "random", held_out=len(random), left=len(kept))
    pictures = Counter(one.genus for one in kept)
    train = [one for one in kept if pictures[one.genus] > 1]
    _told(steps, "genera with one picture", taken=len(kept) - len(train), left=len(train))
    if not train:
        raise DataError(
            f"{catalogue.root}: nothing is left to train on, of {len(catalogue):,} pictures; "
            + "; ".join(f"{one['step']}: {one['left']:,} left" for one in steps)
        )
    genera = {one.genus for one in train}
    sets: dict[str, list[Record]] = {
        "train": train,
        "random": random,
        "species": unseen,
        "institutions": away,
    }
    outside = {name: sum(one.genus not in genera for one in sets[name]) for name in TESTS}
    _told(steps, "genera not trained on", taken=sum(outside.values()), left=len(train), of_sets=outside)
    ids = {name: tuple(sorted(one.id for one in some if one.genus in genera)) for name, some in sets.items()}
    facts = {
        "seed": seed,
        "most_per_species": most_per_species,
        "species_share": species_share,
        "image_share": image_share,
        "home_source": home,
        "home_source_given": home_source is not None,
        "catalogue_sha256": catalogue.sha256,
        "read": len(catalogue),
        "notes": list(catalogue.notes),
        "steps": steps,
        "sets": {name: _counts(catalogue.of(some)) for name, some in ids.items()},
    }
    return Sample(ids, facts)


def sample_nameless(
    catalogue: Catalogue, *, home_source: str | None = None, image_share: float = 0.1, seed: int = 89
) -> Sample:
    """Draw sets of a catalogue without taxonomy: institutions and random; nothing is capped, as no species
    is known, and the set species is empty. Arguments and errors as in :func:`sample`.
    """
    _check(1, 0, image_share)
    steps: list[dict[str, Any]] = []
    kept = _sourced(list(catalogue), steps)
    home = _home(kept, home_source, catalogue)
    away = [one for one in kept if one.source != home]
    kept = [one for one in kept if one.source == home]
    _told(steps, "institutions", held_out=len(away), left=len(kept))
    chance = drawn((one.id for one in kept), image_share, seed, "random")
    sets = {
        "train": [one for one in kept if one.id not in chance],
        "random": [one for one in kept if one.id in chance],
        "species": [],
        "institutions": away,
    }
    _told(steps, "random", held_out=len(chance), left=len(sets["train"]))
    ids = {name: tuple(sorted(one.id for one in some)) for name, some in sets.items()}
    facts = {
        "seed": seed,
        "most_per_species": None,
        "species_share": None,
        "image_share": image_share,
        "home_source": home,
        "home_source_given": home_source is not None,
        "catalogue_sha256": catalogue.sha256,
        "read": len(catalogue),
        "notes": [*catalogue.notes, "no picture has both a species and a genus"],
        "steps": steps,
        "sets": {name: _counts(catalogue.of(some)) for name, some in ids.items()},
    }
    return Sample(ids, facts)


def drawn(names: Iterable[str], share: float, seed: int, purpose: str) -> set[str]:
    """A share of the names, those whose draws are the lowest."""
    found = sorted(names, key=lambda name: (_draw(seed, purpose, name), name))
    return set(found[: math.floor(share * len(found) + 0.5)])


def _draw(seed: int, purpose: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:{purpose}:{name}".encode()).digest()


def _check(most_per_species: int, species_share: float, image_share: float) -> None:
    if most_per_species < 1:
        raise DataError(f"most_per_species must be at least 1, got {most_per_species}")
    for name, share in (("species_share", species_share), ("image_share", image_share)):
        if not 0 <= share < 1:
            raise DataError(f"{name} must be at least 0 and less than 1, got {share}")


def _known(catalogue: Catalogue, steps: list[dict[str, Any]]) -> list[Record]:
    """The pictures whose species and genus are known, and whose institution is, unless none is at all."""
    kept = [one for one in catalogue if one.species and one.genus]
    _told(steps, "no species or genus", taken=len(catalogue) - len(kept), left=len(kept))
    if not kept:
        raise DataError(
            f"{catalogue.root}: pictures must have a species and a genus to be sampled, none of "
            f"{len(catalogue):,} has both"
        )
    return _sourced(kept, steps)


def _sourced(records: list[Record], steps: list[dict[str, Any]]) -> list[Record]:
    """A picture of an unknown institution may be of the one that is trained on, or of another; it goes
    nowhere, unless none is known at all."""
    if not any(one.source for one in records):
        return records
    sourced = [one for one in records if one.source]
    _told(steps, "no institution", taken=len(records) - len(sourced), left=len(sourced))
    return sourced


def _capped(records: Iterable[Record], most: int, seed: int, steps: list[dict[str, Any]]) -> list[Record]:
    by_species: dict[str, list[Record]] = {}
    for one in records:
        by_species.setdefault(one.species, []).append(one)
    before = sum(map(len, by_species.values()))
    kept = [
        one
        for some in by_species.values()
        for one in sorted(some, key=lambda record: (_draw(seed, "cap", record.id), record.id))[:most]
    ]
    _told(steps, "cap", taken=before - len(kept), left=len(kept))
    return kept


def _home(records: Iterable[Record], wanted: str | None, catalogue: Catalogue) -> str:
    counts = Counter(one.source for one in records)
    if wanted is None:
        return min(counts, key=lambda name: (-counts[name], name))
    if wanted not in counts:
        known = ", ".join(sorted(name for name in counts if name)) or "none"
        raise DataError(
            f"{catalogue.root}: home_source must be an institution, got {wanted!r}; known: {known}"
        )
    return wanted


def _told(steps: list[dict[str, Any]], step: str, **counts: Any) -> None:
    steps.append({"step": step, "taken": 0, "held_out": 0, **counts})


def _counts(records: Catalogue) -> Mapping[str, int]:
    return {
        "pictures": len(records),
        "species": len({one.species for one in records if one.species}),
        "genera": len({one.genus for one in records if one.genus}),
        "families": len({one.family for one in records if one.family}),
        "orders": len({one.order for one in records if one.order}),
        "institutions": len({one.source for one in records if one.source}),
    }
