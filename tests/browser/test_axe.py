"""Every page of the site that an address leads to, in both themes: nothing serious that axe finds.

The addresses come from the URL configuration, so a new page is looked at as soon as it is there; one whose
arguments are not known here fails the test, with its name.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page

from curation.models import (
    Evaluation,
    Export,
    Image,
    Job,
    Release,
    Run,
    Screening,
    SourceRule,
    User,
    Webhook,
)
from curation.services import assignments, invitations
from curation.services.audit import record
from curation.services.freeze import freeze
from curation.services.labels import uploaded
from curation.services.licences import texts_for
from curation.services.release_page import set_public
from curation.services.review import NewVote, record_votes
from tests.factories import (
    make_candidate,
    make_decided,
    make_model,
    make_prediction,
    make_project,
    make_user,
)
from tests.run_rows import metrics, report, write_folder

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PARTS = 4  # tests: a hundred pages take minutes
WORST = {"serious", "critical"}
# Files, parts of pages, addresses that only take what is sent to them, and the API.
NO_PAGE = {
    *("readyz", "metrics"),
    *("sign_in_code", "oidc_start", "oidc_callback"),  # steps of signing in: test_sign_in.py looks at them
    *("screening_heatmap", "screening_tiles"),
    *("logout", "healthz", "picture", "upload_file", "batch_tsv", "sources_tsv", "audit_tsv", "manifest"),
    *("export_new", "export_verify", "export_bundle", "export_file", "job_cancel", "job_resume"),
    *("preclassify", "duplicates_rule", "guidelines_pictures"),
    *("agreement_measure", "gold_make", "gold_change", "adjudicate", "send_back", "adjudicate_undo"),
    *("public_picture", "signed_picture", "public_file", "public_bundle", "public_citation"),
    *("js_messages", "language", "issue", "issue_open", "issues_close"),
    *("run_cancel", "run_resume", "run_soup", "run_file", "model_evaluate", "evaluation_file"),
    *("map_points", "map_groups", "map_picture", "map_chosen", "representation_start", "doubts_send"),
    *("tags_add", "tags_remove", "tags_rename", "tags_delete"),
    *("dashboards_csv", "dashboard_project_csv", "dashboard_class_csv", "dashboard_source_csv"),
    *("dashboard_batch_csv", "dashboard_reviewer_csv", "dashboard_model_csv", "dashboard_card_file"),
    *("release_report_table", "release_left_out_tsv", "release_diff_file", "labels_file", "labels_package"),
}


def names(patterns: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """Name of each address and what it is made of."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name and not pattern.name.startswith("api_"):
            yield pattern.name, list(getattr(pattern.pattern, "converters", {}))


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", username="ada", first_name="Ada Admin")


@pytest.fixture
def places(admin: User, picture_of: Callable[[int], Image]) -> list[str]:
    """An address of every page, on a site that has something of everything."""
    project = make_project(
        classes=17, key="sheets", title="Sheets", question="What is it?", guidelines="Look."
    )
    classes = list(project.classes.order_by("index"))
    model = make_model([label.name for label in classes])
    pictures = [picture_of(number) for number in range(4)]
    rows = [make_candidate(project, picture) for picture in pictures]
    for row in rows:
        make_prediction(row, model, [0.84] + [0.01] * 16)
    answers: list[dict[str, Any]] = [
        {"kind": "label", "label": "B"},
        {"kind": "flag", "reason": "blurred"},
        {"kind": "label", "label": "C"},
    ]
    for row, answer in zip(rows[1:], answers, strict=True):
        record_votes(admin, [NewVote(id=uuid.uuid4(), candidate=row.pk, **answer)])
    assignments.assign(admin, admin, project, label=classes[0])
    record(admin, "policy.change", "sheets", project=project, before={"order": "a"}, after={"order": "b"})
    _, token = invitations.create(admin, role="curator", note="Somebody", project=project)
    small = make_project(classes=1, key="small", title="Small")
    for number in range(4, 7):
        make_decided(small, small.classes.get(), admin, picture_of(number))
    release = freeze(small, seed=1, created_by=admin)
    set_public(admin, release, True)
    job = Job.objects.create(kind="export", title="Export", created_by=admin)
    evaluation = measured(release, admin)
    rule = SourceRule.objects.create(institution_code="HERB", source=pictures[0].source, created_by=admin)
    Image.objects.filter(pk=pictures[1].pk).update(group=pictures[0].group)
    said = {"completed_by": "ada", "result": [{"type": "choices", "value": {"choices": ["none-such"]}}]}
    studio = json.dumps([{"data": {"sha256": pictures[0].sha256}, "annotations": [said]}]).encode()
    screening = screened(admin, picture_of(7))
    sheet = {"key": screening.project.key, "pk": screening.pk}
    by_name: dict[str, dict[str, Any]] = {
        "condition": sheet,
        "condition_start": sheet,
        "screening": sheet,
        "screening_sheets": sheet,
        "screening_worklist": sheet,
        "screening_sheet": sheet | {"sha256": screening.scores.get().candidate.image.sha256},
        "labels_import_check": {"upload": uploaded.keep(project, "t.json", len(studio), [studio])},
        "batch": {"pk": pictures[0].batch_id},
        "discussion": {"pk": rows[2].pk},
        "batch_undo": {"pk": pictures[0].batch_id},
        "webhook": {
            "pk": Webhook.objects.create(
                url="https://a.example/", events=["release.frozen"], salt="s", created_by=admin
            ).pk
        },
        "reference_group": {"slug": "jobs"},
        "dashboard_batch": {"pk": pictures[0].batch_id},
        "dashboard_model": {"name": evaluation.model.name},
        "job": {"pk": job.pk},
        "run": {"name": evaluation.model.name},
        "model": {"name": evaluation.model.name},
        "evaluation": {"pk": evaluation.pk},
        "evaluation_pictures": {"pk": evaluation.pk},
        "licence_text": {"pk": texts_for(["CC0"])["CC0"].pk},
        "source_rule": {"pk": rule.pk},
        "source_rule_remove": {"pk": rule.pk},
        "export": {"pk": Export.objects.create(release=release, format="dryad", job=job).pk},
        "duplicate_group": {"name": pictures[0].group},
        "release": {"name": release.name},
        "release_members": {"name": release.name},
        "crosstab": {"name": release.name, "form": "html"},
        "release_report": {"name": release.name},
        "release_left_out": {"name": release.name},
        "release_page": {"name": release.name},
        "release_page_open": {"name": release.name},
        "release_page_close": {"name": release.name},
        "release_page_preview": {"name": release.name},
        "public_release": {"name": release.name},
    }
    known = {
        "key": "sheets",
        "slug": classes[0].slug,
        "sha256": pictures[0].sha256,
        "username": "ada",
        "code": pictures[0].source.code,
        "token": token,
    }
    found = []
    for name, arguments in names(get_resolver().url_patterns):
        if name not in NO_PAGE:
            values = known | by_name.get(name, {})
            missing = [argument for argument in arguments if argument not in values]
            assert not missing, f"{name} needs {missing}: say above which one, or that it is no page"
            found.append(reverse(name, kwargs={argument: values[argument] for argument in arguments}))
    # The same address, with two releases chosen.
    return [*found, f"{reverse('release_diff')}?a={release.name}&b={release.name}"]


def screened(user: User, image: Image) -> Screening:
    """A project on condition whose one sheet looks contaminated; its heat map is gone."""
    project = make_project(classes=2, key="mercury", title="Mercury", kind="condition")
    tiles = make_model(["Class A", "Class B"], name="tiles")
    tiles.kind = tiles.Kind.TILES
    tiles.save()
    job = Job.objects.create(kind="screen", title="Screening", state="done", created_by=user)
    found = Screening.objects.create(
        project=project,
        tile_model=tiles,
        job=job,
        folder="mercury-1",
        facts={"sheets": 1, "unreadable": 0, "blank": 0, "tiling": {"size": 128}},
    )
    found.scores.create(
        candidate=make_decided(project, project.classes.get(index=1), user, image),
        **{"sound_mean": 0.2, "condition_share": 0.9, "condition_max": 0.99, "tiles": 40, "entropy": 6.1},
    )
    return found


def measured(release: Release, user: User) -> Evaluation:
    """A run that has made a model, and another that has measured it."""
    names = list(release.project.classes.values_list("name", flat=True))

    def run(kind: str, **fields: Any) -> Run:
        name = f"a-{kind}"
        folder = Path(settings.RUNS_DIR) / name
        if not folder.exists():
            write_folder(folder, metrics(4, 2))
        done = Job.objects.create(kind=kind, title=name, state="done", finished_at=timezone.now())
        rest = {"project": release.project, "release": release, "data_sha256": release.manifest_sha256}
        return Run.objects.create(
            name=name, folder=name, kind=kind, job=done, created_by=user, **rest, **fields
        )

    model = make_model(names, name="a-train")
    model.run, model.training_release = run("train"), release
    model.save()
    look = run("evaluate", started_from=model)
    return Evaluation.objects.create(
        model=model, release=release, split="test", metrics=report(names), folder=look.folder, run=look
    )


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_anything_serious(
    part: int, visit: Callable[..., Page], admin: User, places: list[str]
) -> None:
    assert len(places) > 40
    stranger = visit(None, "/sign-in/")
    page = visit(admin, "/")
    problems = []
    for place in places[part::PARTS]:
        shown = stranger if place == "/sign-in/" else page
        # Addresses that only take what is sent to them are no pages.
        if shown.request.get(place).status == 405:
            continue
        response = shown.goto(place)
        assert response is not None
        if response.status != 200:
            problems.append(f"{place}: answered {response.status}")
            continue
        # The other theme differs in colours alone.
        for scheme, rules in (
            ("light", {"runOnly": WCAG}),
            ("dark", {"runOnly": {"type": "rule", "values": ["color-contrast"]}}),
        ):
            shown.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            for found in Axe().run(shown, options=rules).response["violations"]:
                if found["impact"] in WORST:
                    for node in found["nodes"]:
                        what = f"{node['target']} {node['failureSummary']}"
                        problems.append(f"{place} ({scheme}): {found['id']}: {what}")
        shown.emulate_media(color_scheme="light")
        # The policy allows no inline styles or scripts: what it kept from a page is said on its console,
        # and `visit` fails on that. Nothing hides behind a page that never asks for them.
        assert "unsafe" not in response.headers["content-security-policy"], place
    assert not problems, "\n".join(problems)
