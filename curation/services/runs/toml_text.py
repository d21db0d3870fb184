"""Change single values in a TOML text and leave everything else in it, comments too, as somebody wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_TABLE = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_.\-\"]+)\s*\]\]?\s*(#.*)?$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def set_value(text: str, key: str, value: Any, *, only_there: bool = False) -> str:
    """The text with `key` (a dotted path) set; None takes the key out.

    The path names tables, not places: `stages.epochs` is that key in every [[stages]]. A key that is not
    there yet is written at the end of its table, or in a new one, unless `only_there`. Values that go over
    several lines are not looked into, so their keys must not be asked for.
    """
    *tables, name = key.split(".")
    wanted = ".".join(tables)
    line_of = re.compile(rf"(\s*{re.escape(name)}\s*=\s*)(.*?)(\s+#.*)?$")
    here, found, lines, ends = "", False, [], {}
    for line in text.split("\n"):
        table = _TABLE.match(line)
        if table:
            here = table[1].replace('"', "")
        match = None if table else line_of.match(line)
        if match and here == wanted:
            found = True
            if value is None:
                continue
            line = f"{match[1]}{literal(value)}{match[3] or ''}"
        lines.append(line)
        if line.strip():
            ends[here] = len(lines)
    if found or only_there or value is None:
        return "\n".join(lines)
    said = f"{name} = {literal(value)}"
    if wanted in ends or not wanted:
        lines.insert(ends.get(wanted, 0), said)
    else:
        lines += ["", f"[{wanted}]", said, ""]
    return "\n".join(lines)


def literal(value: Any) -> str:
    """A plain value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {literal(one)}" for name, one in value.items()) + " }"
    raise ValueError(f"a TOML value must be a truth value, number, text, list or table, got {value!r}")


def to_toml(config: Mapping[str, Any]) -> str:
    """A config as TOML: plain values, then tables and lists of tables; without None, which TOML lacks."""
    plain, rest = [], []
    for name, value in config.items():
        if isinstance(value, Mapping):
            rest += ["", f"[{_key(name)}]", *_lines(value)]
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            for one in value:
                rest += ["", f"[[{_key(name)}]]", *_lines(one)]
        elif value is not None:
            plain.append(f"{_key(name)} = {literal(value)}")
    return "\n".join([*plain, *rest]).strip() + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(name)} = {literal(_whole(one))}" for name, one in table.items() if one is not None]


def _whole(value: Any) -> Any:
    """Without what TOML cannot say, at any depth."""
    if isinstance(value, Mapping):
        return {name: _whole(one) for name, one in value.items() if one is not None}
    return [_whole(one) for one in value] if isinstance(value, list) else value


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name)
