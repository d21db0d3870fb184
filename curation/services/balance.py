"""In which order the pictures of a class are taken into a release, and in which sizes it is split.

All chance comes from SHA-256 over seed, purpose and picture, so that the same pictures and seed give the same
release on every machine, whatever the ids and the order of the rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Release

SPLITS = ("train", "test", "validate")


class Picture(NamedTuple):
    """A picture that may be taken. category: index of its class. group: name of its leak group.

    image, licence: id of its row and identifier of its licence; nothing is chosen by them.
    """

    sha256: str
    category: int
    source: str
    group: str
    image: int = 0
    licence: str = ""


class Sizes(NamedTuple):
    """Pictures per class in each split, in the order of SPLITS."""

    train: int
    test: int
    validate: int

    @property
    def total(self) -> int:
        return sum(self)

    def as_dict(self) -> dict[str, int]:
        return dict(zip(SPLITS, self, strict=True))


def draw(seed: int, purpose: str, name: str) -> bytes:
    """32 bytes that look random and follow from the arguments alone."""
    return hashlib.sha256(f"{seed}:{purpose}:{name}".encode()).digest()


def selection_order(pictures: Iterable[Picture], balance: str, seed: int) -> list[Picture]:
    """The pictures of one class in the order in which they are taken: the first N are a choice of N.

    random: uniform over all. even-sources: one from each source in turn, uniform within a source, so that
    the first N give every source the same number (to within one) as far as its pictures last; what a source
    cannot give is passed on to the others (water-filling). The seed says which sources give the odd ones.
    """
    shuffled = sorted(pictures, key=lambda picture: draw(seed, "choose", picture.sha256))
    if balance == Release.Balance.RANDOM:
        return shuffled
    if balance != Release.Balance.EVEN_SOURCES:
        raise Refused(
            _("balance %(balance)r: expected one of %(values)s.")
            % {"balance": balance, "values": ", ".join(Release.Balance.values)}
        )
    taken: dict[str, int] = {}
    lots: dict[str, bytes] = {}
    turns: list[tuple[int, bytes, Picture]] = []
    for picture in shuffled:
        turn = taken.get(picture.source, 0)
        taken[picture.source] = turn + 1
        if not turn:
            lots[picture.source] = draw(seed, f"source of {picture.category}", picture.source)
        turns.append((turn, lots[picture.source], picture))
    return [picture for _, _, picture in sorted(turns, key=lambda each: each[:2])]


def proportioned(per_class: int, target: Sizes) -> Sizes:
    """`per_class` pictures split in the proportions of `target`.

    Test and validation are rounded to the nearest whole number (halves up), but are at least 1 where the
    target has any; training takes the rest. 10:1:1 gives 20 = 16/2/2, 12 = 10/1/1, 10 = 8/1/1.
    """
    if target.total <= 0:
        raise Refused(
            _("The target is empty: train, test and validate are all 0. Give at least one picture.")
        )

    def share(part: int) -> int:
        nearest = (2 * per_class * part + target.total) // (2 * target.total)
        return max(nearest, 1) if part else 0

    if not target.train:
        test = per_class - share(target.validate) if target.test else 0
        sizes = Sizes(0, test, per_class - test)
    else:
        test, validate = share(target.test), share(target.validate)
        sizes = Sizes(per_class - test - validate, test, validate)
    for split, wanted, got in zip(SPLITS, target, sizes, strict=True):
        if got < (1 if wanted else 0):
            raise Refused(
                _(
                    "%(per_class)s pictures per class are too few for %(train)s:%(test)s:%(validate)s: "
                    "nothing would be left for %(split)s. Give at least %(value)s."
                )
                % {
                    "per_class": per_class,
                    "train": target.train,
                    "test": target.test,
                    "validate": target.validate,
                    "split": split,
                    "value": sum(1 for part in target if part),
                }
            )
    return sizes


def parse_ratio(text: str) -> Sizes:
    """70/20/10 or 8:2, train, test and validate in this order; two parts leave out the validation.

    Raises Refused. For `proportioned`, which makes numbers of pictures of it.
    """
    parts = [int(part) for part in re.split("[/:]", text) if re.fullmatch(r"\s*[0-9]{1,9}\s*", part)]
    if len(parts) not in (2, 3) or len(parts) != len(re.split("[/:]", text)) or not sum(parts):
        raise Refused(
            _(
                "Ratio %(text)r: expected two or three whole numbers, train/test or train/test/validate, "
                "as in 8:2 or 70/20/10."
            )
            % {"text": text}
        )
    return Sizes(*parts, *[0] * (len(SPLITS) - len(parts)))
