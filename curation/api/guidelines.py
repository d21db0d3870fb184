"""Guidelines in versions, classes, and sending back what was decided under earlier ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, user_of
from curation.api.jobs import JobOut, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import policy as shapes
from curation.api.shapes.projects import ClassOut
from curation.errors import Refused
from curation.models import Guideline, LabelClass, Project, Role, Source
from curation.selectors import guidelines as rows
from curation.services.classes import FIELDS, rename
from curation.services.guidelines import NewExample, Translation, publish
from curation.services.guidelines_reopen import Choice, chosen, newest_decision, request_reopen
from curation.views.projects import whole

VERSION = OpenApiParameter("version", int, description="An older version; else the one in force.")


class Guidelines(APIView):
    permission_classes = [needs(Role.READER, writes=Role.LEAD)]

    @extend_schema(parameters=[VERSION], responses=shapes.GuidelinesOut)
    def get(self, request: Request, key: str) -> Response:
        """The guidelines in force, or an older version."""
        check_names(request, ("version",))
        project = get_object_or_404(Project, key=key)
        asked = request.query_params.get("version", "")
        number = whole(asked)
        found = rows.version(project, min(number, 2**31 - 1) if number else None)
        if asked and (number is None or found is None):
            raise Http404(_("There is no version %(number)s.") % {"number": asked[:20]})
        return Response(_told(project, found))

    @extend_schema(request=shapes.PublishIn, responses={201: shapes.GuidelinesOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Publish the next version, which votes are cast under from now on."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.PublishIn)
        ids = dict(project.classes.values_list("slug", "pk"))
        classes = {_class(ids, slug): said for slug, said in told["classes"].items()}
        made = publish(
            user_of(request),
            project,
            intro=told["intro"],
            sections={pk: said.get("text", "") for pk, said in classes.items()},
            examples={
                pk: [_example(one) for one in said.get("examples", [])] for pk, said in classes.items()
            },
            translations=_translations(told.get("translations", {}), classes),
            note=told.get("note", ""),
            based_on=told.get("based_on"),
        )
        return Response(_told(project, made), status=201)


def _class(ids: Mapping[str, int], slug: str) -> int:
    if slug not in ids:
        words = _("There is no class %(slug)s. Known: %(known)s.")
        raise ValidationError({"classes": [words % {"slug": slug[:80], "known": ", ".join(ids)}]})
    return ids[slug]


def _example(one: Mapping[str, Any]) -> NewExample:
    return NewExample(one["picture"], one.get("counter", False), one.get("caption", ""))


def _translations(intros: Mapping[str, str], classes: Mapping[int, Any]) -> dict[str, Translation]:
    languages = {*intros, *(code for said in classes.values() for code in said.get("translations", {}))}
    return {
        code: Translation(
            intros.get(code, ""),
            {pk: said.get("translations", {}).get(code, "") for pk, said in classes.items()},
        )
        for code in languages
    }


def _told(project: Project, version: Guideline | None) -> Any:
    guide = rows.guide(project, version)
    number, note = (version.number, version.note) if version else (0, "")
    found = {"number": number, "note": note, "intro": guide.intro, "classes": guide.entries}
    return shapes.GuidelinesOut(found).data


class Versions(Listed):
    """All versions of the guidelines, the newest first."""

    serializer_class = shapes.VersionOut
    keyset = ("-number",)

    def rows(self) -> QuerySet[Guideline]:
        return rows.versions(get_object_or_404(Project, key=self.kwargs["key"]))


class GuidelinesSendBack(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.SendBackIn, responses={200: shapes.SendBackCount, 202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Send decisions back to review, or with `count_only` say how many that would be."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.SendBackIn)
        choice = Choice(
            before=told["before"],
            labels=tuple(_ids(project.classes, "slug", told["labels"], "labels")),
            sources=tuple(_ids(Source.objects, "code", told.get("sources", []), "sources")),
            share=told["share"],
            single=told["single"],
            last=newest_decision(project),
        )
        if told["count_only"]:
            return Response({"pictures": chosen(project, choice).count()})
        return job_answer(request_reopen(user_of(request), project, choice, told["reason"]))


def _ids(rows: Any, name: str, wanted: list[str], field: str) -> list[int]:
    found = dict(rows.filter(**{f"{name}__in": wanted}).values_list(name, "pk"))
    if unknown := sorted(set(wanted) - set(found)):
        raise ValidationError({field: [_("Unknown: %(names)s.") % {"names": ", ".join(unknown)}]})
    return sorted(found.values())


class OneClass(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.ClassChange, responses=ClassOut)
    def patch(self, request: Request, pk: int) -> Response:
        """Another name, key or definition of a class. Its slug stays, and votes name it by its id."""
        label = get_object_or_404(LabelClass, pk=pk)
        told: dict[str, Any] = dict(body(request, shapes.ClassChange))
        if not told:
            raise Refused(_("Nothing was said of the class."))
        now = {name: getattr(label, name) for name in FIELDS if name != "translations"}
        return Response(ClassOut(rename(user_of(request), label, **(now | told))).data)
