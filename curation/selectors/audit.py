"""The audit rows that somebody may read, narrowed by an address, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from curation.models import AuditEntry, Role, User
from curation.selectors import tsv

PAGE = 50
HEADER = ("id", "at", "actor", "action", "project", "subject", "detail")
BEFORE = ("before", "was")
AFTER = ("after", "now")


def entries(viewer: User, asked: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """Newest first. Admins see every row, leads those that belong to a project.

    asked: actor (a user), action (its beginning), project, subject (part of it), since and until (dates, both
    included); what is missing or empty asks nothing.
    """
    rows = AuditEntry.objects.select_related("actor", "project").order_by("-id")
    if not viewer.has_role(Role.ADMIN):
        rows = rows.filter(project__isnull=False)
    if actor := asked.get("actor"):
        rows = rows.filter(actor=actor)
    if action := asked.get("action"):
        rows = rows.filter(action__startswith=action)
    if project := asked.get("project"):
        rows = rows.filter(project=project)
    if subject := asked.get("subject"):
        rows = rows.filter(subject__icontains=subject)
    if since := asked.get("since"):
        rows = rows.filter(at__date__gte=since)
    if until := asked.get("until"):
        rows = rows.filter(at__date__lte=until)
    return rows


def actions() -> list[str]:
    """Every action there is a row of."""
    return list(AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[AuditEntry]
    older: int | None  # the cursor that leads on
    first: bool


def page(rows: QuerySet[AuditEntry], before: int | None) -> Page:
    """The next rows with ids below `before`: new rows never move what is on a page."""
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None, before is None)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a detail: what it is, and its value or what it was and is now."""

    name: str
    before: str
    after: str
    changed: bool


def facts(detail: Mapping[str, Any]) -> list[Fact]:
    """A detail to be read: pairs of before and after as changes, name by name where they are tables."""
    rest = dict(detail)
    found = []
    for was, now in zip(BEFORE, AFTER, strict=True):
        if was in rest and now in rest:
            found += _change(rest.pop(was), rest.pop(now))
    for name, value in rest.items():
        if isinstance(value, dict) and set(value) == {"before", "after"}:
            found.append(_pair(name, value["before"], value["after"]))
        else:
            found.append(Fact(name, "", text(value), changed=False))
    return found


def _change(was: Any, now: Any) -> list[Fact]:
    if isinstance(was, dict) and isinstance(now, dict):
        names = dict.fromkeys([*was, *now])
        return [_pair(name, was.get(name), now.get(name)) for name in names if was.get(name) != now.get(name)]
    return [_pair("", was, now)]


def _pair(name: str, was: Any, now: Any) -> Fact:
    return Fact(name, text(was), text(now), changed=True)


def text(value: Any) -> str:
    """A value in a line; a dash where there is none."""
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def tsv_lines(rows: QuerySet[AuditEntry]) -> Iterator[str]:
    """The rows as TSV with a header."""
    yield tsv.line(HEADER)
    for row in rows.iterator(1000):
        cells = (
            *(row.pk, row.at.isoformat(), row.actor.username if row.actor else ""),
            *(row.action, row.project.key if row.project else "", row.subject),
            json.dumps(row.detail, ensure_ascii=False),
        )
        yield tsv.line(cells)
