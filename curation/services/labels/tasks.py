"""The tasks of a Label Studio file, read one by one; what is wrong with one is told and the others go on.

Reads what `labelstud.io/guide/task_format` describes as JSON: an array of tasks. Nothing of Django.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PIECE = 1 << 20  # characters
LONGEST = 64 << 20  # characters of one task
MOST_SECONDS = 2_147_483  # what a vote can hold
SHA256 = re.compile(r"[0-9a-f]{64}")
_SPACE = re.compile(r"[\s,]*")
_UPLOAD = re.compile(r"[0-9a-f]{8}-(.+)", re.DOTALL)  # Label Studio puts this before the name of a file


@dataclass(frozen=True)
class Problem:
    """What is wrong: in which task (counted from 1; 0: the file), in which field, the value, the rule."""

    task: int
    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        place = f"task {self.task:,}" if self.task else "the file"
        return f"{place}, {self.field} = {self.value}: {self.rule}"


class Wrong(Exception):
    """A value that cannot be used."""

    def __init__(self, field: str, value: Any, rule: str) -> None:
        super().__init__(rule)
        self.field, self.value, self.rule = field, shown(value), rule

    def at(self, task: int) -> Problem:
        return Problem(task, self.field, self.value, self.rule)


@dataclass(frozen=True)
class Said:
    """One annotation. id: what tells it from others of its picture. who: e-mail address, id or pseudonym.
    votes: the id of its result, which is a vote's where the file was written here."""

    id: str
    who: str
    choice: str
    milliseconds: int | None
    result: str


@dataclass(frozen=True)
class Task:
    """sha256, image and names: what the picture may be found by, in this order."""

    number: int
    sha256: str
    image: str
    names: tuple[str, ...]
    annotations: list[Any]


def shown(value: Any) -> str:
    """A value for a message, in short."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


def read_file(path: Path) -> Iterator[tuple[int, Any]]:
    """Number and JSON value of each task. Raises Wrong where the file is no array of JSON values; what came
    before is good."""
    decoder, number = json.JSONDecoder(), 0
    with path.open("rb") as file:
        text = _Text(file)
        if text.next() != "[":
            raise Wrong("content", text.around(), "expected a JSON array of tasks, as Label Studio exports")
        text.at += 1
        while (sign := text.next()) != "]":
            if not sign:
                raise Wrong("content", "", f"the file ends after task {number:,}, before its array does")
            number += 1
            yield number, _value(decoder, text, number)


class _Text:
    """A file as text, some of it at a time: `left`, read up to `at`."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self.left, self.at = "", 0

    def more(self) -> bool:
        """Read on; whether there was anything."""
        piece = self._file.read(PIECE)
        try:
            read = self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise Wrong("content", error.object[error.start : error.start + 4].hex(), "not UTF-8") from error
        self.left, self.at = self.left[self.at :] + read, 0
        return bool(piece)

    def next(self) -> str:
        """The next character that is no white space or comma, which stays; nothing at the end."""
        while True:
            self.at = _SPACE.match(self.left, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.left) or not self.more():
                return self.left[self.at : self.at + 1]

    def around(self, place: int = 0) -> str:
        place = max(place, self.at)
        return self.left[max(place - 10, 0) : place + 10]


def _value(decoder: json.JSONDecoder, text: _Text, number: int) -> Any:
    while True:
        try:
            value, end = decoder.raw_decode(text.left, text.at)
            # A number at the end of what was read may go on.
            if end < len(text.left) or not isinstance(value, int | float) or not text.more():
                text.at = end
                return value
        except json.JSONDecodeError as error:
            if len(text.left) - text.at > LONGEST:
                raise Wrong("content", text.around(), f"task {number:,} is too long") from error
            place = error.pos - text.at
            if not text.more():
                raise Wrong(
                    "content", text.around(place), f"task {number:,} is not JSON: {error.msg}"
                ) from error
        except (RecursionError, ValueError) as error:
            raise Wrong("content", text.around(), f"task {number:,} is not JSON: {error}") from error


def task_of(number: int, value: Any) -> Task:
    """Raises Wrong for what is no task with a picture."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), dict):
        raise Wrong("data", value, "a task is an object with an object `data`")
    data, meta = value["data"], value.get("meta") or {}
    if not isinstance(meta, dict):
        raise Wrong("meta", meta, "expected an object")
    sha256 = meta.get("sha256") or data.get("sha256") or ""
    if sha256 and not (isinstance(sha256, str) and SHA256.fullmatch(sha256)):
        raise Wrong("sha256", sha256, "expected 64 digits of lower-case hexadecimal")
    image = data.get("image") or ""
    if not isinstance(image, str):
        raise Wrong("data.image", image, "expected an address or a file name")
    given = meta.get("file_name")
    names = tuple(_names(image) + ([given] if isinstance(given, str) and given else []))
    if not (sha256 or image or names):
        raise Wrong("data", data, "names no picture: expected sha256 or image")
    annotations = value.get("annotations", [])
    if not isinstance(annotations, list):
        raise Wrong("annotations", annotations, "expected an array")
    return Task(number, sha256, image, names, annotations)


def _names(image: str) -> list[str]:
    """What the file may be called, going by its address."""
    try:
        parts = urlsplit(image)
    except ValueError:
        return []
    path = (parse_qs(parts.query).get("d") or [unquote(parts.path)])[0]
    name = path.rpartition("/")[2]
    upload = _UPLOAD.fullmatch(name)
    return [each for each in (path, name, upload[1] if upload else "") if each]


def said(annotation: Any, place: int) -> Said | None:
    """What an annotation says; None where it was cancelled. place: among those of its task, from 1.

    Raises Wrong for what is no answer with one choice.
    """
    field = f"annotations[{place}]"
    if not isinstance(annotation, dict):
        raise Wrong(field, annotation, "expected an object")
    if annotation.get("was_cancelled") is True:
        return None
    results = annotation.get("result")
    if not isinstance(results, list):
        raise Wrong(f"{field}.result", results, "expected an array")
    chosen = [each for each in results if isinstance(each, dict) and each.get("type") == "choices"]
    if len(chosen) != 1:
        raise Wrong(f"{field}.result", results, f"expected one result of the type choices, got {len(chosen)}")
    value = chosen[0].get("value")
    picked = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(picked, list) or len(picked) != 1 or not isinstance(picked[0], str):
        raise Wrong(f"{field}.result.value", value, "expected one choice")
    own, given = annotation.get("unique_id") or annotation.get("id"), chosen[0].get("id")
    return Said(
        id=str(own) if isinstance(own, str | int) else str(given or place),
        who=_who(annotation, field),
        choice=picked[0],
        milliseconds=_milliseconds(annotation.get("lead_time"), field),
        result=given if isinstance(given, str) else "",
    )


def _who(annotation: dict[str, Any], field: str) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    if who is None:
        who = annotation.get("reviewer", "")
    if isinstance(who, bool) or not isinstance(who, str | int):
        raise Wrong(f"{field}.completed_by", who, "expected an id, or an object with id or email")
    return str(who)


def _milliseconds(seconds: Any, field: str) -> int | None:
    if seconds is None:
        return None
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 <= seconds < math.inf:
        raise Wrong(f"{field}.lead_time", seconds, "expected seconds, 0 or more")
    return round(seconds * 1000) if seconds <= MOST_SECONDS else None
