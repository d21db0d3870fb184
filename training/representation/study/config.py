"""What a study is told: one seed, and a table for each step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.config import ConfigError, Key, Schema, check
from training.representation.downstream.compare_config import PAIR
from training.representation.downstream.compare_config import SCHEMA as COMPARISON
from training.representation.encoders.config import KINDS
from training.representation.encoders.config import resolve as resolved_encoder

CONFIGS = Path(__file__).parents[2] / "configs"
PUBLISHED, DRAWN = CONFIGS / "representation.toml", CONFIGS / "representation-drawn.toml"

_COMPARED = ("levels", "sets", "pair_data", "mislabels", "folds", "small")
SCHEMA: Schema = {
    "seed": Key(int, 89, least=0, most=2**32 - 1),
    # Of what is drawn where no pictures are given; see training.representation.drawn.
    "drawn": Key(
        dict,
        {},
        keys={
            "genera": Key(int, 8, least=2),
            "species": Key(int, 6, least=1),
            "per_species": Key(int, 30, least=1),
            "institutions": Key(int, 3, least=1, most=5),
            "size": Key(int, 96, least=8),
            "home": Key(float, 0.6, above=0, most=1),
        },
    ),
    "sample": Key(
        dict,
        {},
        keys={
            "most_per_species": Key(int, 25, least=1),
            "home_source": Key(str, None),
            "species_share": Key(float, 0.1, least=0, most=0.99),
            "image_share": Key(float, 0.1, least=0, most=0.99),
        },
    ),
    # Settings of `python -m training encode` that all encoders share, and those of each one.
    "encoder": Key(dict, {}),
    "encoders": Key(list, [{"kind": kind} for kind in KINDS], each=dict, least=1),
    "batch": Key(int, 32, least=1),
    "geometry": Key(
        dict,
        {},
        keys={
            "most": Key(int, 20_000, least=2),
            "neighbours": Key(int, 15, least=2),
            "min_dist": Key(float, 0.1, least=0, most=1),
            "umap": Key(bool, True),
            "cheaper": Key(bool, False),
            "fitted": Key(int, 20_000, least=5),
            "channels": Key(int, 8, least=1),
            "examples": Key(int, 5, least=1),
            "overlays": Key(bool, True),
        },
    ),
    # Left out: two pairs are chosen by the taxonomy, see training.representation.study.pairs.
    "compare": Key(
        dict,
        {},
        keys={**{name: COMPARISON[name] for name in _COMPARED}, "pairs": Key(list, None, each=PAIR)},
    ),
}
# An encoder that is not trained here: any model that gives features.
MODEL: Schema = {"name": Key(str), "model": Key(str), "layer": Key(str, "")}


def resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with its defaults; `encoders` with all settings of each. Raises ConfigError."""
    found = check(config, SCHEMA)
    shared = found.pop("encoder")
    found["encoders"] = [
        _encoder(shared, one, found["seed"], f"encoders.{place}.")
        for place, one in enumerate(found["encoders"])
    ]
    names = [one["name"] for one in found["encoders"]]
    for name in names:
        if names.count(name) > 1 or not name.strip() or name != Path(name).name or name.startswith("."):
            raise ConfigError(f"encoders must have names, each its own, that a folder can have; got {name!r}")
    return found


def _encoder(shared: Mapping[str, Any], one: Mapping[str, Any], seed: int, where: str) -> dict[str, Any]:
    if "model" in one:
        return check(one, MODEL, where)
    settings = {**shared, **one}
    if set(settings) & {"data", "catalogue", "leave_out"}:
        raise ConfigError(f"{where}data, catalogue and leave_out are the study's own, and not to be given")
    if settings.get("seed", seed) != seed:
        raise ConfigError(f"{where}seed must be that of the study, {seed}, got {settings['seed']!r}")
    settings = {"name": f"resnet18-{settings.get('kind')}", **settings, "seed": seed}
    try:
        whole = resolved_encoder({**settings, "data": "."})
    except ConfigError as error:
        raise ConfigError(f"{where}{error}") from error
    # As given: what is left out stays so, and may get another default without this being another study.
    return {"kind": whole["kind"], **settings}
