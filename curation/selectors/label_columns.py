"""The columns of the tables of votes and decisions: name, Table Schema type, meaning.

The statements in `label_rows`, the data package, the Parquet schema, the check and the README are made of
these lists. Types: string, integer, number, boolean (true, false), datetime (ISO 8601, UTC).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from curation.errors import Refused
from curation.selectors.provenance_columns import PROVENANCE_WORDS


class Column(NamedTuple):
    name: str
    type: str
    words: str


@dataclass(frozen=True)
class Table:
    name: str
    words: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


PICTURE = Column("sha256", "string", "The picture: SHA-256 of the file as the source published it.")
PROJECT = Column("project", "string", "Key of the project, that is of the question that was asked.")
ROUND = "Round of review, from 1; a picture that is sent back begins another one."
REVIEWER = "Pseudonym, the same within the project always; a user name where an admin asked for names."

VOTES = Table(
    "votes",
    "One line for each act of a reviewer, in the order of time. Nothing is ever changed: what was taken back "
    "stays, with the line that took it back.",
    (
        Column("id", "string", "Identifier of the vote, a UUID."),
        PICTURE,
        PROJECT,
        Column("round", "integer", ROUND),
        Column("reviewer", "string", f"Who said it. {REVIEWER}"),
        Column("kind", "string", "label, flag, skip, or undo: it takes another one back."),
        Column("class", "string", "Slug of the class, of a label."),
        Column("reason", "string", "What was written with it: why it was flagged, or why a lead settled it."),
        Column("flag", "string", "Kind of flag: bad-image, licence, duplicate, mislabel, outlier or other."),
        Column("via", "string", "How: single, grid, compare, or lead: a lead curator settled it."),
        Column("blind", "boolean", "No suggestion was on the screen, on purpose."),
        Column("audit", "boolean", "The picture came by lot and not by the order of the queue."),
        Column("known_answer", "boolean", "It answers a picture with a known answer, and decides nothing."),
        Column("counts", "boolean", "It is a label or flag that stands, of the round the picture is in."),
        Column(
            "model", "string", "The model whose suggestion was shown or, blind, was kept from the screen."
        ),
        Column("suggested", "string", "Slug of the class that the model took for the likeliest."),
        Column("confidence", "number", "Probability that the model gave to that class, 0 to 1."),
        Column("seconds", "number", "From picture shown to key pressed."),
        Column("guideline", "integer", "Number of the version of the guidelines it was cast under."),
        Column("created_at", "datetime", "When it was saved."),
        Column("undone", "boolean", "It was taken back."),
        Column("undoes", "string", "Identifier of the vote that an undo takes back."),
    ),
)
DECISIONS = Table(
    "decisions",
    "One line for each decision about a picture, in the order of time, with the ones that hold no more.",
    (
        PICTURE,
        PROJECT,
        Column("class", "string", "Slug of the class; empty where the picture was opened again."),
        Column(
            "rule",
            "string",
            "votes: those needed agree; majority: more than half of them; adjudicated: a lead curator "
            "settled it; undone: a vote was taken back; reopened: it was sent back; imported: a release "
            "that was brought back says so.",
        ),
        Column("reason", "string", "What the lead curator wrote; of an imported one, the release."),
        Column("by", "string", f"The lead who settled it or sent it back. {REVIEWER}"),
        Column("votes_for", "integer", "Labels of its round that stand and name its class."),
        Column("votes_against", "integer", "Labels of its round that stand and name another class."),
        Column("round", "integer", ROUND),
        Column("decided_at", "datetime", "When."),
        Column("current", "boolean", "It is the one that holds."),
        *(Column(name, "string", words) for name, words in PROVENANCE_WORDS.items()),
    ),
)
TABLES: dict[str, Table] = {table.name: table for table in (VOTES, DECISIONS)}


def table_named(name: str) -> Table:
    """Raises Refused with the names there are."""
    if name not in TABLES:
        raise Refused(f"Table {name!r}: expected one of {', '.join(TABLES)}.")
    return TABLES[name]
