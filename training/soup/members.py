"""The checkpoints that may go into a soup. Importing this needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import ModelError
from training.config import ConfigError
from training.fingerprint import sha256_of_arrays
from training.runs.folder import RunFolder
from training.runs.weights import named_values, read_arrays

Arrays = Mapping[str, np.ndarray]  # by "00012 layer/kernel", in the order of the model's variables


@dataclass(frozen=True)
class Member:
    """One checkpoint. run, stage and epoch are those of a run; without, it is a .keras file."""

    path: Path
    run: Path | None = None
    stage: int | None = None
    epoch: int | None = None

    @property
    def name(self) -> str:
        if self.run is None:
            return str(self.path)
        return f"{self.run} stage {self.stage} epoch {self.epoch}"

    def read(self) -> Arrays:
        """All variables. Raises ModelError when the file is gone, unreadable, or holds no finite numbers."""
        if not self.path.is_file():
            raise ModelError(f"member {self.name} is missing: there is no {self.path}")
        if self.run is None:
            from training.load import load_trainable

            arrays: Arrays = named_values(load_trainable(self.path).variables)
        else:
            arrays = read_arrays(self.path)
        for key, array in arrays.items():
            if is_weight(array) and not np.isfinite(array).all():
                raise ModelError(
                    f"member {self.name}: all weights must be finite, {plain(key)} has "
                    f"{int((~np.isfinite(array)).sum())} that are not; leave it out"
                )
        return arrays


def find_members(runs: Sequence[str], checkpoints: Sequence[str]) -> list[Member]:
    """The checkpoints of the runs in their order, then the files.

    Raises ConfigError for none at all or one listed twice, ModelError for a missing file and for a run
    without any.
    """
    for name, listed in (("runs", runs), ("checkpoints", checkpoints)):
        places = [Path(one).resolve() for one in listed]
        twice = next((one for one in places if places.count(one) > 1), None)
        if twice is not None:
            raise ConfigError(f"{name} must name each member once, {twice} is there twice")
    found = []
    for one in runs:
        kept = RunFolder.open(Path(one)).checkpoints()
        if not kept:
            raise ModelError(f"{one} has no checkpoints, so nothing of it can go into a soup")
        found += [Member(each.path, Path(one), each.stage, each.epoch) for each in kept]
    for one in checkpoints:
        path = Path(one)
        if path.suffix != ".keras" or not path.is_file():
            raise ModelError(f"checkpoints must be .keras files that are there, got {one}")
        found.append(Member(path))
    if not found:
        raise ConfigError("runs or checkpoints must name at least one member of the soup, both are empty")
    return found


def check_same_architecture(expected: Arrays, given: Arrays, what: str, model: str) -> None:
    """ModelError at the first variable whose name or shape differs.

    Of states of generators, which are no weights, only the last part of the name is compared: Keras numbers
    them anew in every process.
    """
    for (name, array), (other, found) in zip(expected.items(), given.items(), strict=False):
        own = plain(name) if is_weight(array) else _last(name)
        its = plain(other) if is_weight(array) else _last(other)
        if own != its or array.shape != found.shape:
            raise ModelError(
                f"{what} is another architecture than {model}: where that has {own} {array.shape}, "
                f"this has {its} {found.shape}"
            )
    if len(expected) != len(given):
        longer, rest = (model, list(expected)[len(given) :])
        if len(given) > len(expected):
            longer, rest = (what, list(given)[len(expected) :])
        raise ModelError(
            f"{what} is another architecture than {model}: {len(given)} variables and {len(expected)}; "
            f"only {longer} has {plain(rest[0])}"
        )


def sha256_of_member(arrays: Arrays) -> str:
    """SHA-256 of the weights alone: states of generators change nothing in what a network answers."""
    return sha256_of_arrays(array for array in arrays.values() if is_weight(array))


def is_weight(array: np.ndarray) -> bool:
    return bool(np.issubdtype(array.dtype, np.floating))


def plain(key: str) -> str:
    """layer/kernel of "00012 layer/kernel"."""
    return key.partition(" ")[2]


def _last(key: str) -> str:
    return key.rpartition("/")[2]


def as_json(member: Member) -> dict[str, Any]:
    return {
        "path": str(member.path),
        "run": None if member.run is None else str(member.run),
        "stage": member.stage,
        "epoch": member.epoch,
    }
