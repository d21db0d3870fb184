"""Answers move what waited for them: a licence settled, a policy changed, a source named."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.errors import Refused
from curation.models import Batch, Image, Job, LicenceText, MediaRecord, Project, SourceRule
from curation.services.imports import reconsider, reconsider_sources
from curation.services.licences import licence_row, set_policy, settle_text
from tests.curation.imports.lists import CC_BY, bring_in, row, write_list
from tests.factories import make_image, make_project, make_source, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def text_of(batch: Batch) -> LicenceText:
    return batch.records.select_related("licence_text").order_by("row")[0].licence_text


def states(batch: Batch) -> list[tuple[str, str]]:
    return list(batch.records.order_by("row").values_list("state", "rule"))


def test_settling_a_text_moves_all_that_share_it(tmp_path: Path, project: Project) -> None:
    rows = [row(1, license="CreativeCommons"), row(2, license="CreativeCommons"), row(3, license="CC")]
    batch = bring_in(write_list(tmp_path, rows), project=project, source=make_source("K"))
    assert {state for state, _ in states(batch)} == {"held"}
    settle_text(text_of(batch), licence_row("CC-BY", "4.0"), make_user("admin"), "asked the collection")
    assert states(batch)[:2] == [("waiting", ""), ("waiting", "")]
    assert states(batch)[2][0] == "held"
    batch.refresh_from_db()
    assert batch.state == Batch.State.RUNNING
    assert Job.objects.filter(kind=Job.Kind.DOWNLOAD).count() == 1


def test_settling_as_no_licence_refuses_them(tmp_path: Path, project: Project) -> None:
    batch = bring_in(
        write_list(tmp_path, [row(1, license="CreativeCommons")]), project=project, source=make_source("K")
    )
    settle_text(text_of(batch), None, make_user("admin"), "they said no")
    assert states(batch) == [("refused", "no-licence")]
    assert not Job.objects.filter(kind=Job.Kind.DOWNLOAD).exists()


def test_a_changed_policy_moves_its_own_project_only(tmp_path: Path, project: Project) -> None:
    other = make_project()
    source = make_source("K")
    rows = [row(1, license="CC BY-NC-SA 4.0"), row(2)]
    batch = bring_in(write_list(tmp_path, rows, "one.tsv"), project=project, source=source)
    rows = [row(3, license="CC BY-NC-SA 4.0"), row(4)]
    elsewhere = bring_in(write_list(tmp_path, rows, "two.tsv"), project=other, source=source)
    assert states(batch) == states(elsewhere) == [("refused", "licence-refused"), ("waiting", "")]
    set_policy(project, ["CC-BY-NC-SA"], ["CC-BY"], make_user("admin"))
    assert states(batch) == [("waiting", ""), ("held", "licence-review")]
    assert states(elsewhere) == [("refused", "licence-refused"), ("waiting", "")]


def test_of_two_refused_records_of_one_address_one_is_fetched(tmp_path: Path, project: Project) -> None:
    source = make_source("K")
    nd = {"license": "CC BY-ND 4.0"}
    one = bring_in(write_list(tmp_path, [row(1, **nd)], "one.tsv"), project=project, source=source)
    two = bring_in(write_list(tmp_path, [row(1, **nd)], "two.tsv"), project=project, source=source)
    assert states(one) == states(two) == [("refused", "licence-refused")]
    set_policy(project, ["CC-BY-ND"], [], make_user("admin"))
    assert states(one) == [("waiting", "")]
    assert states(two) == [("duplicate", "same-address")]


def test_a_new_source_rule_lets_go_what_waited_for_it(tmp_path: Path, project: Project) -> None:
    rows = [row(1, institutionCode="K"), row(2, institutionCode="B"), row(3, institutionCode="K", license="")]
    batch = bring_in(write_list(tmp_path, rows), project=project)
    held = ("held", "source-unmapped")
    assert states(batch) == [held, held, ("refused", "no-licence")]
    kew = make_source("Kew")
    rule = SourceRule.objects.create(institution_code="K", source=kew)
    assert reconsider_sources(rule=rule) == 2
    assert states(batch) == [("waiting", ""), held, ("refused", "no-licence")]
    # The refused one knows its source now, should its licence be settled otherwise.
    assert list(batch.records.order_by("row").values_list("source", flat=True)) == [kew.pk, None, kew.pk]


def test_a_source_for_the_whole_batch(tmp_path: Path) -> None:
    nothing = {"institutionCode": "", "collectionCode": ""}
    batch = bring_in(write_list(tmp_path, [row(1, **nothing), row(2, **nothing)], "one.tsv"))
    other = bring_in(write_list(tmp_path, [row(3, **nothing)], "two.tsv"))
    assert reconsider_sources(batch=batch, source=make_source("K")) == 2
    assert states(batch) == [("waiting", ""), ("waiting", "")]
    assert states(other) == [("held", "source-unmapped")]


def test_pictures_that_are_in_get_the_licence_their_text_means_now(tmp_path: Path, project: Project) -> None:
    batch = bring_in(write_list(tmp_path, [row(1)]), project=project, source=make_source("K"))
    record = batch.records.get()
    image = make_image(batch=batch, source="K")
    child = make_image(source="K", parent=image, made_by="crop", batch=batch)
    MediaRecord.objects.filter(pk=record.pk).update(state="added", image=image)
    text = LicenceText.objects.get(verbatim=CC_BY)
    by_nc = licence_row("CC-BY-NC", "4.0")
    LicenceText.objects.filter(pk=text.pk).update(licence=by_nc)
    reconsider(texts=[text.pk])
    for each in (image, child):
        each.refresh_from_db()
        assert each.licence == by_nc
    LicenceText.objects.filter(pk=text.pk).update(licence=None, meaning="none")
    with pytest.raises(Refused, match="1 pictures are in under"):
        reconsider(texts=[text.pk])
    assert Image.objects.get(pk=image.pk).licence == by_nc
