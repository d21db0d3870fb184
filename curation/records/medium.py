"""What a reader gives for each row of a delivery: a medium, or the problem that keeps it out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

VALUE_CHARACTERS = 200  # of a value that a problem shows
MESSAGE_CHARACTERS = 1000

# Characters that are kept of each field.
LONGEST = {
    "access_uri": 1000,
    "format": 100,
    "licence": 10_000,
    "record_licence": 1000,
    "dataset_licence": 1000,
    "rights_holder": 300,
    "creator": 300,
    "further_information_url": 1000,
    "occurrence_id": 300,
    "catalog_number": 100,
    "institution_code": 100,
    "collection_code": 100,
    "dataset_key": 100,
    "scientific_name": 300,
    "family": 100,
    "genus": 100,
    "proposed_label": 200,
}
# Only shown beside the medium's own licence, so they are cut and not refused.
HINTS = ("record_licence", "dataset_licence")


class Medium(NamedTuple):
    """One medium as its publisher describes it; every text as published, "" where there is none.

    row: line in `file`, as a person counts (the header is line 1). file: the list, or the member of the
    archive. licence: of the medium itself. record_licence, dataset_licence: hints only, never a licence of
    the picture. kind: "image", "iiif-manifest" or "iiif-info". path: the picture, where it came along.
    source_code and sha256 (of the original file) are known for exports of this program only.
    """

    row: int
    file: str
    access_uri: str
    format: str = ""
    licence: str = ""
    record_licence: str = ""
    dataset_licence: str = ""
    rights_holder: str = ""
    creator: str = ""
    further_information_url: str = ""
    occurrence_id: str = ""
    catalog_number: str = ""
    institution_code: str = ""
    collection_code: str = ""
    dataset_key: str = ""
    scientific_name: str = ""
    family: str = ""
    genus: str = ""
    proposed_label: str = ""
    kind: str = "image"
    path: Path | None = None
    source_code: str = ""
    sha256: str = ""


# The fields that hold text of the publisher, in the order of Medium.
TEXT_FIELDS = Medium._fields[2:19]


class Problem(NamedTuple):
    """What is wrong with a row, or (row None) with a file.

    rule: slug, listed in docs/deliveries.md. column: as the file calls it. value: as received, cut.
    message: the thing, the rule, the value and what to do. note: nothing was left out because of it.
    """

    row: int | None
    file: str
    rule: str
    column: str
    value: str
    message: str
    note: bool = False


class RecordsError(ValueError):
    """A delivery, or a document, that can't be read as a whole.

    name: of the file, without its folder. rule: slug, listed in docs/deliveries.md. detail: the value and
    what to do, in words for the person who brought it.
    """

    def __init__(self, name: str, rule: str, detail: str) -> None:
        super().__init__(name, rule, detail)  # all three, so that it survives pickling
        self.name = name
        self.rule = rule
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


def cut(value: str) -> str:
    """At most 200 characters that can be stored: no NUL, no half of a surrogate pair."""
    if len(value) > VALUE_CHARACTERS:
        value = value[: VALUE_CHARACTERS - 2] + " …"
    if "\0" in value or not value.isascii():
        value = value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
        value = value[:VALUE_CHARACTERS]
    return value


def problem(
    row: int | None, file: str, rule: str, column: str, value: str, message: str, *, note: bool = False
) -> Problem:
    """A problem with its value cut to what is shown."""
    if len(message) > MESSAGE_CHARACTERS:
        message = message[: MESSAGE_CHARACTERS - 2] + " …"
    return Problem(row, file, rule, cut(column), cut(value), message, note)


def shown(name: str) -> str:
    """A file's name as text that can be kept and printed: what is no UTF-8 or no letter, as escapes."""
    if not name.isprintable():
        name = "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode() for each in name
        )
    return cut(name)
