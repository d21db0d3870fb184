"""The description of the API as people read it: groups of operations, each with what it takes and gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import slugify

METHODS = ("get", "post", "put", "patch", "delete")
DEEP = 3  # levels of objects in objects that are shown
TIMES = {"date-time": "time", "date": "date", "uuid": "UUID", "binary": "bytes"}
EXAMPLES: dict[str, Any] = {"integer": 1, "number": 0.5, "boolean": True, "array": [], "object": {}}


@dataclass(frozen=True)
class Field:
    """name: with a dot for what is inside of another, [] for each of a list. kind: in a word or two."""

    name: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True)
class Answer:
    status: str
    words: str
    fields: list[Field]


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    words: list[str]
    needs: str
    parameters: list[Field]
    body: list[Field]
    answers: list[Answer]
    curl: str

    @property
    def first(self) -> str:
        """What it does, in a sentence."""
        return self.words[0].partition(". ")[0].rstrip(".") if self.words else self.path


@dataclass
class Group:
    title: str
    operations: list[Operation] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return slugify(self.title)


def groups(described: Mapping[str, Any], site: str) -> list[Group]:
    """All operations by their first tag, in the order of their addresses. site: https://…, for examples."""
    found: dict[str, Group] = {}
    for path, item in sorted(described["paths"].items()):
        for method in METHODS:
            if told := item.get(method):
                title = told["tags"][0]
                group = found.setdefault(title, Group(title))
                group.operations.append(_operation(described, site, path, method, told))
    return sorted(found.values(), key=lambda group: group.title)


def _operation(
    described: Mapping[str, Any], site: str, path: str, method: str, told: Mapping[str, Any]
) -> Operation:
    words = [part.strip() for part in told.get("description", "").split("\n\n") if part.strip()]
    needs = words.pop() if words and words[-1].startswith("Role: ") else ""
    content = told.get("requestBody", {}).get("content", {})
    kind = next(iter(content), "")
    shape = content[kind].get("schema", {}) if kind else {}
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        words=words,
        needs=needs,
        parameters=[
            Field(
                one["name"],
                f"{_kind(described, one.get('schema', {}))}, {one['in']}",
                one.get("required", False),
                _words(one, one.get("schema", {})),
            )
            for one in told.get("parameters", [])
        ],
        body=list(_fields(described, shape)),
        answers=[
            Answer(status, answer.get("description", ""), list(_answer_fields(described, answer)))
            for status, answer in sorted(told["responses"].items())
            if status not in ("default", "304")
        ],
        curl=_curl(site, path, method, kind, _example(described, shape), told.get("parameters", [])),
    )


def _answer_fields(described: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[Field]:
    for kind, content in answer.get("content", {}).items():
        if kind == "application/json":
            yield from _fields(described, content.get("schema", {}))


def _resolved(described: Mapping[str, Any], shape: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in shape:
        name = shape["$ref"].rpartition("/")[2]
        found: Mapping[str, Any] = described["components"]["schemas"][name]
        return found
    # Of an object that may be null, or an enumeration with a help text, there is one to look at.
    several = shape.get("allOf") or shape.get("oneOf") or []
    return {**_resolved(described, several[0]), **shape} if several else shape


def _fields(
    described: Mapping[str, Any], shape: Mapping[str, Any], before: str = "", deep: int = 0
) -> Iterator[Field]:
    shape = _resolved(described, shape)
    if shape.get("type") == "array":
        yield from _fields(described, shape.get("items", {}), f"{before}[]" if before else "[]", deep)
        return
    required = set(shape.get("required", []))
    for name, inner in shape.get("properties", {}).items():
        full = _resolved(described, inner)
        called = f"{before}.{name}" if before else name
        yield Field(called, _kind(described, inner), name in required, _words(inner, full))
        if deep < DEEP and (full.get("properties") or full.get("type") == "array"):
            yield from _fields(described, full, called, deep + 1)


def _kind(described: Mapping[str, Any], shape: Mapping[str, Any]) -> str:
    full = _resolved(described, shape)
    kind = str(full.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(described, full.get('items', {}))}"
    return TIMES.get(str(full.get("format", "")), "text" if kind == "string" else kind)


def _words(*shapes: Mapping[str, Any]) -> str:
    """What is said of it, and the values it may have."""
    said = next((str(one["description"]) for one in shapes if one.get("description")), "")
    values = [str(one) for shape in shapes for one in shape.get("enum", []) if one not in ("", None)]
    # The list of choices that stands in the description says each twice.
    lines = [line for line in said.splitlines() if not line.startswith("* `")]
    if values:
        lines.append(", ".join(dict.fromkeys(values)) + ".")
    return " ".join(filter(None, lines))


def _example(described: Mapping[str, Any], shape: Mapping[str, Any], deep: int = 0) -> Any:
    """The least that could be sent: what is required."""
    full = _resolved(described, shape)
    kind = full.get("type")
    if values := full.get("enum"):
        return values[0]
    if kind == "object" and deep < DEEP:
        known = full.get("properties", {})
        return {name: _example(described, known[name], deep + 1) for name in full.get("required", [])}
    if kind == "array" and full.get("minItems"):
        return [_example(described, full.get("items", {}), deep + 1)]
    return full.get("default", EXAMPLES.get(str(kind), "…"))


def _curl(site: str, path: str, method: str, kind: str, body: Any, parameters: list[Any]) -> str:
    asked = "&".join(f"{one['name']}=…" for one in parameters if one.get("required") and one["in"] == "query")
    parts = ['curl -H "Authorization: Bearer $VASCULUM_TOKEN"']
    if method != "get":
        parts.append(f"-X {method.upper()}")
    if kind == "application/json":
        parts += ['-H "Content-Type: application/json"', f"-d '{json.dumps(body, ensure_ascii=False)}'"]
    elif kind:
        parts += [f'-H "Content-Type: {kind}"', "--data-binary @FILE"]
    parts.append(f'"{site}{path}{f"?{asked}" if asked else ""}"')
    return " \\\n  ".join(parts)
