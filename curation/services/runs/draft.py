"""A configuration that is being written: the few values people change as fields, all of it as TOML.

Field and text are two views of one thing. What somebody changed last wins: a field that is not as it was
shown is put into the text, then every field shows what the text says. So nothing that was typed gets lost,
and a page without scripts works the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.errors import Refused
from curation.services.runs.config import read_toml
from curation.services.runs.toml_text import set_value

# Field -> the key of the configuration, and its kind.
FIELDS: dict[str, tuple[str, type]] = {
    "epochs": ("epochs", int),
    "batch": ("batch", int),
    "learning_rate": ("learning_rate", float),
    "seed": ("seed", int),
    "image_size": ("image_size", int),
    "width": ("build.width", int),
    "weights": ("weights", str),
    "level": ("level", str),
    "latent": ("latent", int),
    "validation_share": ("validation_share", float),
}


@dataclass(frozen=True)
class Draft:
    """text: the TOML. shown: what each field says, "" where the text says nothing. problem: why the text
    cannot be read, "" where it can; then the fields stay as they were."""

    text: str
    shown: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def draft_of(text: str) -> Draft:
    try:
        config = read_toml(text)
    except Refused as error:
        return Draft(text, {}, error.message)
    return Draft(text, {name: _written(_at(config, key)) for name, (key, _kind) in FIELDS.items()})


def merged(text: str, given: Mapping[str, str], was: Mapping[str, str]) -> Draft:
    """The draft after fields were changed. given: what stands in them. was: what stood there when shown."""
    found = draft_of(text)
    if found.problem:
        return Draft(text, dict(given), found.problem)
    for name, (key, kind) in FIELDS.items():
        value = given.get(name, "").strip()
        if value == was.get(name, "").strip():
            continue
        text = _put(text, key, _read(value, kind))
    return draft_of(text)


def _put(text: str, key: str, value: Any) -> str:
    text = set_value(text, key, value)
    # A stage that says it for itself would not hear of it.
    return set_value(text, f"stages.{key}", value, only_there=True) if value is not None else text


def _read(value: str, kind: type) -> Any:
    """A number where it is one; else the text itself, for the check to refuse by its name."""
    if not value:
        return None
    try:
        return kind(value)
    except ValueError:
        return value


def _at(config: Mapping[str, Any], key: str) -> Any:
    place: Any = config
    for part in key.split("."):
        place = place.get(part) if isinstance(place, Mapping) else None
    return place


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
