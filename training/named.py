"""Parts that a configuration chooses by name: {"name": "focal", "gamma": 2.0}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def chosen(what: str, config: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The options of the part that is asked for, those not given as in ``known[name]``, and its name.

    what: how messages call it. known: options with their defaults by name. Raises ValueError for a name that
    is not known, an option that this name does not have, and a value that is not of the kind of its default
    (whole numbers pass as numbers; an option whose default is None takes everything).
    """
    name = config.get("name")
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"{what}: name must be one of {', '.join(sorted(known))}, got {name!r}")
    options = dict(known[name])
    for key, value in config.items():
        if key == "name":
            continue
        if key not in options:
            there = ", ".join(sorted(options)) or "none"
            raise ValueError(f"{what}: {name} has no option {key!r}; its options: {there}")
        default = options[key]
        # bool is a kind of int, and true for a rate is a slip of the pen.
        fits = default is None or (
            isinstance(value, type(default)) and isinstance(value, bool) == isinstance(default, bool)
        )
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value, fits = float(value), True
        if isinstance(default, list | tuple) and isinstance(value, list | tuple):
            fits = True
        if not fits:
            raise ValueError(f"{what}: {key} must be of the kind of {default!r}, got {value!r}")
        options[key] = value
    return {"name": name, **options}


def within(what: str, options: Mapping[str, Any], key: str, low: float, high: float, rule: str) -> None:
    """ValueError unless ``low <= options[key] <= high``; ``rule`` says so in words. NaN is never within."""
    value = options[key]
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{what}: {key} must be {rule}, got {value!r}")
