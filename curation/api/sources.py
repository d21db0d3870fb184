"""Sources, the rules that say which records come from them, and licences."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Gathered, Listed, Single, body, by_number, user_of
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import collections as of_rules
from curation.api.shapes import projects as shapes
from curation.models import Batch, Licence, Role, Source, SourceRule
from curation.selectors import sources_unmapped as waiting
from curation.services import sources as service


class Sources(Listed):
    """All sources, the oldest first."""

    serializer_class = shapes.SourceOut
    permission_classes = [needs(Role.READER, writes=Role.ADMIN)]
    keyset = ("pk",)

    def rows(self) -> QuerySet[Source]:
        return Source.objects.all()

    @extend_schema(request=shapes.SourceIn, responses={201: shapes.SourceOut})
    @once
    def post(self, request: Request) -> Response:
        """A new source."""
        made = service.source_add(user_of(request), **body(request, shapes.SourceIn))
        return Response(shapes.SourceOut(made).data, status=201)


class OneSource(Single):
    """One source."""

    serializer_class = shapes.SourceOut
    permission_classes = [needs(Role.READER, writes=Role.ADMIN)]

    def get_object(self) -> Source:
        return get_object_or_404(Source, code=self.kwargs["code"])

    @extend_schema(request=shapes.SourceChange)
    def patch(self, request: Request, code: str) -> Response:
        """Say something else of a source; its code stays."""
        told = body(request, shapes.SourceChange)
        return Response(
            shapes.SourceOut(service.source_edit(user_of(request), self.get_object(), **told)).data
        )


class Licences(Listed):
    """All licences that pictures have, or had."""

    serializer_class = shapes.LicenceOut
    keyset = ("pk",)

    def rows(self) -> QuerySet[Licence]:
        return Licence.objects.all()


class SourceRules(Listed):
    """Which codes belong to which source, the oldest rule first."""

    serializer_class = of_rules.RuleOut
    permission_classes = [needs(Role.ADMIN)]
    keyset = ("pk",)

    def rows(self) -> QuerySet[SourceRule]:
        return SourceRule.objects.select_related("source")

    @extend_schema(request=of_rules.RuleIn, responses={201: of_rules.RuleMade})
    @once
    def post(self, request: Request) -> Response:
        """A new rule; waiting records get their source by it at once."""
        rule, n = service.add_rule(user_of(request), **_rule(request))
        return Response(of_rules.RuleMade({"rule": rule, "records": n}).data, status=201)


class OneSourceRule(APIView):
    permission_classes = [needs(Role.ADMIN)]

    @extend_schema(request=of_rules.RuleIn, responses=of_rules.RuleMade)
    def put(self, request: Request, pk: int) -> Response:
        """Other codes or another source. Records that have their source keep it."""
        row = get_object_or_404(SourceRule.objects.select_related("source"), pk=pk)
        rule, n = service.change_rule(user_of(request), row, **_rule(request))
        return Response(of_rules.RuleMade({"rule": rule, "records": n}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget a rule. Records that got their source by it keep it."""
        service.remove_rule(user_of(request), get_object_or_404(SourceRule, pk=pk))
        return Response(status=204)


class Unmapped(Gathered):
    """Codes of records that wait because no rule names them, in their order."""

    serializer_class = of_rules.UnmappedOut
    permission_classes = [needs(Role.ADMIN)]

    def key(self, row: waiting.Unmapped) -> str:
        return "\t".join(row.codes)

    def rows(self) -> list[waiting.Unmapped]:
        return waiting.unmapped()


class Nameless(Gathered):
    """Batches with records that wait because they carry no code at all."""

    serializer_class = of_rules.NamelessOut
    permission_classes = [needs(Role.ADMIN)]

    def key(self, row: waiting.Nameless) -> str:
        return by_number(row.batch.pk)

    def rows(self) -> list[waiting.Nameless]:
        return waiting.nameless()


class BatchSource(APIView):
    permission_classes = [needs(Role.ADMIN)]

    @extend_schema(request=of_rules.BatchSourceIn, responses=of_rules.Moved)
    def post(self, request: Request, pk: int) -> Response:
        """Give all records of a batch that have no source yet this one."""
        batch = get_object_or_404(Batch, pk=pk)
        source = get_object_or_404(Source, code=body(request, of_rules.BatchSourceIn)["source"])
        return Response({"records": service.settle_batch(user_of(request), batch, source)})


def _rule(request: Request) -> dict[str, Any]:
    told = dict(body(request, of_rules.RuleIn))
    return told | {"source": get_object_or_404(Source, code=told["source"])}
