"""Flagged and disputed pictures, one after the other, for whoever settles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from curation.forms.adjudicate import AsideFilter
from curation.models import Candidate, LabelClass, Project, Role, User
from curation.selectors import adjudicate as waiting
from curation.selectors.adjudicate_picture import RELATED, case
from curation.selectors.queue import classes_of
from curation.services.adjudicate import may_adjudicate, stamp
from curation.views.access import needs, person
from curation.views.adjudicate_keys import key_rows, setup
from curation.views.projects import whole

BEFORE, AFTER = 2, 9  # how many of the list are shown around the picture
PER_PAGE = 60


@require_safe
@needs(Role.CURATOR)
@ensure_csrf_cookie
def page(request: HttpRequest, key: str) -> HttpResponse:
    """One picture (?picture=ID; ?after=ID: the next one; ?again=ID: one that is settled), or ?view=list."""
    project, user = to_settle(request, key), person(request)
    classes = classes_of(project)
    everything = waiting.set_aside(project)
    form = aside_filter(request.GET, everything, classes)
    asked = form.asked()
    counts = waiting.counts(project, asked)
    form.count(counts)
    rows = waiting.narrowed(everything, asked)
    context: dict[str, Any] = {
        "project": project,
        "classes": classes,
        "form": form,
        "reasons": form.reasons(counts),
        "query": form.query(),
        "last": waiting.last_settlement(user, project),
    }
    status = 200 if form.is_valid() else 422
    if request.GET.get("view") == "list":
        context["page"] = Paginator(waiting.shown(rows), PER_PAGE).get_page(request.GET.get("page"))
        context["query"] = form.query(view="list")
        return render(request, "adjudicate/list.html", context, status=status)
    context |= _around(project, rows, classes, request)
    if "candidate" not in context:
        return render(request, "adjudicate/empty.html", context, status=status)
    keys = setup(user, project, classes)
    context |= {"setup": keys, "key_rows": key_rows(keys["keys"])}
    return render(request, "adjudicate/page.html", context, status=status)


def to_settle(request: HttpRequest, key: str) -> Project:
    """The project, for whoever its policy lets settle pictures; others get 403."""
    project = get_object_or_404(Project.objects.select_related("guideline"), key=key)
    must_settle(person(request), project)
    return project


def must_settle(user: User, project: Project) -> None:
    """Raises PermissionDenied for whom the policy of the project does not let settle its pictures."""
    if not may_adjudicate(user, project):
        who = project.get_adjudicators_display()
        raise PermissionDenied(
            _("Pictures of %(project)s are settled by: %(who)s.") % {"project": project, "who": who}
        )


def aside_filter(
    asked: Mapping[str, Any], rows: QuerySet[Candidate], classes: Sequence[LabelClass]
) -> AsideFilter:
    """The filter in the address; it offers the sources and people that there are among `rows`."""
    return AsideFilter(
        asked, classes=classes, sources=waiting.sources_of(rows), people=waiting.people_of(rows)
    )


def _around(
    project: Project, rows: QuerySet[Candidate], classes: Sequence[LabelClass], request: HttpRequest
) -> dict[str, Any]:
    """The picture asked for, and its place among the others."""
    asked, after, again = (whole(request.GET.get(name)) for name in ("picture", "after", "again"))
    if again is not None and waiting.settled(project, again).exists():
        return _shown(project, again, classes)
    ids = list(rows.values_list("pk", flat=True))
    found: dict[str, Any] = {"total": len(ids)}
    if asked is not None and asked not in ids:
        related = project.candidates.select_related("image", "label", "decision__by")
        found["elsewhere"] = related.filter(pk=asked).first()
        after = asked
    if not ids:
        return found
    # After the last one the first is next: it was left for later.
    current = asked if asked in ids else next((pk for pk in ids if after is not None and pk > after), ids[0])
    assert current is not None
    return found | _shown(project, current, classes) | _place(rows, ids, current)


def _shown(project: Project, pk: int, classes: Sequence[LabelClass]) -> dict[str, Any]:
    candidate = project.candidates.select_related(*RELATED).get(pk=pk)
    return {"candidate": candidate, "case": case(candidate, classes), "seen": stamp(candidate)}


def _place(rows: QuerySet[Candidate], ids: list[int], current: int) -> dict[str, Any]:
    place = ids.index(current)
    others = len(ids) > 1
    return {
        "near": waiting.shown(rows.filter(pk__in=ids[max(0, place - BEFORE) : place + AFTER])),
        "place": place + 1,
        "following": ids[(place + 1) % len(ids)] if others else None,
        "preceding": ids[place - 1] if others else None,
    }
