"""Configs: mappings read from TOML, each value open to an override, checked against a schema.

A schema is a mapping from key to :class:`Key`. ``check`` fills in the defaults and refuses what is not
known, so that a misspelt key is an error and not a default. Importing this costs nothing.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUIRED: Any = object()


class ConfigError(ValueError):
    """A config cannot be used; the message names the key, the rule and the value."""


@dataclass(frozen=True)
class Key:
    """What one key of a config may hold.

    kind: bool, int, float (takes whole numbers, too), str, Path (a str in the file and in the result),
    list or dict. default: the value where the key is absent; without one the key must be there. none: None
    (an absent key, in TOML) may be given as such. least, most, above: bounds of a number, or of the length of
    a list. choices: all values that may be. each: schema of the tables in a list, or the kind of its values.
    keys: schema of a table; without it a table may hold anything, for whoever uses it to check. or_text: a
    text may be given instead, the name of something.
    """

    kind: type
    default: Any = REQUIRED
    none: bool = False
    least: float | None = None
    most: float | None = None
    above: float | None = None
    choices: Collection[Any] | None = None
    each: Mapping[str, Key] | type | None = None
    keys: Mapping[str, Key] | None = None
    or_text: bool = False


Schema = Mapping[str, Key]
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    list: "a list",
    dict: "a table",
}


def read_config(path: Path | None, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The config in a TOML file (none: an empty one), with ``key.sub=value`` put in over it.

    A value is read as TOML, or as the text it is where it is no TOML: ``model=var/models/x`` needs no
    quotation marks. ``stages.0.epochs=3`` reaches into a list. Raises ConfigError.
    """
    config: dict[str, Any] = {}
    if path is not None:
        try:
            config = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"config {path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise ConfigError(f"config {path} must be TOML in UTF-8: {error}") from error
    for override in overrides:
        _put(config, override)
    return config


def _put(config: dict[str, Any], override: str) -> None:
    name, equals, text = override.partition("=")
    parts = name.strip().split(".")
    if not equals or "" in parts:
        raise ConfigError(f"an override must be as key.sub=value, got {override!r}")
    place: Any = config
    for depth, part in enumerate(parts):
        known = ".".join(parts[:depth]) or "the config"
        key: str | int = part
        if isinstance(place, list):
            if not part.isdecimal() or int(part) >= len(place):
                raise ConfigError(
                    f"override {override!r}: {known} is a list of {len(place)}, "
                    f"so the next part must be 0 to {len(place) - 1}, got {part!r}"
                )
            key = int(part)
        elif not isinstance(place, dict):
            raise ConfigError(f"override {override!r}: {known} must be a table or a list, got {place!r}")
        if depth == len(parts) - 1:
            place[key] = _value(text.strip())
        else:
            place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]


def _value(text: str) -> Any:
    if "\n" in text:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def check(config: Mapping[str, Any], schema: Schema, where: str = "") -> dict[str, Any]:
    """The config with all keys of the schema, defaults filled in, in the order of the schema.

    Raises ConfigError for an unknown or missing key, or a value that its Key does not allow.
    """
    unknown = [key for key in config if key not in schema]
    if unknown:
        raise ConfigError(
            f"{where}{unknown[0]} is not a key here; known are {', '.join(sorted(schema))} "
            f"(got {config[unknown[0]]!r})"
        )
    result: dict[str, Any] = {}
    for name, key in schema.items():
        if name in config:
            result[name] = _checked(f"{where}{name}", config[name], key)
        elif key.default is REQUIRED:
            raise ConfigError(f"{where}{name} must be given: {_rule(key)}")
        elif key.kind is dict and key.keys is not None and key.default is not None:
            result[name] = check(key.default, key.keys, f"{where}{name}.")
        else:
            result[name] = deepcopy(key.default)
    return result


def _checked(name: str, value: Any, key: Key) -> Any:
    if value is None and (key.none or key.default is None):
        return None
    if key.or_text and isinstance(value, str):
        return value
    wrong = ConfigError(f"{name} must be {_rule(key)}, got {value!r}")
    if key.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if key.kind is Path and isinstance(value, Path):
        value = str(value)
    kind = str if key.kind is Path else key.kind
    if kind is dict and isinstance(value, Mapping):
        value = dict(value)
    if kind is list and isinstance(value, tuple):
        value = list(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise wrong
    if isinstance(value, float) and not math.isfinite(value):
        raise wrong
    if key.choices is not None and value not in key.choices:
        raise wrong
    size: Any = len(value) if isinstance(value, list) else value
    if (
        (key.least is not None and size < key.least)
        or (key.most is not None and size > key.most)
        or (key.above is not None and size <= key.above)
    ):
        raise wrong
    if isinstance(value, list) and key.each is not None:
        each = Key(dict, keys=key.each) if isinstance(key.each, Mapping) else Key(key.each)
        return [_checked(f"{name}.{place}", one, each) for place, one in enumerate(value)]
    if isinstance(value, dict) and key.keys is not None:
        return check(value, key.keys, f"{name}.")
    return value


def _rule(key: Key) -> str:
    words = [_WORDS[key.kind] + (" or a name" if key.or_text else "")]
    if key.choices is not None:
        words.append(f"one of {', '.join(str(choice) for choice in key.choices)}")
    of = "with a length of " if key.kind is list else ""
    if key.least is not None:
        words.append(f"{of}at least {key.least:g}")
    if key.above is not None:
        words.append(f"{of}more than {key.above:g}")
    if key.most is not None:
        words.append(f"{of}at most {key.most:g}")
    return ", ".join(words)


def first_difference(one: Any, other: Any, name: str = "") -> tuple[str, Any, Any] | None:
    """The first key at which two configs differ, with both values (None for a key that is not there)."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in [*one, *(key for key in other if key not in one)]:
            found = first_difference(one.get(key), other.get(key), f"{name}.{key}" if name else str(key))
            if found:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            found = first_difference(left, right, f"{name}.{place}")
            if found:
                return found
        return None
    return None if one == other else (name, one, other)
