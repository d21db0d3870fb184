"""Where a detector found the parts of a specimen: labels, rulers, leaves. Read from JSON; no Django.

Two forms are read:

- LeafMachine2's (Weaver & Smith 2023, doi:10.1002/aps3.11548): one object a picture, by file name without
  extension, with rows [class index, centre x, centre y, width, height] as shares of the picture, and
  sometimes the confidence, under Detections_Archival_Components and Detections_Plant_Components;
- a plain one: {"image": "sheet.jpg", "detections": [{"class": "label", "box": [left, top, right, bottom],
  "confidence": 0.9}]} in pixels, with "width" and "height" where they are pixels of another size than the
  picture's; one such object, a list of them, or a list under "images".
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ARCHIVAL = (
    "ruler", "barcode", "colorcard", "label", "map", "envelope", "photo", "attached_item", "weights",
)  # fmt: skip
PLANT = (
    "leaf_whole", "leaf_partial", "leaflet", "seed_fruit_one", "seed_fruit_many", "flower_one",
    "flower_many", "bud", "specimen", "roots", "wood",
)  # fmt: skip
"""LeafMachine2's classes in the order of their indices."""
_TABLES = {"Detections_Archival_Components": ARCHIVAL, "Detections_Plant_Components": PLANT}

MAX_BYTES = 256 * 1024 * 1024
MAX_PICTURES = 500_000
MAX_A_PICTURE = 5_000
_PART = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class DetectionsError(ValueError):
    """A file that holds no detections we can read. rule: short slug; detail: what and what to do."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class BoxError(ValueError):
    """A box that shows nothing of its picture."""


@dataclass(frozen=True, slots=True)
class Detection:
    """part: name of what was found. confidence: 0-1, None where not told.
    box: left, top, width, height; shares of the picture where `relative`, else its pixels."""

    part: str
    confidence: float | None
    box: tuple[float, float, float, float]
    relative: bool = True

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, width, height in whole pixels of a picture of this size, cut off at its edges.

        Raises BoxError where the box covers less than one of its pixels.
        """
        across, down = (width, height) if self.relative else (1, 1)
        left, top = max(0, round(self.box[0] * across)), max(0, round(self.box[1] * down))
        right = min(width, round((self.box[0] + self.box[2]) * across))
        bottom = min(height, round((self.box[1] + self.box[3]) * down))
        if right <= left or bottom <= top:
            raise BoxError(
                f"the box of this {self.part} lies outside the picture of {width} x {height} pixels"
            )
        return left, top, right - left, bottom - top


@dataclass(frozen=True, slots=True)
class Detections:
    """What was found in one picture. name: its file's name, as given, with or without extension.
    problems: rows that were left out, each in words."""

    name: str
    found: tuple[Detection, ...]
    problems: tuple[str, ...] = ()


def read_detections(given: Path | bytes, *, name: str = "") -> list[Detections]:
    """The detections of each picture, in the order of the file.

    given: a path, or the file's content. name: the picture's, where the JSON is of one picture and does not
        name it (for a path its stem is taken). Raises DetectionsError; single bad rows are `problems`.
    """
    data = _read(given) if isinstance(given, Path) else given
    if isinstance(given, Path):
        name = name or given.stem
    _check_size(len(data))
    pictures: list[Detections] = []
    for one in _pictures(_parsed(data), name):
        pictures.append(one)
        if len(pictures) > MAX_PICTURES:
            raise DetectionsError("too-many", f"it names more than {MAX_PICTURES:,} pictures; split the file")
    if not pictures:
        raise DetectionsError("empty", "it names no picture")
    return pictures


def _read(path: Path) -> bytes:
    try:
        _check_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise DetectionsError(
            "unreadable", f"{path.name} cannot be read: {error.strerror or error}"
        ) from error


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise DetectionsError(
            "too-large", f"it has {size:,} bytes; at most {MAX_BYTES:,} are read, so split the file"
        )


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DetectionsError("not-json", f"it is no JSON: byte {error.start:,} is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise DetectionsError(
            "not-json", f"it is no JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except ValueError as error:  # Python reads no whole number of more than 4,300 digits
        raise DetectionsError("not-json", f"it holds a number that cannot be read: {error}") from error
    except RecursionError as error:
        raise DetectionsError("not-json", "it is nested too deeply for a list of detections") from error


def _pictures(content: Any, name: str) -> Iterator[Detections]:
    if isinstance(content, dict) and isinstance(content.get("images"), list):
        content = content["images"]
    if isinstance(content, dict):
        if _TABLES.keys() & content.keys():
            yield _of_leafmachine(str(content.get("filename") or content.get("name") or name), content)
            return
        if "detections" in content:
            content = [content]
    if isinstance(content, list):
        for place, one in enumerate(content, 1):
            if not isinstance(one, dict) or not isinstance(one.get("detections"), list):
                raise _another(f"entry {place} has no list of detections")
            yield _plain(str(one.get("image") or (name if len(content) == 1 else "")), one, place)
    elif isinstance(content, dict):
        if not any(isinstance(one, dict) and _TABLES.keys() & one.keys() for one in content.values()):
            keys = ", ".join(repr(key) for key in list(content)[:4]) or "nothing"
            raise _another(f"it has {keys}")
        for key, one in content.items():
            # A picture in which nothing was found has an empty object.
            if not isinstance(one, dict):
                raise _another(f"{key!r} is no object")
            yield _of_leafmachine(key, one)
    else:
        raise _another(f"it is a {type(content).__name__}")


def _another(what: str) -> DetectionsError:
    return DetectionsError(
        "another-json",
        f"it is JSON, but no list of detections: {what}. Expected are pictures with"
        " Detections_Archival_Components or Detections_Plant_Components (LeafMachine2),"
        ' or {"image": …, "detections": […]}',
    )


def _of_leafmachine(name: str, content: dict[str, Any]) -> Detections:
    if not name:
        raise _another("it does not say of which picture")
    found: list[Detection] = []
    problems: list[str] = []
    for key, classes in _TABLES.items():
        rows = content.get(key) or []
        if not isinstance(rows, list):
            raise _another(f"{key} of {name!r} is no list")
        _check_count(name, len(rows))
        for place, row in enumerate(rows, 1):
            try:
                found.append(_of_row(row, classes))
            except BoxError as error:
                problems.append(f"{key}, row {place}: {error}")
    return Detections(name, tuple(found), tuple(problems))


def _of_row(row: Any, classes: tuple[str, ...]) -> Detection:
    """[class, centre x, centre y, width, height, confidence?], or the same as text with spaces or commas."""
    if isinstance(row, str):
        row = row.replace(",", " ").split()
    if not isinstance(row, list) or len(row) not in (5, 6):
        raise BoxError("it must have 5 or 6 numbers: class, x, y, width, height, confidence")
    index, x, y, width, height, *rest = (_number(value) for value in row)
    if index != int(index) or not 0 <= index < len(classes):
        raise BoxError(f"class {index:g} is unknown; the classes are 0 to {len(classes) - 1}")
    _check_box(x - width / 2, y - height / 2, width, height, 1, 1)
    return Detection(
        classes[int(index)],
        _confidence(rest[0] if rest else None),
        (x - width / 2, y - height / 2, width, height),
    )


def _plain(name: str, content: dict[str, Any], place: int) -> Detections:
    if not name:
        raise _another(f'entry {place} does not say of which picture ("image")')
    rows = content["detections"]
    _check_count(name, len(rows))
    found: list[Detection] = []
    problems: list[str] = []
    size = (content.get("width"), content.get("height"))
    for number, row in enumerate(rows, 1):
        try:
            found.append(_of_object(row, size))
        except BoxError as error:
            problems.append(f"detection {number}: {error}")
    return Detections(name, tuple(found), tuple(problems))


def _of_object(row: Any, size: tuple[Any, Any]) -> Detection:
    if not isinstance(row, dict) or not isinstance(row.get("box"), list) or len(row["box"]) != 4:
        raise BoxError('it must have a "class" and a "box" of left, top, right, bottom')
    part = str(row.get("class", "")).strip().lower().replace(" ", "_")
    if not _PART.fullmatch(part):
        raise BoxError(f"class {str(row.get('class'))[:40]!r} is no name of letters, digits, - and _")
    left, top, right, bottom = (_number(value) for value in row["box"])
    confidence = _confidence(row.get("confidence"))
    if size == (None, None):
        _check_box(left, top, right - left, bottom - top, math.inf, math.inf)
        return Detection(part, confidence, (left, top, right - left, bottom - top), relative=False)
    across, down = (_number(value) for value in size)
    if across < 1 or down < 1:
        raise BoxError(f"the picture's size is given as {across:g} x {down:g}")
    _check_box(left, top, right - left, bottom - top, across, down)
    box = (left / across, top / down, (right - left) / across, (bottom - top) / down)
    return Detection(part, confidence, box)


def _check_count(name: str, count: int) -> None:
    if count > MAX_A_PICTURE:
        raise DetectionsError(
            "too-many", f"{name!r} has {count:,} detections; at most {MAX_A_PICTURE:,} a picture are read"
        )


def _check_box(left: float, top: float, width: float, height: float, across: float, down: float) -> None:
    """Refuse what covers nothing of a picture of `across` x `down`."""
    if width <= 0 or height <= 0:
        raise BoxError(f"a box of {width:g} x {height:g} has no area")
    if left + width <= 0 or top + height <= 0 or left >= across or top >= down:
        raise BoxError(
            f"the box from {left:g}, {top:g} to {left + width:g}, {top + height:g} lies outside the picture"
        )


def _number(value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or abs(number) > 1e9:
        raise BoxError(f"{str(value)[:40]!r} is no usable number")
    return number


def _confidence(value: Any) -> float | None:
    if value is None:
        return None
    number = _number(value)
    if not 0 <= number <= 1:
        raise BoxError(f"a confidence lies between 0 and 1, not {number:g}")
    return number
