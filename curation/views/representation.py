"""The map of a project's pictures, what is similar to one of them, and decisions in doubt."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from curation.errors import Refused
from curation.models import Candidate, FeatureSet, Job, ModelVersion, Project, Role
from curation.selectors import representation as rows
from curation.selectors.blindness import sight
from curation.selectors.jobs import JobView
from curation.selectors.pictures import Standing
from curation.selectors.tags import tags
from curation.services.representation import request as ask
from curation.services.representation.places import nearest
from curation.services.representation.send import MOST, send_doubts, waiting
from curation.services.urgent import send_these
from curation.templatetags.vasculum import picture_url
from curation.views.access import needs, person
from curation.views.jobs import wants_region
from curation.views.projects import whole

NEAREST = 24
LISTED = 200
CHOSEN = 20_000  # pictures that a choice may hold
PER_PAGE = 20
SEND = 20


def _project(key: str) -> Project:
    return get_object_or_404(Project, key=key)


@require_safe
@needs(Role.READER)
def map_page(request: HttpRequest, key: str) -> HttpResponse:
    project = _project(key)
    job = rows.under_way(project, *rows.KINDS[:2])
    if wants_region(request):
        return _region(request, job)
    sets, asked = rows.feature_sets(project), _asked(project, request.GET)
    found = asked or rows.newest(project)
    mapped = (asked if asked.map_file else None) if asked else rows.newest(project, mapped=True)
    context: dict[str, Any] = {
        "project": project,
        "found": found,
        "mapped": mapped,
        "sets": sets if len(sets) > 1 else [],
        "job": job,
        "models": rows.usable_models() if person(request).has_role(Role.LEAD) else [],
        "new": rows.new_pictures(found) if found else 0,
        "choices": rows.choices(project) if mapped else [],
        "tags": list(tags(project)) if mapped else [],
    }
    if found and mapped:
        behind = found.pictures if found != mapped else found.pictures - mapped.map_facts["pictures"]
        context["behind"] = max(0, behind)
    return render(request, "representation/map.html", context)


def _region(request: HttpRequest, job: JobView | None) -> HttpResponse:
    """What stands on the page while a job goes on; the page is loaded anew when it has ended."""
    if job is None or not job.job.is_active:
        return HttpResponseClientRefresh()
    return render(request, "representation/_job.html", {"view": job})


def _asked(project: Project, sent: QueryDict) -> FeatureSet | None:
    """The features that `features` names; None where it names none. Raises Http404 for others."""
    named = sent.get("features", "")
    if not named:
        return None
    found = [one for one in rows.feature_sets(project) if str(one.pk) == named]
    if not found:
        raise Http404(_("This project has no such features."))
    return found[0]


@require_safe
@needs(Role.READER)
def map_points(request: HttpRequest, key: str) -> HttpResponse:
    """float32 x, float32 y, uint32 id of the candidate for each picture, little-endian.

    An address that names the map (`map`, its SHA-256) is that of these bytes for good: browsers keep it.
    """
    project = _project(key)
    found = _asked(project, request.GET) or rows.newest(project, mapped=True)
    if found is None or not found.map_file:
        raise Http404(_("This project has no map yet."))
    named = request.GET.get("map", "")
    if named and named != found.map_sha256:
        raise Http404(_("The map was drawn anew meanwhile. Load the page again."))
    etag = f'"{found.map_sha256}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            content = rows.points(found).tobytes()
        except (OSError, ValueError) as error:
            raise Http404(_("The file of the map is gone; draw it again.")) from error
        response = HttpResponse(content, content_type="application/octet-stream")
    response["ETag"] = etag
    response["Cache-Control"] = f"private, {'max-age=31536000, immutable' if named else 'no-cache'}"
    return response


@require_safe
@needs(Role.READER)
def map_groups(request: HttpRequest, key: str, by: str) -> HttpResponse:
    """A line of JSON (map, names, colours, counts), then one byte for each point of the map."""
    project = _project(key)
    found = _asked(project, request.GET) or rows.newest(project, mapped=True)
    try:
        groups = rows.groups(project, by, rows.points(found)["id"]) if found and found.map_file else None
    except (OSError, ValueError) as error:
        raise Http404(_("The file of the map is gone; draw it again.")) from error
    if found is None or groups is None:
        raise Http404(_("The map cannot be coloured by this."))
    head = {
        "map": found.map_sha256,
        "names": groups.names,
        "colours": groups.colours,
        "counts": groups.counts,
    }
    content = json.dumps(head).encode() + b"\n" + groups.codes.tobytes()
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@needs(Role.READER)
def map_picture(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """What the map shows of a picture under the pointer."""
    found = rows.with_pictures(_project(key), [pk])
    if not found:
        raise Http404(_("This picture is not in the project any more."))
    [candidate] = found
    image = candidate.image
    return JsonResponse(
        {
            "title": image.title,
            "thumb": picture_url(image, "thumb"),
            "page": reverse("image", args=[image.sha256]),
            "source": image.source.name,
            "label": candidate.label.name if candidate.label else "",
            "guess": candidate.guess.name if candidate.guess else "",
            "state": candidate.get_state_display(),
        }
    )


@require_POST
@needs(Role.READER)
def map_chosen(request: HttpRequest, key: str) -> HttpResponse:
    """The pictures chosen on a map as a list; with `send`, first to the front of review."""
    project = _project(key)
    ids = chosen_ids(request.POST.get("ids", ""))
    if request.POST.get("send"):
        try:
            sent = send_these(project, ids, person(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(
                request,
                ngettext(
                    "%(n)s open picture was sent to the front of review.",
                    "%(n)s open pictures were sent to the front of review.",
                    sent,
                )
                % {"n": f"{sent:,}"},
            )
    shown = rows.with_pictures(project, ids[:LISTED])
    states = Counter(
        Candidate.objects.filter(project=project, pk__in=ids).order_by().values_list("state", flat=True)
    )
    context = {
        "project": project,
        "ids": ",".join(map(str, ids)),
        "count": sum(states.values()),
        "open": states[Candidate.State.OPEN],
        "states": [(words, states[value]) for value, words in Candidate.State.choices if states[value]],
        "shown": shown,
    }
    return render(request, "representation/chosen.html", context)


def chosen_ids(text: str) -> list[int]:
    """The candidates that a form names, each once. Raises BadRequest for anything else than numbers."""
    parts = text.split(",") if text else []
    if len(parts) > CHOSEN or not all(part.isascii() and part.isdigit() and len(part) < 11 for part in parts):
        raise BadRequest(
            _("ids must be at most %(most)s numbers with commas between them.") % {"most": f"{CHOSEN:,}"}
        )
    return sorted({int(part) for part in parts})


@require_POST
@needs(Role.LEAD)
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Start a job: `what` is features (with `model`: MODEL or MODEL/LAYER), map or doubts (of `features`,
    else of the newest)."""
    project, user = _project(key), person(request)
    what = request.POST.get("what", "")
    asked = _asked(project, request.POST)
    back = redirect("doubts" if request.POST.get("back") == "doubts" else "map", key=key)
    if asked and back.url == reverse("map", args=[key]):
        back = redirect(f"{back.url}?features={asked.pk}")
    found = asked or rows.newest(project)
    try:
        if what == "features":
            name, _slash, layer = request.POST.get("model", "").replace("\0", "").partition("/")
            ask.request_features(project, get_object_or_404(ModelVersion, name=name), user, layer)
        elif what == "map" and found:
            ask.request_map(found, user)
        elif what == "doubts" and found:
            ask.request_doubts(found, user)
        else:
            raise BadRequest(_("what must be features, or with features map or doubts."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return back


@require_safe
@needs(Role.READER)
def similar(request: HttpRequest, key: str, sha256: str) -> HttpResponse:
    """The pictures of the project whose features are nearest to those of this one."""
    project = _project(key)
    wanted = project.candidates.select_related("project", "gold", "image__source", "label")
    candidate = get_object_or_404(wanted, image__sha256=sha256)
    found = rows.newest(project)
    context: dict[str, Any] = {"project": project, "found": found, "image": candidate.image}
    context["standing"] = Standing(candidate, sight=sight(person(request), candidate))
    if found is not None:
        try:
            near = nearest(found, candidate.pk, NEAREST)
        except Refused as refusal:
            messages.error(request, refusal.message)
            near = None
        distances = dict(near or [])
        shown = rows.with_pictures(project, list(distances))
        context |= {"known": near is not None, "near": [(one, distances[one.pk]) for one in shown]}
    return render(request, "representation/similar.html", context)


@require_safe
@needs(Role.LEAD)
def doubts(request: HttpRequest, key: str) -> HttpResponse:
    """The ranking of the last search, each decision with what speaks against it."""
    project = _project(key)
    job = rows.under_way(project, Job.Kind.DOUBTS)
    if wants_region(request):
        return _region(request, job)
    last = rows.latest_search(project)
    context: dict[str, Any] = {
        "project": project,
        "found": rows.newest(project),
        "job": job,
        "search": last,
        "precision": rows.precision(project),
        "most": MOST,
    }
    if last is not None:
        page = Paginator(rows.doubts_of(last), PER_PAGE).get_page(request.GET.get("page"))
        context["page"] = page
        context["views"] = rows.doubt_views(project, list(page.object_list))
        left = waiting(project, last)
        context["waiting"] = count = left.count()
        context["send"] = min(SEND, left.filter(flagged=True).count() or count)
    return render(request, "representation/doubts.html", context)


@require_POST
@needs(Role.LEAD)
def doubts_send(request: HttpRequest, key: str) -> HttpResponse:
    project = _project(key)
    last = rows.latest_search(project)
    if last is None:
        raise Http404(_("Nothing was searched for yet."))
    try:
        sent = send_doubts(project, last, whole(request.POST.get("n")) or 0, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request,
            ngettext(
                "%(n)s decision was sent to review as an issue.",
                "%(n)s decisions were sent to review as issues.",
                sent,
            )
            % {"n": sent},
        )
    return redirect("doubts", key=key)
