"""Texts of licences that wait for a person, what projects accept, and the hosts that pictures come from."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Gathered, Listed, Single, body, by_number, check_names, checked_form, user_of
from curation.api.permissions import needs
from curation.api.schema import parameters
from curation.api.shapes import collections as shapes
from curation.errors import Refused
from curation.forms.licences import SettleForm, TextFilter
from curation.models import LicenceText, Project, Role
from curation.selectors import hosts as of_hosts
from curation.selectors import licences as rows
from curation.services import hosts
from curation.services import licences as service

ADMIN = needs(Role.ADMIN)


class Texts(Listed):
    """All texts that records gave as their licence, the oldest first."""

    serializer_class = shapes.TextOut
    permission_classes = [ADMIN]
    keyset = ("pk",)
    filters = tuple(TextFilter.base_fields)

    @extend_schema(parameters=parameters(TextFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[LicenceText]:
        return rows.texts(**checked_form(TextFilter(self.request.query_params)).criteria())


class OpenTexts(Gathered):
    """Texts whose meaning nobody has settled yet, the oldest first."""

    serializer_class = shapes.OpenTextOut
    permission_classes = [ADMIN]

    def key(self, row: rows.OpenText) -> str:
        return by_number(row.text.pk)

    def rows(self) -> list[rows.OpenText]:
        return rows.open_texts()


class OneText(Single):
    """One text of a licence, and what it means."""

    serializer_class = shapes.TextOut
    permission_classes = [ADMIN]

    def get_object(self) -> LicenceText:
        return _text(self.kwargs["pk"])


class TextSettled(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=shapes.TextIn, responses=shapes.TextMoved)
    def post(self, request: Request, pk: int) -> Response:
        """Say what a text means, for all records that share it."""
        text, told = _text(pk), body(request, shapes.TextIn)
        form = checked_form(SettleForm({**told, "text": pk}))
        moved = service.settle_text(
            text, form.meant(), user_of(request), told.get("reason", ""), again=told.get("again", False)
        )
        return _moved(pk, moved)


class TextUnsettled(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=shapes.TextMoved)
    def post(self, request: Request, pk: int) -> Response:
        """Take a person's word about a text back."""
        return _moved(pk, service.unsettle(_text(pk), user_of(request)))


class ProjectLicences(APIView):
    permission_classes = [ADMIN]

    @extend_schema(responses=shapes.LicencePolicyOut)
    def get(self, request: Request, key: str) -> Response:
        """What a project does with each licence."""
        check_names(request, ())
        lines = rows.policy_lines(get_object_or_404(Project, key=key))
        return Response(shapes.LicencePolicyOut({"licences": lines, "records": {}}).data)

    @extend_schema(request=shapes.LicencePolicyIn, responses=shapes.LicencePolicyOut)
    def put(self, request: Request, key: str) -> Response:
        """Which licences a project uses, and which wait for a person; every other one is refused.

        Where decided pictures would be left out it is refused with their number, unless `confirmed`.
        """
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.LicencePolicyIn)
        lost = rows.decided_without(rows.policy_lines(project), told["accepted"])
        if lost and not told.get("confirmed"):
            words = _("%(n)s decided pictures would be left out of releases. Send `confirmed` to do it.")
            raise Refused(words % {"n": lost}, decided=lost)
        moved = service.set_policy(project, told["accepted"], told.get("review", []), user_of(request))
        project.refresh_from_db()
        return Response(
            shapes.LicencePolicyOut({"licences": rows.policy_lines(project), "records": moved}).data
        )


class Hosts(Gathered):
    """The hosts that records name, by name, and how polite we are to each."""

    serializer_class = shapes.HostOut
    permission_classes = [ADMIN]

    def key(self, row: of_hosts.HostRow) -> str:
        return row.name

    def rows(self) -> list[of_hosts.HostRow]:
        return of_hosts.host_rows()


class OneHost(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=shapes.HostIn, responses=shapes.HostOut)
    def put(self, request: Request, name: str) -> Response:
        """How long to wait between requests to a host, and how many at the same time."""
        _known(name)
        hosts.be_polite(name, **body(request, shapes.HostIn), by=user_of(request))
        return _host(name)


class HostUnpaused(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=shapes.HostOut)
    def post(self, request: Request, name: str) -> Response:
        """Ask a paused host again."""
        _known(name)
        hosts.unpause(name, user_of(request))
        return _host(name)


def _known(name: str) -> None:
    if not of_hosts.is_known(name):
        raise Http404(_("No record names the host %(name)r.") % {"name": name})


def _host(name: str) -> Response:
    row = next(row for row in of_hosts.host_rows() if row.name == name)
    return Response(shapes.HostOut(row).data)


def _text(pk: int) -> LicenceText:
    return get_object_or_404(LicenceText.objects.select_related("licence", "settled_by"), pk=pk)


def _moved(pk: int, moved: dict[str, int]) -> Response:
    return Response(shapes.TextMoved({"text": _text(pk), "records": moved}).data)
