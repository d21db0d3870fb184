"""Corrupted pictures made from decided ordinary ones."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from curation.errors import Refused
from curation.imaging.corruption import KINDS, visible
from curation.models import Batch, Candidate, Image, Job, Licence, Project
from curation.services import derive, derive_corruptions
from curation.services.derive_corruptions import choose, request_corruptions
from curation.services.leak_groups import leak_groups
from curation.services.progress import JobCancelled, NullProgress
from tests.curation.derive.conftest import MakeSheets

pytestmark = pytest.mark.django_db


class StopsAfter(NullProgress):
    """Ends the work at the n-th clean point, as a lost worker would."""

    def __init__(self, chunks: int) -> None:
        self.left = chunks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise JobCancelled


def make(project: Project, count: int, seed: int = 1, **options: Any) -> Batch:
    job = request_corruptions(project, count, seed, **options)
    return finished(job)


def finished(job: Job) -> Batch:
    derive.run(job, NullProgress())
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    return Batch.objects.get(job=job)


def pairs() -> Counter[tuple[int | None, str]]:
    return Counter(Image.objects.filter(made_by="corruption").values_list("parent", "making__kind"))


def pixels(image: Image) -> Pillow.Image:
    with default_storage.open(image.file_name("original")) as file:
        return Pillow.open(io.BytesIO(file.read())).convert("RGB")


def test_what_is_made_names_its_parent_and_inherits(project: Project, make_sheets: MakeSheets) -> None:
    facts = {"rights_holder": "The Trustees", "catalog_number": "K0001", "genus": "Fictaria"}
    [parent] = make_sheets(1, source="MICH", licence="CC-BY-SA-4.0", **facts)
    batch = make(project, 1, seed=5)
    assert (batch.kind, batch.state, batch.added, batch.refused) == ("derived", "done", 1, 0)
    image = batch.images.get()
    assert (image.parent, image.source, image.licence) == (parent, parent.source, parent.licence)
    assert {name: getattr(image, name) for name in facts} == facts
    assert (image.made_by, image.box, image.access_uri) == ("corruption", None, "")
    assert image.making["kind"] in KINDS and image.making["seed"] == 5
    assert image.original_name.endswith(f"[{parent.sha256[:8]}] {image.making['kind']}.jpg")
    assert (image.group, image.group_settled) == (image.sha256, False)
    assert (image.width, image.height) == (parent.width, parent.height)
    assert image.chroma is not None
    assert visible(pixels(parent), pixels(image))
    candidate = Candidate.objects.get(image=image)
    assert (candidate.project, candidate.state, candidate.proposed_by) == (project, "open", "made")
    assert candidate.proposed == project.classes.get(slug="corrupted-images")
    names = leak_groups({image.pk: image.sha256, parent.pk: parent.sha256})
    assert names[image.pk] == names[parent.pk]


def test_only_decided_ordinary_originals_under_accepted_licences(
    project: Project, make_sheets: MakeSheets
) -> None:
    [good] = make_sheets(1)
    make_sheets(1, key=None)
    make_sheets(1, key="C")
    make_sheets(1, licence=Licence.objects.create(code="CC-BY-ND", version="4.0", title="No derivatives"))
    make_sheets(1, parent=good)
    with pytest.raises(Refused, match="7 corrupted pictures were asked for, and 6 can be made"):
        request_corruptions(project, 7, 1)
    make(project, 6)
    assert pairs() == Counter({(good.pk, kind): 1 for kind in KINDS})


def test_never_twice_from_one_parent_and_kind(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(3)
    make(project, 3, seed=1)
    assert max(Counter(parent for parent, _ in pairs()).values()) == 1  # each once before any comes twice
    make(project, 9, seed=2)
    make(project, 6, seed=3)
    assert len(pairs()) == 18 and set(pairs().values()) == {1}
    with pytest.raises(Refused, match="0 can be made"):
        request_corruptions(project, 1, 4)


def test_sources_come_as_evenly_as_they_can(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(8, source="A1")
    make_sheets(1, source="B1")
    make_sheets(3, source="C1")
    batch = make(project, 9, kinds=["block"])
    assert Counter(batch.images.values_list("source__code", flat=True)) == {"A1": 5, "B1": 1, "C1": 3}


def test_the_choice_follows_from_seed_and_pictures(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(12)
    label, empty = project.classes.get(key="A"), Batch.objects.create(origin="none", project=project)
    chosen = [choose(project, label, KINDS, seed, 6, empty) for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert len({pk for pk, _ in chosen[0]}) == 6


def test_a_run_that_was_cut_off_goes_on_without_doubles(
    project: Project, make_sheets: MakeSheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "AT_ONCE", 2)
    make_sheets(7, source="A1")
    make_sheets(3, source="B1")
    whole = {(c.parent_id, c.making["kind"]) for c in make(project, 8, seed=9).images.all()}
    Candidate.objects.filter(image__made_by="corruption").delete()
    Image.objects.filter(made_by="corruption").delete()

    job = request_corruptions(project, 8, 9)
    with pytest.raises(JobCancelled):
        derive.run(job, StopsAfter(2))
    batch = Batch.objects.get(job=job)
    assert (batch.images.count(), batch.state) == (4, "running")
    # As if it had died between the row and its candidate.
    Candidate.objects.filter(image=batch.images.last()).delete()
    finished(job)
    assert {(image.parent_id, image.making["kind"]) for image in batch.images.all()} == whole
    assert Candidate.objects.filter(image__batch=batch, proposed__slug="corrupted-images").count() == 8
    derive.run(job, NullProgress())
    assert batch.images.count() == 8


def test_what_cannot_be_made_is_reported_and_replaced(project: Project, make_sheets: MakeSheets) -> None:
    sheets = make_sheets(4)
    label, empty = project.classes.get(key="A"), Batch.objects.create(origin="none", project=project)
    [(first, _)] = choose(project, label, ["block"], 1, 1, empty)
    gone = next(image for image in sheets if image.pk == first)
    default_storage.delete(gone.file_name("original"))
    batch = make(project, 3, seed=1, kinds=["block"])
    assert (batch.added, batch.refused) == (3, 1)
    problem = batch.problems.get()
    assert problem.rule == "unreadable" and "is not in storage" in problem.message
    assert gone.pk not in set(batch.images.values_list("parent", flat=True))


def test_requests_are_checked(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(2)
    job = request_corruptions(project, 2, 1)
    assert request_corruptions(project, 2, 1) == job
    with pytest.raises(Refused, match=f"Job {job.pk} is making corrupted pictures already"):
        request_corruptions(project, 1, 1)
    with pytest.raises(Refused, match="at least 1, not 0"):
        request_corruptions(project, 0, 1)
    with pytest.raises(Refused, match="The seed must be"):
        request_corruptions(project, 1, -1)
    with pytest.raises(Refused, match="the kinds are overexposed"):
        request_corruptions(project, 1, 1, kinds=[])
    project.classes.filter(slug="corrupted-images").update(slug="broken")
    with pytest.raises(Refused, match=r"0 classes whose slug begins with 'corrupt'.*broken"):
        request_corruptions(project, 1, 1)
    broken = project.classes.get(slug="broken")
    Job.objects.update(state="done")
    other = make(project, 1, proposed=broken, label=project.classes.get(key="A"))
    assert Candidate.objects.get(image__batch=other).proposed == broken


def test_large_parents_are_reduced_to_the_review_size(
    project: Project, make_sheets: MakeSheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.curation.derive import conftest, sheets

    monkeypatch.setattr(conftest, "sheet", lambda number: sheets.sheet(number, 1_300))
    [parent] = make_sheets(1)
    image = make(project, 1, kinds=["veiled"]).images.get()
    assert min(image.width, image.height) == 1_024 < min(parent.width, parent.height)
    assert image.width / image.height == pytest.approx(parent.width / parent.height, rel=0.002)
    assert derive_corruptions.KINDS == KINDS
