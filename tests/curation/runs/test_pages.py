"""The pages of runs, models and evaluations: who may, what they show, how many queries they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Evaluation, Job, ModelVersion, Release, Role, Run
from curation.services.jobs import workers
from tests.curation.conftest import AsRole
from tests.curation.releases.conftest import text
from tests.curation.runs.conftest import MakeRun
from tests.factories import make_model
from tests.run_rows import CLASSES, metrics

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}
MakeEvaluation = Callable[..., Evaluation]


@pytest.fixture(autouse=True)
def awake() -> None:
    workers.note_alive("celery@tests")


@pytest.fixture
def made(make_run: MakeRun) -> tuple[Run, ModelVersion]:
    run = make_run()
    model = make_model(CLASSES, name=run.name)
    model.run, model.training_release, model.metrics = run, run.release, {"validate_macro_f1": 0.75}
    model.save()
    return run, model


def test_who_may_see_and_do_what(
    as_role: AsRole, made: tuple[Run, ModelVersion], make_run: MakeRun, make_evaluation: MakeEvaluation
) -> None:
    run, model = made
    running, failed = make_run("goes-on", "running"), make_run("broken", "failed")
    evaluation = make_evaluation(model)
    pages = [
        reverse("runs"),
        reverse("project_runs", args=[run.project.key]),
        reverse("run", args=[run.name]),
        reverse("run_file", args=[run.name, "metrics.jsonl"]),
        reverse("model", args=[model.name]),
        reverse("evaluation", args=[evaluation.pk]),
        reverse("evaluation_file", args=[evaluation.pk, "json"]),
    ]
    acts: list[tuple[str, dict[str, str]]] = [
        (reverse("run_cancel", args=[running.name]), {}),
        (reverse("run_resume", args=[failed.name]), {}),
        (reverse("run_soup", args=[run.name]), {}),
        (reverse("model_evaluate", args=[model.name]), {"release": "first", "split": "validate"}),
        (reverse("run_new"), {"step": "start"}),
    ]
    for role in ["", *Role.values]:
        client = as_role(role)
        for url in pages:
            assert client.get(url).status_code == (200 if role else 302), f"{role} at {url}"
        may = bool(role) and Role(role).rank >= Role.LEAD.rank
        expected = 302 if not role else 200 if may else 403
        assert client.get(reverse("run_new")).status_code == expected, role
        page = text(client, reverse("run", args=[run.name])) if role else ""
        assert (reverse("run_soup", args=[run.name]) in page) == may
        assert (reverse("model_evaluate", args=[model.name]) in page) == may
        for url, data in acts:
            status = client.post(url, data).status_code
            if not role:
                assert status == 302
            elif may:
                assert status in (302, 400), f"{role} at {url}"
            else:
                assert status == 403, f"{role} at {url}"
            assert client.get(url).status_code in (200, 302, 403, 405)


@pytest.mark.parametrize(
    "url",
    ["/training/none/", "/projects/none/training/", "/models/none/", "/evaluations/9999/",
     "/training/none/files/config.json", "/evaluations/9999/evaluation.json"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(as_role: AsRole, url: str) -> None:
    assert as_role("admin").get(url).status_code == 404


@pytest.mark.parametrize("act", ["cancel", "resume", "soup", "evaluate"])
def test_acts_on_what_is_not_there_are_not_found(as_role: AsRole, act: str) -> None:
    place = "models" if act == "evaluate" else "training"
    assert as_role("lead").post(f"/{place}/none/{act}/").status_code == 404


def test_only_files_of_the_folder_are_sent(
    as_role: AsRole, made: tuple[Run, ModelVersion], settings: Any
) -> None:
    run, _model = made
    client = as_role("reader")
    (settings.RUNS_DIR / "outside.txt").write_text("secret")
    (settings.RUNS_DIR / run.folder / "link.txt").symlink_to(settings.RUNS_DIR / "outside.txt")
    (settings.RUNS_DIR / run.folder / "away").symlink_to(settings.RUNS_DIR)
    for name in (
        "../outside.txt",
        "link.txt",
        "away/outside.txt",
        "state/secret.npz",
        "none",
        ".lock",
        "checkpoints",
    ):
        assert client.get(f"/training/{run.name}/files/{name}").status_code == 404, name
    found = client.get(reverse("run_file", args=[run.name, "checkpoints/01-0001.npz"]))
    assert b"".join(found.streaming_content) == b"weights"  # type: ignore[arg-type]
    assert found["Content-Disposition"] == 'attachment; filename="01-0001.npz"'


def test_lists_take_as_many_queries_for_many_runs(
    as_role: AsRole, make_run: MakeRun, made: tuple[Run, ModelVersion], make_evaluation: MakeEvaluation
) -> None:
    client = as_role("lead")
    run, model = made
    make_run("goes-on", "running", parent=run)
    make_evaluation(model)

    def queries(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    urls = [reverse("runs"), reverse("run", args=[run.name]), reverse("model", args=[model.name])]
    before = [queries(url) for url in urls]
    for number in range(8):
        one = make_run(f"more-{number}", "running" if number % 2 else "done", parent=run)
        other = make_model(CLASSES, name=f"more-{number}")
        other.run, other.training_release = one, one.release
        other.save()
        make_evaluation(model)
    assert [queries(url) for url in urls] == before


def test_the_list_says_what_stands_how(as_role: AsRole, make_run: MakeRun, release: Release) -> None:
    client = as_role("reader")
    empty = text(client, reverse("runs"))
    assert "No run has been started yet" in empty and "/training/new/" not in empty
    assert "/training/new/" in text(as_role("lead"), reverse("runs"))
    make_run("goes-on", "running")
    make_run("ended", "done")
    page = text(client, reverse("runs"))
    assert 'hx-trigger="every 3s"' in page and 'value="0.4000"' in page
    assert "81.67 %" in page  # 1 - 1.1 / 6, the best of both
    # Without anything that goes on, it is asked for no more.
    Job.objects.update(state="done", lease=None)
    assert client.get(reverse("runs"), **HTMX).status_code == 286


def test_without_a_release_the_list_says_what_to_do_first(as_role: AsRole) -> None:
    page = text(as_role("lead"), reverse("runs"))
    assert "There is nothing to train on yet" in page and reverse("freeze_start") in page
    assert as_role("lead").get(reverse("run_new")).status_code == 302


def test_a_run_is_followed_until_it_ends(as_role: AsRole, make_run: MakeRun) -> None:
    client = as_role("reader")
    run = make_run("goes-on", "running")
    url = reverse("run", args=[run.name])
    page = text(client, url)
    assert f'hx-get="{url}?seen=running"' in page and "js/runs.js" in page
    part = client.get(f"{url}?seen=running", **HTMX)
    assert part.status_code == 200 and b'id="curves"' in part.content and b"<html" not in part.content
    run.job.state, run.job.lease = "done", None
    run.job.save()
    # What has another state needs other buttons: the page comes anew, and then asks for nothing.
    assert client.get(f"{url}?seen=running", **HTMX)["HX-Refresh"] == "true"
    assert client.get(f"{url}?seen=done", **HTMX).status_code == 286
    assert "hx-get" not in text(client, url).split('id="live"')[1]


def test_a_run_that_measures_ends_on_the_page_of_what_it_found(
    as_role: AsRole, made: tuple[Run, ModelVersion], make_evaluation: MakeEvaluation
) -> None:
    found = make_evaluation(made[1])
    client, url = as_role("reader"), reverse("run", args=[found.run.name])
    assert client.get(url)["Location"] == reverse("evaluation", args=[found.pk])
    assert client.get(f"{url}?seen=running", **HTMX)["HX-Refresh"] == "true"


def test_no_page_has_inline_scripts(
    as_role: AsRole, made: tuple[Run, ModelVersion], make_evaluation: MakeEvaluation
) -> None:
    run, model = made
    evaluation = make_evaluation(model)
    client = as_role("lead")
    for url in (
        reverse("run", args=[run.name]),
        reverse("model", args=[model.name]),
        reverse("evaluation", args=[evaluation.pk]),
        reverse("run_new"),
    ):
        page = text(client, url)
        for script in page.split("<script")[1:]:
            tag = script.split(">", 1)[0]
            assert "src=" in tag or 'type="application/json"' in tag, f"{url}: {tag}"
        assert " onclick" not in page and "<style" not in page


def test_how_often_a_test_split_was_looked_at_stands_beside_its_figures(
    as_role: AsRole, made: tuple[Run, ModelVersion], make_evaluation: MakeEvaluation
) -> None:
    run, model = made
    client = as_role("lead")
    assert "has not been looked at so far" in text(client, reverse("run", args=[run.name]))
    first = make_evaluation(model)
    assert "the only look at the test split" in text(client, reverse("evaluation", args=[first.pk]))
    make_evaluation(model)
    make_evaluation(model, "validate")
    page = text(client, reverse("evaluation", args=[first.pk]))
    assert "was looked at 2 times so far" in page and "91.43 %" in page and "80.00 % to 99.00 %" in page
    assert "/releases/first/members/?category=class-a&amp;split=test" in page
    assert "/releases/first/members/?source=S0&amp;split=test" in page
    assert "was looked at 2 times so far" in text(client, reverse("run", args=[run.name]))


def test_curves_are_thinned_but_keep_what_matters(make_run: MakeRun) -> None:
    from curation.selectors import runs as rows

    many = metrics(1500, 2)
    many[777]["val_macro_f1"] = 2.0
    run = make_run("long", metrics=many)
    found = rows.curves(run)
    assert len(found["step"]) <= rows.MOST_POINTS + 3
    assert found["stages"] == [{"step": 1, "stage": 1}, {"step": 1501, "stage": 2}]
    assert {1, 778, 1501, 3000} <= set(found["step"])
    assert len(found["val_loss"]) == len(found["step"])


def test_other_runs_stand_beside_it(as_role: AsRole, make_run: MakeRun) -> None:
    for name in ("one", "two", "three", "four", "five"):
        make_run(name)
    page = text(as_role("reader"), "/training/one/?with=two&with=three&with=four&with=five&with=none")
    beside = page.split('id="beside"')[1].split("</script>")[0]
    assert [f'"name": "{name}"' in beside for name in ("two", "three", "four", "five")].count(True) == 3


def test_lineage(as_role: AsRole, make_run: MakeRun, made: tuple[Run, ModelVersion]) -> None:
    run, model = made
    brought = make_model(CLASSES, name="brought")
    Run.objects.filter(pk=run.pk).update(started_from=brought)
    soup = make_run("soup", kind="soup", parent=run)
    last = make_model(CLASSES, name="soup")
    last.run = soup
    last.save()
    page = text(as_role("reader"), reverse("model", args=["soup"]))
    line = page.split('class="lineage"')[1].split("</ol>")[0]
    places = [line.index(f">{name}<") for name in ("brought", run.name, "soup")]
    assert places == sorted(places)
    assert ">soup<" in text(as_role("reader"), reverse("model", args=[model.name]))


def test_signed_in(client: Client) -> None:
    assert client.get(reverse("runs")).status_code == 302
