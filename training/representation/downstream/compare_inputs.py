"""Features of several encoders for the same pictures, whatever they are kept in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from training.data.errors import DataError
from training.representation.features import FeatureError, FeatureStore


class Features(Protocol):
    """What a :class:`FeatureStore` and an .npz have in common."""

    dimension: int

    def __contains__(self, id: object) -> bool: ...

    def array(self, ids: Sequence[str]) -> NDArray[np.float32]: ...


class Arrays:
    """An .npz with `ids` (N,) and `features` (N, D)."""

    def __init__(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as found:
                ids, features = found["ids"].astype(str).tolist(), found["features"]
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise DataError(f"{path} must be an .npz with ids and features: {error}") from error
        if features.ndim != 2 or len(ids) != len(features) or len(set(ids)) != len(ids):
            raise DataError(
                f"{path}: ids must be distinct and one a row of features (N, D), got "
                f"{len(set(ids))} distinct of {len(ids)} for {features.shape}"
            )
        self._places = {id: place for place, id in enumerate(ids)}
        self._features = features
        self.dimension = int(features.shape[1])

    def __contains__(self, id: object) -> bool:
        return id in self._places

    def array(self, ids: Sequence[str]) -> NDArray[np.float32]:
        places = np.array([self._places[id] for id in ids], np.int64)
        rows: NDArray[np.float32] = self._features[places].astype(np.float32)
        return rows


def open_features(path: Path) -> Features:
    """The features in an .npz or the folder of a store. Raises DataError."""
    if path.suffix == ".npz":
        return Arrays(path)
    try:
        return FeatureStore.read(path)
    except FeatureError as error:
        raise DataError(str(error)) from error


def opened(settings: Mapping[str, Any], key: str = "features") -> tuple[dict[str, Features], dict[str, str]]:
    """Features by encoder, and why there are none of the others. DataError where there are none at all."""
    found: dict[str, Features] = {}
    refused: dict[str, str] = {}
    for one in settings["encoders"]:
        if why := one["refused"]:
            refused[one["name"]] = why
            continue
        try:
            found[one["name"]] = open_features(Path(one[key] or one["features"]))
        except DataError as error:
            refused[one["name"]] = str(error)
    if not found:
        raise DataError("; ".join(f"{name}: {why}" for name, why in refused.items()))
    return found, refused


@dataclass(frozen=True)
class Common:
    """Pictures that every encoder has features of, sorted; those that each one lacks; and which encoders have
    none at all, which the others do not wait for."""

    ids: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]
    without: Mapping[str, str]


def common(ids: Sequence[str], encoders: Mapping[str, Features]) -> Common:
    """Encoders are compared on the same pictures only."""
    missing = {name: tuple(id for id in ids if id not in one) for name, one in encoders.items()}
    without = {
        name: f"there are no features of any of the {len(ids):,} pictures"
        for name, some in missing.items()
        if ids and len(some) == len(ids)
    }
    judged = [one for name, one in encoders.items() if name not in without]
    kept = tuple(sorted(id for id in ids if all(id in one for one in judged)))
    if ids and judged and not kept:
        rest = [name for name in encoders if name not in without]
        lacking = ", ".join(f"{name} lacks {len(missing[name]):,}" for name in rest)
        without |= {
            name: f"there is no picture that every encoder has features of; {lacking}" for name in rest
        }
    return Common(kept, missing, without)


def told(one: Mapping[str, Any], features: Features | None, why: str) -> dict[str, Any]:
    if features is None:
        return {"name": one["name"], "features": one["features"], "dimension": None, "model": None} | {
            "refused": why
        }
    return {
        "name": one["name"],
        "features": one["features"],
        "dimension": features.dimension,
        "model": getattr(features, "model", None),
    }
