"""What the API gives, as dataclasses. Fields that a newer server adds are passed over."""

from __future__ import annotations

import types
import typing
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
Json = Any


@dataclass(frozen=True)
class LabelClass:
    id: int
    index: int
    key: str
    name: str
    slug: str
    definition: str


@dataclass(frozen=True)
class Project:
    key: str
    title: str
    kind: str
    question: str
    train: int
    test: int
    validate: int
    target: int
    votes_needed: int
    created_at: datetime
    classes: list[LabelClass] = field(default_factory=list)  # of one project; not in lists


@dataclass(frozen=True)
class Source:
    code: str
    name: str
    kind: str
    country: str


@dataclass(frozen=True)
class Licence:
    identifier: str
    code: str
    version: str
    title: str
    url: str


@dataclass(frozen=True)
class Tag:
    id: int
    name: str
    pictures: int


@dataclass(frozen=True)
class Guess:
    id: int
    label: str
    confidence: float


@dataclass(frozen=True)
class Candidate:
    """picture: SHA-256. label: slug of the class that it is decided as."""

    id: int
    project: str
    picture: str
    title: str
    source: str
    licence: str
    state: str
    label: str | None
    votes: int
    prediction: Guess | None


@dataclass(frozen=True)
class Picture:
    """files: rendition -> address, as `Client.download` takes it."""

    sha256: str
    title: str
    width: int
    height: int
    bytes: int
    source: str
    licence: str
    licence_url: str
    rights_holder: str
    access_uri: str
    catalog_number: str
    scientific_name: str
    files: dict[str, str | None]


@dataclass(frozen=True)
class PictureLink:
    """address: opens without a token until `until`. picture: SHA-256."""

    picture: str
    address: str
    until: datetime


@dataclass(frozen=True)
class Vote:
    id: uuid.UUID
    candidate: int
    picture: str
    user: str
    kind: str
    label: str | None
    undone_by: uuid.UUID | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewVote:
    """A vote to cast. Its id is made here: sent again, it is the same vote. label: the key of a class."""

    candidate: int
    kind: str = "label"
    label: str = ""
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    undoes: uuid.UUID | None = None
    reason: str = ""
    flag: str = ""
    prediction: int | None = None
    milliseconds: int | None = None

    def as_json(self) -> dict[str, Json]:
        return {k: str(v) if isinstance(v, uuid.UUID) else v for k, v in asdict(self).items()}


@dataclass(frozen=True)
class Outcome:
    """What became of a vote: saved, duplicate (it was here already) or refused."""

    id: str
    status: str
    message: str


@dataclass(frozen=True)
class Issue:
    id: int
    candidate: int
    picture: str
    kind: str
    text: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    resolution: str


@dataclass(frozen=True)
class Release:
    name: str
    project: str
    seed: int
    balance: str
    train: int
    test: int
    validate: int
    manifest_sha256: str
    pictures: int
    created_at: datetime


@dataclass(frozen=True)
class Member:
    sha256: str
    split: str
    category_index: int
    category: str
    source: str
    licence: str
    licence_url: str
    rights_holder: str
    access_uri: str
    files: dict[str, str]


@dataclass(frozen=True)
class File:
    name: str
    bytes: int
    sha256: str
    address: str


@dataclass(frozen=True)
class Export:
    """bundle: the address of all files as one ZIP, once it is finished."""

    id: int
    release: str
    format: str
    job: int | None
    state: str
    count: int
    bytes: int
    files: list[File]
    bundle: str | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Job:
    id: int
    kind: str
    title: str
    state: str
    words: str
    done: int
    total: int | None
    unit: str
    error: str
    result: Json
    created_at: datetime
    finished_at: datetime | None

    @property
    def has_ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Model:
    name: str
    kind: str
    manifest_sha256: str
    classes: list[str]
    image_size: int
    parameters: int
    training_release: str | None
    metrics: dict[str, Json]


@dataclass(frozen=True)
class Run:
    name: str
    project: str
    release: str
    kind: str
    state: str
    job: int
    model: str | None
    config: dict[str, Json]
    summary: dict[str, Json]


@dataclass(frozen=True)
class Evaluation:
    id: int
    model: str
    release: str
    split: str
    metrics: dict[str, Json]


@dataclass(frozen=True)
class Screening:
    id: int
    project: str
    tile_model: str
    sheet_model: str | None
    job: int
    state: str


@dataclass(frozen=True)
class Score:
    candidate: int
    picture: str
    source: str
    sound_mean: float | None
    condition_share: float | None
    condition_max: float | None
    sheet_sound: float | None
    tiles: int


@dataclass(frozen=True)
class Decision:
    id: int
    candidate: int
    label: str | None
    rule: str
    by: str | None
    reason: str
    created_at: datetime


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    role: str
    is_active: bool
    votes: int


@dataclass(frozen=True)
class Assignment:
    """label, source: None for every class, every source."""

    id: int
    project: str
    user: str
    label: str | None
    source: str | None


@dataclass(frozen=True)
class AuditEntry:
    id: int
    at: datetime
    actor: str | None
    action: str
    project: str | None
    subject: str
    detail: dict[str, Json]


@dataclass(frozen=True)
class Batch:
    id: int
    kind: str
    state: str
    origin: str
    project: str | None
    source: str | None
    job: int | None
    added: int
    duplicates: int
    refused: int
    failed: int
    waiting: int
    held: int


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    kind: str


@dataclass(frozen=True)
class Table:
    key: str
    title: str
    columns: list[Column]
    rows: list[Json]

    def records(self) -> list[dict[str, Json]]:
        """The rows by the keys of the columns."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Difference:
    """counts: change (added, removed, moved, relabelled …) -> pictures."""

    before: str
    after: str
    words: str
    counts: dict[str, int]
    tables: list[Table]


@dataclass(frozen=True)
class Webhook:
    """secret: only in the answer that makes it, or a new secret."""

    id: int
    url: str
    events: list[str]
    active: bool
    secret: str = ""


@cache
def _types(shape: type[Any]) -> Mapping[str, Any]:
    return typing.get_type_hints(shape)


def read(shape: type[T], data: Mapping[str, Json]) -> T:
    """The dataclass from what JSON says. Raises KeyError for a field that is missing and has no default."""
    hints = _types(shape)  # type: ignore[arg-type]
    known = {one.name for one in fields(shape)}  # type: ignore[arg-type]
    return shape(**{name: _value(hints[name], value) for name, value in data.items() if name in known})


def _value(kind: Any, value: Json) -> Any:
    if value is None:
        return None
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        [kind] = [one for one in typing.get_args(kind) if one is not type(None)]
        return _value(kind, value)
    if origin is list:
        return [_value(typing.get_args(kind)[0], each) for each in value]
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is uuid.UUID:
        return uuid.UUID(value)
    return read(kind, value) if is_dataclass(kind) and isinstance(kind, type) else value
