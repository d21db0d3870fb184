"""The links of the top bar: what this person may see, and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from curation.models import Project, Role, User


@dataclass(frozen=True)
class Item:
    name: str
    url: str
    current: bool


ISSUES = {"issues", "issues_close", "discussion", "for_you"}
DUPLICATES = {"duplicates", "duplicate_group", "duplicates_rule", "near_pairs"}
REPORTS = {"release_report", "release_left_out", "release_diff", "crosstab"}
MODELS = {"runs", "run", "run_new", "project_runs", "models", "model", "evaluation"}
SCREENINGS = {"condition", "screening", "screening_sheets", "screening_sheet", "screening_worklist"}
FIGURES = {
    *("dashboards", "dashboard_project", "dashboard_class", "dashboard_source", "dashboard_batch"),
    *("dashboard_reviewer", "dashboard_model", "dashboard_records", "dashboard_card"),
    *("dashboard_pictures", "dashboard_votes"),
}
MAPS = {"map", "map_chosen", "similar", "doubts", "outliers", "tags"}
PAGE = {"release_page", "release_page_open", "release_page_close"}
ABOUT_PROJECT = {"guidelines", "guidelines_edit", "guidelines_send_back", "label_class", "policy"}
# Name, address name, the role it needs, and the address names that belong under it.
PLACES = [
    (
        gettext_lazy("Home"),
        "home",
        Role.READER,
        {"home", "project", "project_new", "candidates", "image", *ABOUT_PROJECT, *MAPS, *SCREENINGS},
    ),
    (
        gettext_lazy("Review"),
        "review",
        Role.CURATOR,
        {
            *("review", "grid", "set_aside", "adjudicate", "votes", "work", "team", "agreement", "gold"),
            *("labels", *ISSUES),
        },
    ),
    (
        gettext_lazy("Releases"),
        "releases",
        Role.READER,
        {
            "releases",
            "release",
            "freeze_start",
            "release_new",
            "release_members",
            "export_new",
            "export",
            *PAGE,
            *REPORTS,
        },
    ),
    (gettext_lazy("Models"), "models", Role.READER, MODELS),
    (gettext_lazy("Figures"), "dashboards", Role.READER, FIGURES),
    (gettext_lazy("Jobs"), "jobs", Role.READER, {"jobs", "job"}),
    (gettext_lazy("Sources"), "sources", Role.READER, {"sources", "source", "source_new", "source_edit"}),
    (gettext_lazy("Duplicates"), "duplicates", Role.LEAD, DUPLICATES),
    (
        gettext_lazy("Batches"),
        "batches",
        Role.ADMIN,
        {
            *("batches", "batch", "batch_new", "batch_undo", "hosts", *DUPLICATES),
            *("derive_corruptions", "derive_crops"),
            *("licences", "licence_text", "licence_policy"),
            *("source_rules", "source_rule", "source_rule_new", "source_rule_remove"),
        },
    ),
    (
        gettext_lazy("People"),
        "people",
        Role.ADMIN,
        {"people", "person", "person_new", "invitations", "webhooks", "webhook"},
    ),
]


def items(request: HttpRequest, project: Any = None) -> list[Item]:
    """The links for this request's person; Review leads to `project`, else to the oldest one."""
    user = request.user
    if not isinstance(user, User):
        return []
    match = request.resolver_match
    here = match.url_name if match else None
    if not isinstance(project, Project):
        project = Project.objects.order_by("id").first()
    found = []
    for name, url_name, role, under in PLACES:
        if not user.has_role(role) or (url_name == "review" and project is None):
            continue
        if url_name == "duplicates" and user.has_role(Role.ADMIN):
            continue  # admins find them under Batches, beside what else is to be settled there
        url = reverse(url_name, args=[project.key] if project and url_name == "review" else [])
        found.append(Item(str(name), url, here in under))
    return found
