"""A release that was exported comes back as pictures with their records, classes as proposals."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from curation.models import Batch, Candidate, Image, Project
from curation.selectors.tally import tally
from curation.services import deliveries
from curation.services.export import write_export
from curation.services.freeze import freeze
from curation.services.ingest import ingest_folder
from curation.services.proposals import class_names
from tests.curation.imports.lists import bring_in, jpeg
from tests.factories import decide, make_licence, make_project, make_source, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def frozen(tmp_path: Path) -> Path:
    """A dryad export of three classes with three pictures each, from two sources."""
    project = make_project(key="plants")
    user = make_user()
    for n, (slug, label) in enumerate({label.slug: label for label in class_names(project).values()}.items()):
        folder = tmp_path / f"from-{slug}"
        folder.mkdir()
        for seed in range(3):
            (folder / f"{slug}-{seed}.jpg").write_bytes(jpeg(100 * n + seed))
        batch = ingest_folder(
            folder,
            project=project,
            source=make_source(f"S{n}"),
            licence=make_licence("CC-BY-SA-4.0"),
            rights_holder="The garden",
        )
        for candidate in Candidate.objects.filter(image__batch=batch):
            decide(candidate, label, user)
    release = freeze(project, seed=1)
    out = tmp_path / "export"
    write_export(release, "dryad", out, acknowledged=True)
    return out


def empty_database() -> None:
    call_command("flush", interactive=False, verbosity=0)


def test_into_an_empty_database_and_again(tmp_path: Path) -> None:
    out = frozen(tmp_path)
    before = set(Image.objects.values_list("source__code", "licence__code", "rights_holder"))
    empty_database()
    project = make_project(key="plants")
    batch = deliveries.receive(out, project=project)
    assert batch.kind == Batch.Kind.EXPORT
    found = deliveries.check(batch)
    assert (found["rows"], found["states"]) == (9, {"added": 9})
    assert not Image.objects.exists()
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.RUNNING)
    deliveries.bring_in(batch)
    batch.refresh_from_db()
    assert (batch.added, batch.state) == (9, Batch.State.DONE)
    assert set(Image.objects.values_list("source__code", "licence__code", "rights_holder")) == before
    proposals = Candidate.objects.filter(project=project).values_list(
        "proposed__slug", "image__original_name"
    )
    assert len(proposals) == 9
    assert all(slug == name.partition("/")[0] for slug, name in proposals)
    assert set(Candidate.objects.values_list("proposed_by", flat=True)) == {"export"}
    again = bring_in(out, project=project)
    assert (again.added, again.duplicates) == (0, 9)


def test_with_the_originals_here_nothing_comes_in(tmp_path: Path) -> None:
    out = frozen(tmp_path)
    batch = bring_in(out, project=Project.objects.get())
    assert tally(batch)["duplicate"] == 9
    assert not batch.images.exists()


def test_a_changed_picture_and_a_refused_licence_are_named_and_the_rest_comes_in(tmp_path: Path) -> None:
    out = frozen(tmp_path)
    labels = (out / "labels.tsv").read_text().splitlines(keepends=True)
    labels[1] = labels[1].replace("CC-BY-SA-4.0", "CC-BY-NC-ND-4.0")
    (out / "labels.tsv").write_text("".join(labels))
    (out / "SHA256SUMS").unlink()
    empty_database()
    batch = bring_in(out, project=make_project(key="plants"))
    assert batch.added == 8
    problem = batch.problems.get()
    assert (problem.row, problem.rule) == (2, "licence-refused")
    assert "CC-BY-NC-ND" in problem.message


def test_the_zip_of_all_files_comes_back_too(tmp_path: Path) -> None:
    out = frozen(tmp_path)
    whole = shutil.make_archive(str(tmp_path / "all"), "zip", out.parent, out.name)
    empty_database()
    batch = bring_in(Path(whole), project=make_project(key="plants"))
    assert batch.added == 9
    assert connection.in_atomic_block is False
