"""Rows for licence texts, and what a person's word and a project's policy do to records."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Batch, Licence, LicenceText, MediaRecord, Project, User
from curation.services.licences import (
    ACCEPTED,
    licence_named,
    licence_row,
    set_policy,
    settle_text,
    texts_for,
    unsettle,
)
from tests.factories import make_image, make_project, make_source, make_user

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)


@pytest.fixture
def admin() -> User:
    return make_user("admin")


@pytest.fixture
def project() -> Project:
    return make_project()


def make_record(text: LicenceText, project: Project, **fields: Any) -> MediaRecord:
    number = next(_numbers)
    defaults = {
        "batch": Batch.objects.create(origin="tests", project=project),
        "file": "list.tsv",
        "row": number,
        "access_uri": f"https://pictures.example/{number}.jpg",
        "access_hash": uuid.uuid4(),
        "host": "pictures.example",
        "source": make_source("K"),
        "state": "held",
        "rule": "licence-unclear",
    }
    return MediaRecord.objects.create(licence_text=text, **(defaults | fields))


def text_of(verbatim: str) -> LicenceText:
    return texts_for([verbatim])[verbatim]


def states(*records: MediaRecord) -> list[tuple[str, str]]:
    return [MediaRecord.objects.values_list("state", "rule").get(pk=record.pk) for record in records]


@pytest.mark.parametrize(
    ("typed", "identifier"),
    [
        ("CC0", "CC0-1.0"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("CC BY-NC 3.0", "CC-BY-NC-3.0"),
        ("CC-BY-SA", "CC-BY-SA"),
    ],
)
def test_a_licence_is_found_by_what_a_person_types(typed: str, identifier: str) -> None:
    assert licence_named(typed).identifier == identifier


@pytest.mark.parametrize(
    "typed", ["", "CC-BY-ND", "CC BY-NC-SA 4.0", "CC-BY-9.0", "PDM", "public domain", "free"]
)
def test_a_licence_that_is_not_accepted_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="not one that is accepted"):
        licence_named(typed)
    assert not Licence.objects.exists()


def test_a_licence_has_its_own_title_and_address() -> None:
    licence = licence_row("CC-BY-NC", "3.0")
    assert licence.title == "Attribution-NonCommercial 3.0 Unported"
    assert licence.url == "https://creativecommons.org/licenses/by-nc/3.0/"
    assert licence_row("CC-BY-NC", "3.0") == licence
    assert licence_row("CC-BY", "").url == ""
    assert [licence_row(*key).identifier for key in ACCEPTED][0] == "CC0-1.0"
    for code, version in [("CC0", "4.0"), ("CC-BY", "3.4"), ("MINE", "")]:
        with pytest.raises(Refused):
            licence_row(code, version)


def test_texts_get_one_row_each() -> None:
    given = [
        "CC BY 4.0",
        "",
        "CC BY-NC 3.52",
        "(c) A",
        "CC BY 4.0 ",
        "http://creativecommons.org/licenses/by/4.0/",
    ]
    found = texts_for(given)
    assert list(found) == given
    assert {text: (row.verbatim, row.meaning) for text, row in found.items()} == {
        "CC BY 4.0": ("CC BY 4.0", "licence"),
        "": ("", "none"),
        "CC BY-NC 3.52": ("CC BY-NC 3.52", "unclear"),
        "(c) A": ("(c) A", "none"),
        "CC BY 4.0 ": ("CC BY 4.0 ", "licence"),
        given[5]: (given[5], "licence"),
    }
    assert found["CC BY 4.0"].licence == found["CC BY 4.0 "].licence == licence_row("CC-BY", "4.0")
    assert found["CC BY-NC 3.52"].code == "CC-BY-NC" and found["CC BY-NC 3.52"].licence is None
    assert texts_for(given) == found and LicenceText.objects.count() == 6
    assert texts_for([]) == {}


def test_a_text_that_the_database_cannot_hold_is_kept_as_well_as_can_be() -> None:
    odd = "CC BY\x00 4.0 \udc80"
    assert texts_for([odd])[odd].verbatim == "CC BY\ufffd 4.0 \ufffd"
    long = "x" * 1_000_000
    assert texts_for([long])[long].verbatim == long


def test_the_number_of_queries_does_not_grow_with_the_texts(django_assert_max_num_queries: Any) -> None:
    texts = [f"CC BY 4.0, {number}" for number in range(300)] + [f"CC0 {number}" for number in range(300)]
    with django_assert_max_num_queries(8):
        texts_for(texts)
    with django_assert_max_num_queries(1):
        texts_for(texts)


def test_one_decision_moves_every_record_that_shares_the_text(admin: User, project: Project) -> None:
    text, other = text_of("CC BY-NC 3.52"), text_of("CC BY-NC 3.4")
    first, second, third = make_record(text, project), make_record(text, project), make_record(other, project)
    assert settle_text(text, licence_row("CC-BY-NC", "3.0"), admin, "a filled series") == {"waiting": 2}
    assert states(first, second, third) == [("waiting", "")] * 2 + [("held", "licence-unclear")]
    text.refresh_from_db()
    assert (text.meaning, text.settled_by, text.code) == ("licence", admin, "CC-BY-NC")
    assert text.reason == "A person read it as CC BY-NC 3.0: a filled series"
    entry = AuditEntry.objects.get(action="licence.settle")
    assert entry.detail["now"] == "CC-BY-NC-3.0" and entry.detail["reason"] == "a filled series"


def test_a_decision_can_be_for_no_licence_and_be_taken_back(admin: User, project: Project) -> None:
    text = text_of("Public domain")
    record = make_record(text, project)
    assert settle_text(text, None, admin) == {"refused": 1}
    assert states(record) == [("refused", "no-licence")]
    assert unsettle(text, admin) == {"held": 1}
    assert states(record) == [("held", "licence-unclear")]
    text.refresh_from_db()
    assert (text.meaning, text.settled_by, text.reason[:13]) == ("unclear", None, "Public domain")
    with pytest.raises(Refused, match="nothing to take back"):
        unsettle(text, admin)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["licence.unsettle", "licence.settle"]


def test_two_people_do_not_settle_one_text_unseen(admin: User, project: Project) -> None:
    text = text_of("Public domain")
    settle_text(text, licence_row("CC0", "1.0"), admin)
    with pytest.raises(Refused, match=f"{admin} has settled this text meanwhile: CC0-1.0"):
        settle_text(text, None, make_user("admin"))
    settle_text(text, None, make_user("admin"), again=True)
    assert text_of("Public domain").meaning == "none"


def test_a_text_with_pictures_cannot_lose_its_licence(admin: User, project: Project) -> None:
    text = text_of("CC BY 4.0")
    image = make_image(licence=text.licence)
    make_record(text, project, state="added", rule="", image=image)
    with pytest.raises(Refused, match="take their batches back"):
        settle_text(text, None, admin)
    assert text_of("CC BY 4.0").meaning == "licence" and not AuditEntry.objects.exists()
    settle_text(text, licence_row("CC-BY", "3.0"), admin)
    image.refresh_from_db()
    assert image.licence.identifier == "CC-BY-3.0"


def test_a_policy_moves_the_records_of_its_project_only(admin: User, project: Project) -> None:
    text = text_of("CC BY-NC-SA 4.0")
    elsewhere = make_record(text, make_project(), state="refused", rule="licence-refused")
    here = make_record(text, project, state="refused", rule="licence-refused")
    assert set_policy(project, ["CC0", "CC-BY-NC-SA"], ["CC-BY"], admin) == {"waiting": 1}
    assert states(here, elsewhere) == [("waiting", ""), ("refused", "licence-refused")]
    project.refresh_from_db()
    assert (project.licences_accepted, project.licences_review) == (["CC0", "CC-BY-NC-SA"], ["CC-BY"])
    detail = AuditEntry.objects.get(action="licence.policy").detail
    assert detail["was"]["review"] == ["PDM", "ODC-BY", "PDDL"] and detail["now"]["review"] == ["CC-BY"]


@pytest.mark.parametrize(
    ("accepted", "review", "words"),
    [([], ["CC0"], "at least one"), (["CC0"], ["CC0"], "at once"), (["CC0", "MINE"], [], "no licence MINE")],
)
def test_policies_that_cannot_be(
    admin: User, project: Project, accepted: list[str], review: list[str], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        set_policy(project, accepted, review, admin)
    project.refresh_from_db()
    assert "CC-BY" in project.licences_accepted and not AuditEntry.objects.exists()
