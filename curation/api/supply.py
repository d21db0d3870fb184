"""What a release would take and what is short for it, for lead curators; what could help goes ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import body, checked_form, user_of
from curation.api.permissions import needs
from curation.api.shapes import publishing as shapes
from curation.forms.freeze import FreezeForm
from curation.models import LabelClass, Project, Role
from curation.selectors.shortage import lacks
from curation.selectors.supply_preview import Choice, Stock, preview, stock
from curation.services.balance import Sizes
from curation.services.send_short import EVERY, send_short
from curation.services.urgent import take_back


class Supply(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.SupplyIn, responses=shapes.SupplyOut)
    def post(self, request: Request, key: str) -> Response:
        """What a release would take, class by class, and what is short. Nothing is changed."""
        found = stock(get_object_or_404(Project, key=key))
        choice = _choice(found, body(request, shapes.SupplyIn))
        shown = preview(found, choice)
        short = {row.supply.label.pk: row for row in lacks(found, choice, shown.short)}
        classes = []
        for supply in shown.supplies:
            lack = short.get(supply.label.pk)
            row = {name: getattr(supply, name) for name in ("accepted", "barred", "wanted", "missing")}
            row |= {"label": supply.label.slug, "to_send": lack.to_send if lack else 0}
            classes.append(row | {"offers": lack.offers if lack else []})
        told = {"ready": shown.sizes is not None, "classes": classes}
        told |= {"sizes": _sizes(shown.sizes), "largest": _sizes(shown.largest)}
        return Response(shapes.SupplyOut(told).data)


def _sizes(sizes: Sizes | None) -> dict[str, int] | None:
    return sizes.as_dict() if sizes else None


def _choice(found: Stock, told: Mapping[str, Any]) -> Choice:
    """By the form of the page, whose rules are in it."""
    sent = QueryDict(mutable=True)
    for name in ("train", "test", "validate", "balance", "seed"):
        if name in told:
            sent[name] = str(told[name])
    if "licences" in told:
        sent.setlist("licence", told["licences"])
    if told.get("largest"):
        sent["largest"] = "on"
    for code, use in told.get("uses", {}).items():
        sent[f"use-{code}"] = use
    return checked_form(FreezeForm(found, sent)).choice


class Ahead(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.AheadIn, responses=shapes.AheadOut)
    def post(self, request: Request, key: str) -> Response:
        """Send open pictures that could fill what is short to the front of review."""
        found = stock(get_object_or_404(Project, key=key))
        told = body(request, shapes.AheadIn)
        slug = told.get("label", EVERY)
        if slug != EVERY:
            get_object_or_404(LabelClass, project=found.project, slug=slug)
        return Response({"moved": send_short(found, _choice(found, told), user_of(request), slug)})


class AheadTakenBack(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.BackIn, responses=shapes.AheadOut)
    def post(self, request: Request, key: str) -> Response:
        """Take what stands at the front from there again."""
        project = get_object_or_404(Project, key=key)
        slug = body(request, shapes.BackIn).get("label")
        label = get_object_or_404(LabelClass, project=project, slug=slug) if slug else None
        return Response({"moved": take_back(project, user_of(request), label)})
