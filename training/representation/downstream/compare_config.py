"""What a comparison is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.config import ConfigError, Key, Schema, check
from training.representation.records import LEVELS
from training.representation.sample import SETS

TESTS = SETS[1:]
ENCODER: Schema = {
    "name": Key(str),
    "features": Key(Path, None),
    "pair_features": Key(Path, None),
    # Why there are no features of it; its rows say so.
    "refused": Key(str, ""),
}
PAIR: Schema = {"first": Key(str), "second": Key(str), "kind": Key(str, "")}
MISLABELS: Schema = {
    "share": Key(float, 0.1, above=0, most=0.5),
    "pairs": Key(bool, True),
    "levels": Key(list, [], each=str),
}
SCHEMA: Schema = {
    "data": Key(Path),
    "sample": Key(Path),
    "encoders": Key(list, each=ENCODER, least=1),
    "levels": Key(list, list(LEVELS[1:]), each=str),
    "sets": Key(list, ["species", "institutions", "random"], each=str, least=1),
    "pairs": Key(list, [], each=PAIR),
    "pair_data": Key(Path, None),
    "mislabels": Key(dict, {}, keys=MISLABELS),
    "folds": Key(int, 5, least=2),
    "seed": Key(int, 89, least=0, most=2**32 - 1),
    "small": Key(str, "drop", choices=("drop", "keep")),
}


def resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with its defaults. Raises ConfigError for what no comparison can be made of."""
    found = check(config, SCHEMA)
    for name, choices in (("levels", LEVELS), ("sets", TESTS), ("mislabels.levels", LEVELS)):
        values = found["mislabels"]["levels"] if name.startswith("mislabels") else found[name]
        for place, value in enumerate(values):
            if value not in choices or value in values[:place]:
                raise ConfigError(f"{name} must be of {', '.join(choices)}, each once, got {value!r}")
    names = [one["name"] for one in found["encoders"]]
    for name in names:
        if not name.strip() or names.count(name) > 1:
            raise ConfigError(f"encoders must have names, each its own, got {name!r}")
    for one in found["encoders"]:
        if (one["features"] is None) != bool(one["refused"]):
            raise ConfigError(f"encoders must have features, or refused: why there are none; {one['name']!r}")
    pairs = [(one["first"], one["second"]) for one in found["pairs"]]
    for pair in pairs:
        if pair[0] == pair[1] or pairs.count(pair) > 1:
            raise ConfigError(f"pairs must be of two genera, each once, got {pair[0]!r} and {pair[1]!r}")
    if found["pair_data"] is None:
        for one in found["encoders"]:
            if one["pair_features"] is not None:
                raise ConfigError(
                    f"pair_features of {one['name']!r} must go with pair_data, which is not given"
                )
    return found
