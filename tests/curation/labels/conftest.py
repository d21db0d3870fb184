"""A project with every kind of vote: agreed, disputed and settled, flagged, skipped, undone, sent back."""

from __future__ import annotations

import csv
import io
import json
import uuid
from dataclasses import dataclass
from typing import Any

import pyarrow
import pytest
from pyarrow.parquet import read_table

from curation.models import Candidate, GoldItem, Project, User, Vote
from curation.selectors.label_columns import TABLES
from curation.selectors.label_rows import Scope
from curation.services.adjudicate import adjudicate
from curation.services.labels.write import pieces
from curation.services.reopen import reopen
from curation.services.review import NewVote, record_votes
from tests.curation.releases.conftest import (  # noqa: F401
    as_role,
    drawn,
    garden,
    make_garden,
    quick_hash,
    release,
)
from tests.factories import make_candidate, make_image, make_model, make_prediction, make_project, make_user

AWKWARD = 'A "person",\tin it;\n=1+1 \\ \\n \u2028 é\r\nlast'


@dataclass
class Herbarium:
    project: Project
    people: dict[str, User]
    pictures: dict[str, Candidate]
    votes: dict[str, Vote]

    def say(self, who: str, picture: str, label: str = "", **fields: Any) -> Vote:
        """One vote, named `who picture`."""
        vote = NewVote(
            id=uuid.uuid4(),
            candidate=self.pictures[picture].pk,
            kind=fields.pop("kind", "label"),
            label=label,
            **fields,
        )
        [outcome] = record_votes(self.people[who], [vote])
        assert outcome.status == "saved", outcome
        self.votes[f"{who} {picture}"] = Vote.objects.get(pk=vote.id)
        return self.votes[f"{who} {picture}"]


def plant(key: str, *, images: dict[str, Any] | None = None) -> Herbarium:
    """A project for two votes a picture, with seven pictures; `images`: those of another project."""
    project = make_project(3, key=key, votes_needed=2, guidelines="Look twice.")
    people = {name: make_user("curator", username=f"{key}-{name}") for name in ("ada", "ben", "cleo")}
    people["lead"] = make_user("lead", username=f"{key}-lead")
    names = ("agreed", "settled", "flagged", "undone", "back", "known", "open")
    pictures = {
        name: make_candidate(
            project,
            images[name]
            if images
            else make_image(
                source=f"S{n % 2}",
                licence="CC0-1.0" if n % 2 else "CC-BY-4.0",
                rights_holder="The “Trustees”",
                access_uri="" if n % 3 else f"https://example.org/{n}.jpg",
                original_name=f"box {n}/sheet.jpg" if n < 2 else f"{name}.jpg",
            ),
        )
        for n, name in enumerate(names)
    }
    return Herbarium(project, people, pictures, {})


@pytest.fixture
def herbarium(db: None) -> Herbarium:
    made = plant("flora")
    model = make_model(list(made.project.classes.values_list("name", flat=True)), name="tiny")
    for name in ("agreed", "settled"):
        made.pictures[name].refresh_from_db()
        make_prediction(made.pictures[name], model, [0.1, 0.65, 0.25])
    shown = made.pictures["agreed"].prediction_id
    made.say("ada", "agreed", "A", prediction=shown, milliseconds=1234)
    made.say("ben", "agreed", "A", prediction=shown, blind=True)
    made.say("ada", "settled", "A", audit=True, via="compare")
    made.say("ben", "settled", "B")
    adjudicate(made.people["lead"], made.pictures["settled"].pk, "C", "Neither")
    made.say("cleo", "flagged", kind="flag", reason=AWKWARD, flag="bad-image")
    first = made.say("ada", "undone", "B")
    made.say("ada", "undone", kind="undo", undoes=first.pk)
    made.say("ben", "undone", kind="skip")
    made.say("ada", "back", "A")
    made.say("ben", "back", "A")
    reopen(made.people["lead"], [made.pictures["back"].pk], "Look again")
    made.say("cleo", "back", "B")
    made.say("ada", "known", "C")
    made.say("ben", "known", "C")
    GoldItem.objects.create(
        candidate=made.pictures["known"],
        project=made.project,
        label=made.project.classes.get(key="C"),
        created_by=made.people["lead"],
    )
    made.say("cleo", "known", "A")
    for name, picture in made.pictures.items():
        made.pictures[name] = Candidate.objects.select_related("image").get(pk=picture.pk)
    return made


def content(table: str, form: str, scope: Scope) -> bytes:
    return b"".join(pieces(TABLES[table], form, scope))


def rows(table: str, scope: Scope, form: str = "jsonl") -> list[dict[str, Any]]:
    """The rows of a table as its form gives them: text of TSV and CSV, values of the others."""
    made = content(table, form, scope)
    if form == "jsonl":
        return [json.loads(line) for line in made.decode().split("\n")[:-1]]
    if form == "parquet":
        found: list[dict[str, Any]] = read_table(pyarrow.BufferReader(made)).to_pylist()
        return found
    text = io.StringIO(made.decode(), newline="")
    return list(csv.DictReader(text, delimiter="\t" if form == "tsv" else ",", strict=True))
