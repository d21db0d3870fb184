"""The figures of the dashboards as JSON: the same tables, filters and rights as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import translation
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, check_names, checked_form, user_of
from curation.api.permissions import needs
from curation.api.releases import table_json
from curation.api.schema import parameters
from curation.api.shapes.batches import RecordOut
from curation.api.shapes.releases import TableOut
from curation.forms.dashboards import FiguresFilter, RecordsFilter
from curation.languages import SOURCE
from curation.models import Batch, LabelClass, ModelVersion, Project, Role, Source, User
from curation.selectors.dashboards import card, downloads, landing, pages
from curation.selectors.dashboards.panel import Panel
from curation.selectors.dashboards.scope import Scope
from curation.views.access import may_look_at

MORE = ("class", "from", "to", "by")
FILTERS = parameters(FiguresFilter, *MORE)
Made = Callable[[Scope], tuple[str, list[Panel]]]


class FiguresOut(serializers.Serializer[Any]):
    words = serializers.CharField(allow_blank=True, help_text="The answer in a sentence.")
    tables = TableOut(many=True)


class CardOut(FiguresOut):
    source = serializers.CharField()  # type: ignore[assignment]
    citations = serializers.ListField(child=serializers.CharField())


def _answer(words: str, panels: list[Panel]) -> Response:
    return Response({"words": words, "tables": [table_json(panel.table) for panel in panels]})


class Figures(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=FiguresOut)
    def get(self, request: Request) -> Response:
        """The figures of everything: projects, sources, batches, models, people."""
        check_names(request, ())
        pool, panels = landing.panels(user_of(request))
        return _answer(pages.lead(pool), panels)


class Of(APIView):
    """The figures of one thing. made: what counts them; without: filters that the thing itself stands for."""

    permission_classes = [needs(Role.READER)]
    made: Made
    without: tuple[str, ...] = ()

    def things(self) -> dict[str, Any]:
        """For the Scope."""
        raise NotImplementedError

    @extend_schema(parameters=FILTERS, responses=FiguresOut)
    def get(self, request: Request, **_kwargs: Any) -> Response:
        """The figures of it. A filter that it stands for itself is none."""
        things = self.things()
        form = FiguresFilter(request.query_params, without=self.without, project=things.get("project"))
        check_names(request, form.fields)
        scope = Scope(user_of(request), **(checked_form(form).scoped() | things))
        return _answer(*self.made(scope))


class OfProject(Of):
    made = staticmethod(pages.of_project)
    without = ("project", "class")

    def things(self) -> dict[str, Any]:
        return {"project": get_object_or_404(Project, key=self.kwargs["key"])}


class OfClass(Of):
    made = staticmethod(pages.of_class)
    without = ("project", "class")

    def things(self) -> dict[str, Any]:
        label = get_object_or_404(LabelClass.objects.select_related("project"), pk=self.kwargs["pk"])
        return {"project": label.project, "label": label}


class OfSource(Of):
    made = staticmethod(pages.of_source)
    without = ("source",)

    def things(self) -> dict[str, Any]:
        return {"source": get_object_or_404(Source, code=self.kwargs["code"])}


class OfBatch(Of):
    made = staticmethod(pages.of_batch)

    def things(self) -> dict[str, Any]:
        return {"batch": get_object_or_404(Batch, pk=self.kwargs["pk"])}


class OfReviewer(Of):
    """One's own; those of others are for lead curators."""

    permission_classes = [needs(Role.CURATOR)]
    made = staticmethod(pages.of_reviewer)

    def things(self) -> dict[str, Any]:
        may_look_at(user_of(self.request), self.kwargs["username"])
        return {"reviewer": get_object_or_404(User, username=self.kwargs["username"])}


class OfModel(Of):
    made = staticmethod(pages.of_model)
    without = ("by",)

    def things(self) -> dict[str, Any]:
        return {"model": get_object_or_404(ModelVersion, name=self.kwargs["name"])}


class Card(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(parameters=[OpenApiParameter("code", str, OpenApiParameter.PATH)], responses=CardOut)
    def get(self, request: Request, code: str) -> Response:
        """The data card of a source, for the institution; in English whoever asks."""
        check_names(request, ())
        source = get_object_or_404(Source, code=code)
        with translation.override(SOURCE):
            found = card.card(source, user_of(request), request.build_absolute_uri("/").rstrip("/"))
            tables = [table_json(table) for table in found.tables]
        told = {"source": source.code, "words": " ".join(found.words), "tables": tables}
        return Response(told | {"citations": found.citations})


class FigureRecords(Listed):
    """The records behind a number of downloads."""

    serializer_class = RecordOut
    keyset = ("pk",)
    filters = (*RecordsFilter.base_fields, "from", "to")

    @extend_schema(parameters=parameters(RecordsFilter, "from", "to"))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> Any:
        form = checked_form(RecordsFilter(self.request.query_params))
        found = downloads.records(Scope(user_of(self.request), **form.scoped()))
        asked = {name: value for name in ("state", "rule") if (value := form.cleaned_data[name])}
        return found.filter(**asked).select_related("source", "image", "licence_text")
