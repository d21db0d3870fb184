"""What may be asked for: configurations, names, twice the same, evaluations, soups."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from curation.errors import Refused
from curation.models import AuditEntry, Evaluation, Job, ModelVersion, Release, Run
from curation.services.jobs import request_cancel, resume
from curation.services.progress import NullProgress
from curation.services.runs import data
from curation.services.runs.config import checked
from curation.services.runs.register import register_evaluation
from curation.services.runs.request import request_evaluation, request_run, request_soup
from tests.curation.conftest import AsRole
from tests.curation.releases.conftest import Garden, text
from tests.curation.runs.conftest import MakeModel, MakeRun
from tests.factories import make_model, make_project, make_user
from tests.run_rows import CLASSES
from tests.worker import REPOSITORY

pytestmark = pytest.mark.django_db
SMALL: dict[str, Any] = {
    "image_size": 32,
    "epochs": 2,
    "batch": 4,
    "learning_rate": 0.01,
    "build": {"width": 4, "blocks": [1, 1]},
}


def test_a_run_is_a_row_and_a_job_on_the_queue_of_model_work(release: Release) -> None:
    user = make_user("lead")
    run = request_run(release.project, release, "train", SMALL, user)
    assert (run.name, run.folder, run.config) == ("first-train-1", "first-train-1", SMALL)
    assert run.data_sha256 == release.manifest_sha256 and run.created_by == user
    assert (run.job.kind, run.job.queue, run.job.state) == ("train", "gpu", "queued")
    entry = AuditEntry.objects.get(action="run.start")
    assert (entry.actor, entry.subject, entry.detail["release"]) == (user, run.name, "first")


def test_asking_twice_makes_one_run(release: Release, as_role: AsRole) -> None:
    first = request_run(release.project, release, "train", SMALL, name="mine")
    assert request_run(release.project, release, "train", SMALL, name="mine") == first
    # Another configuration under the name is another run, and the name is taken.
    with pytest.raises(Refused, match="called mine already"):
        request_run(release.project, release, "train", SMALL | {"epochs": 3}, name="mine")
    assert Job.objects.filter(kind="train").count() == 1
    # The page, by a double click.
    client, url = as_role("lead"), reverse("run_new")
    sent = {"release": "first", "preset": "small", "name": "twice", "config": _toml(SMALL), "step": "start"}
    sent |= {"was-preset": "small"}
    answers = [client.post(url, sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"] == reverse("run", args=["twice"])
    assert Job.objects.filter(kind="train").count() == 2


def test_a_run_that_has_ended_is_done_again_under_another_name(release: Release) -> None:
    first = request_run(release.project, release, "train", SMALL)
    request_cancel(first.job, None)
    second = request_run(release.project, release, "train", SMALL)
    assert second.name == "first-train-2"
    assert resume(first.job, None).state == "queued"  # goes on in the folder that it has


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"epochs": 0}, "epochs must be a whole number, at least 1, got 0"),
        ({"epochs": "many"}, "epochs must be a whole number, at least 1, got 'many'"),
        ({"learning_rat": 1}, "learning_rat is not a key here"),
        ({"stages": [{"patience": 0}]}, "stages.0.patience must be"),
        ({"build": {"width": -1}}, "build: width must be a whole number of at least 1, got -1"),
        ({"build": {"depth": 1}}, "build.depth is not a key here"),
        ({"image_size": 8, "build": {}}, "image_size must be at least 32"),
        ({"augment": {"ops": [{"name": "melt"}]}}, "melt"),
        ({"stages": [{"augment": "loud"}]}, "stages.0: augment: unknown preset 'loud'"),
        ({"loss": {"name": "hinge"}}, "loss: name must be one of"),
        (
            {"stages": [{"optimizer": {"name": "sgd", "beta": 1.0}}]},
            "stages.0: optimizer: sgd has no option 'beta'",
        ),
        ({"schedule": {"name": "cosine", "epochs": "all"}}, "schedule: epochs must be of the kind of 100.0"),
        ({"data": "/etc"}, "data must not be given here"),
        ({"model": "/etc"}, "model must not be given here"),
    ],
)
def test_a_wrong_configuration_is_refused_by_key_rule_and_value(config: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refusal:
        checked("train", SMALL | config)
    assert said in refusal.value.message


def test_other_releases_and_names_are_refused(release: Release) -> None:
    with pytest.raises(Refused, match="not a frozen one of"):
        request_run(make_project(), release, "train", SMALL)
    for name in ("new", "-a", "with space", "ö"):
        with pytest.raises(Refused, match="name"):
            request_run(release.project, release, "train", SMALL, name=name)
    make_model(CLASSES, name="taken")
    with pytest.raises(Refused, match="called taken already"):
        request_run(release.project, release, "train", SMALL, name="taken")
    assert not Run.objects.exists()


def test_evaluations_need_the_classes_of_the_release(release: Release, tiny: MakeModel) -> None:
    good, other = tiny(), make_model(["Class A", "Class C", "Class B"], name="other")
    run = request_evaluation(good, release, "test")
    assert run.config == {"split": "test"} and run.started_from == good
    assert request_evaluation(good, release, "test") == run  # a double click
    assert request_evaluation(good, release, "validate") != run
    with pytest.raises(Refused, match="other classes than release first"):
        request_evaluation(other, release, "test")
    with pytest.raises(Refused, match="split must be one of train, test, validate, survey, got 'all'"):
        request_evaluation(good, release, "all")
    with pytest.raises(Refused, match="first has no pictures in the split survey"):
        request_evaluation(good, release, "survey")
    with pytest.raises(Refused, match="cannot be used"):
        request_evaluation(make_model(CLASSES, name="lost"), release, "test")


def test_soups_need_checkpoints(make_run: MakeRun) -> None:
    run = make_run()
    soup = request_soup(run)
    assert (soup.kind, soup.parent, soup.release) == ("soup", run, run.release)
    assert request_soup(run) == soup
    with pytest.raises(Refused, match="at least two checkpoints"):
        request_soup(make_run("bare", metrics=[]))
    with pytest.raises(Refused, match="has no checkpoints"):
        request_soup(soup)


def test_evaluations_are_history(make_evaluation: Any, tiny: MakeModel) -> None:
    found: Evaluation = make_evaluation(tiny())
    for change in (lambda: Evaluation.objects.update(split="train"), lambda: found.delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE curation_evaluation ENABLE TRIGGER no_truncate")
        with pytest.raises(IntegrityError, match="append-only: TRUNCATE"), transaction.atomic():
            cursor.execute("TRUNCATE curation_evaluation")


def test_a_job_that_is_started_again_counts_one_look(make_run: MakeRun) -> None:
    model = make_model(CLASSES)
    run = make_run("look", "running", kind="evaluate", started_from=model, metrics=[])
    first = register_evaluation(run, "test", {"evaluators": {}})
    assert register_evaluation(run, "test", {"evaluators": {}}) == first
    assert Evaluation.objects.count() == 1
    assert AuditEntry.objects.filter(action="run.evaluate").count() == 1


def test_the_database_keeps_runs_true(make_run: MakeRun, garden: Garden) -> None:
    run = make_run()
    for change, said in (
        ({"config": {}}, "keeps what it was asked for"),
        ({"name": "other"}, "keeps what it was asked for"),
        ({"project": make_project()}, "the run of project"),
        ({"kind": "bake"}, "keeps what|run_kind_known"),
    ):
        with pytest.raises(IntegrityError, match=said), transaction.atomic():
            Run.objects.filter(pk=run.pk).update(**change)
    for fields, said in (
        ({"kind": "soup"}, "run_soup_has_a_parent"),
        ({"kind": "evaluate"}, "run_has_a_model"),
        ({"kind": "distill"}, "run_has_a_model"),
        ({"data_sha256": "x"}, "run_data_hex"),
    ):
        with pytest.raises(IntegrityError, match=said), transaction.atomic():
            make_run(f"bad-{said}", metrics=[], **fields)


def test_records_are_made_once_and_shared(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    write = data.write_export
    monkeypatch.setattr(data, "write_export", lambda *a, **k: (made.append(a[2]), write(*a, **k)))
    folder = data.ready_data(release, NullProgress())
    assert folder == Path(settings.RUNS_DATA_DIR) / "first-tfrecord" and made == [folder]
    assert data.ready_data(release, NullProgress()) == folder and len(made) == 1
    # A bit that fell over is seen, and the records are made anew.
    shard = next(folder.glob("*train*.tfr"))
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert data.ready_data(release, NullProgress()) == folder and len(made) == 2
    assert shard.read_bytes() == whole
    (folder / "release.json").unlink()
    assert data.fault(folder, release)
    data.ready_data(release, NullProgress())
    assert data.fault(folder, release) is None


def test_pages_and_requests_never_load_tensorflow() -> None:
    """Every address, form and service of the web process, in a process of its own."""
    script = """
import sys
import django
django.setup()
import curation.wsgi, curation.urls
import curation.tasks, training.tasks  # of the parent of a worker's pool
from curation.services.runs import request, config, presets, draft
from curation.models import Run
for kind in ("train", "distill", "soup", "evaluate"):
    config.checked(kind, {})
config.checked("encode", {"kind": "triplet"})
for preset in presets.PRESETS:
    presets.text_of(preset)
bad = {"tensorflow", "keras", "training.backend"} & set(sys.modules)
assert not bad, bad
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "curation.settings"},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_a_page_that_was_refused_loses_nothing(release: Release, as_role: AsRole) -> None:
    client, url = as_role("lead"), reverse("run_new")
    typed = "# by hand\nepochs = 0\n[build]\nwidth = 4\n"
    sent = {"release": "first", "preset": "small", "name": "mine", "config": typed, "step": "check"}
    sent |= {"was-preset": "small", "epochs": "0", "was-epochs": "0", "width": "4", "was-width": "4"}
    answer = client.post(url, sent)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "epochs must be a whole number, at least 1, got 0" in page and "# by hand" in page
    assert not Run.objects.exists()
    # A field that was changed goes into the text, and nothing else of it moves.
    fixed = client.post(url, sent | {"epochs": "7", "was-epochs": "0"})
    page = fixed.content.decode()
    assert fixed.status_code == 200 and "# by hand\nepochs = 7\n[build]" in page
    assert "Start mine" in page and "learns from 9 pictures and is chosen on 6" in page
    # Back to the page with all of it.
    back = client.post(url, sent | {"step": "edit", "epochs": "7", "was-epochs": "0"}).content.decode()
    assert "# by hand\nepochs = 7" in back and 'value="mine"' in back
    # What is no TOML stays as it was typed.
    broken = client.post(url, sent | {"config": "epochs = = 3"})
    assert broken.status_code == 400 and "epochs = = 3" in broken.content.decode()
    assert "is not TOML" in broken.content.decode()


def test_a_model_must_be_chosen_where_one_is_needed(
    release: Release, as_role: AsRole, tiny: MakeModel
) -> None:
    client, url = as_role("lead"), reverse("run_new")
    model: ModelVersion = tiny()
    page = text(client, f"{url}?preset=from&model={model.name}&release=first")
    # The stages are those of the model itself.
    assert "unfreeze_after = &quot;convNeXt3_downSample_layerNormalization&quot;" in page
    sent = {"release": "first", "preset": "from", "name": "tuned", "config": "epochs = 2", "step": "start"}
    sent |= {"was-preset": "from"}
    answer = client.post(url, sent)
    assert answer.status_code == 400 and "Choose the model to begin with" in answer.content.decode()
    answer = client.post(url, sent | {"model": model.name, "was-model": model.name})
    assert answer.status_code == 302
    run = Run.objects.get(name="tuned")
    assert (run.started_from, run.config, run.kind) == (model, {"epochs": 2}, "train")


def _toml(config: dict[str, Any]) -> str:
    from curation.services.runs.toml_text import to_toml

    return to_toml(config)
