"""The public page of a release, its manifest, what was left out of it, and what differs from another one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, checked_form, user_of
from curation.api.pagination import Positions
from curation.api.permissions import needs
from curation.api.releases import table_json
from curation.api.schema import parameters
from curation.api.shapes import publishing as shapes
from curation.forms.release_reports import DiffFilter, LeftOutFilter
from curation.models import Release, ReleaseLeftOut, ReleasePage, Role
from curation.selectors.release_about import page_of
from curation.selectors.release_reports import diff as diffs
from curation.selectors.release_reports import diff_tables, left_out
from curation.services.release_page import WORDS, save_page, set_public
from curation.views import releases as pages
from curation.views.releases import found

ADMIN = needs(Role.ADMIN)


class Page(APIView):
    """The words of the public page of a release."""

    permission_classes = [ADMIN]

    @extend_schema(responses=shapes.PageOut)
    def get(self, request: Request, name: str) -> Response:
        """The words of the public page of a release, and whether it is open."""
        check_names(request, ())
        return _page(request, page_of(found(name)))

    @extend_schema(request=shapes.PageChange, responses=shapes.PageOut)
    def patch(self, request: Request, name: str) -> Response:
        """Say something else on it; whether it is open stays as it is."""
        release, told = found(name), dict(body(request, shapes.PageChange))
        page = page_of(release)
        now = {word: getattr(page, word) for word in WORDS}
        return _page(request, save_page(user_of(request), release, **(now | told)))


class PageOpened(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=shapes.PageOut)
    def post(self, request: Request, name: str) -> Response:
        """Open the page to everyone: nobody needs an account to read it and to download what it offers."""
        return _page(request, set_public(user_of(request), found(name), True))


class PageClosed(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=shapes.PageOut)
    def post(self, request: Request, name: str) -> Response:
        """Close the page again."""
        return _page(request, set_public(user_of(request), found(name), False))


def _page(request: Request, page: ReleasePage) -> Response:
    address = request.build_absolute_uri(reverse("public_release", args=[page.release.name]))
    return Response(shapes.PageOut(page, context={"address": address}).data)


class Manifest(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses={(200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, "The lines.")})
    def get(self, request: Request, name: str) -> HttpResponseBase:
        """The manifest, whose SHA-256 is that of the release."""
        check_names(request, ())
        return pages.manifest(request._request, name)


class LeftOut(Listed):
    """The candidates that are not in a release, in the order of their SHA-256, and why."""

    serializer_class = shapes.LeftOutOut
    keyset = ("sha256", "pk")
    filters = tuple(LeftOutFilter.base_fields)

    @extend_schema(parameters=parameters(LeftOutFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[ReleaseLeftOut]:
        release = found(self.kwargs["name"])
        form = checked_form(LeftOutFilter(left_out.choices(release), self.request.query_params))
        return left_out.rows(release, form.asked())


SIDES = [
    OpenApiParameter("before", str, required=True, description="Name of a release."),
    OpenApiParameter("after", str, required=True, description="Name of another."),
]


def _sides(request: Request) -> tuple[Release, Release]:
    names = [request.query_params.get(side, "") for side in ("before", "after")]
    if missing := [side for side, name in zip(("before", "after"), names, strict=True) if not name]:
        raise ValidationError(dict.fromkeys(missing, ["This field is required."]))
    return found(names[0]), found(names[1])


class Difference(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(parameters=SIDES, responses=shapes.DiffOut)
    def get(self, request: Request) -> Response:
        """What differs between two releases, in numbers."""
        check_names(request, ("before", "after"))
        before, after = _sides(request)
        made = diffs.diff(before, after)
        return Response(
            {
                "before": before.name,
                "after": after.name,
                "words": diff_tables.summary(made),
                "counts": {kind: made.count(change=kind) for kind in diffs.KINDS},
                "tables": [table_json(table) for table in diff_tables.tables(made)],
            }
        )


class DifferentPictures(Listed):
    """The pictures that differ in one way between two releases, in one order that never changes."""

    serializer_class = shapes.DiffRowOut
    pagination_class = Positions
    filters = ("before", "after", *DiffFilter.base_fields)

    @extend_schema(parameters=[*SIDES, *parameters(DiffFilter)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> diffs.Rows:
        before, after = _sides(self.request)
        made = diffs.diff(before, after)
        form = checked_form(DiffFilter(diffs.choices(made), self.request.query_params))
        return diffs.Rows(made, {"change": diffs.ADDED} | form.asked())
