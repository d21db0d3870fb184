"""Signed addresses of picture files: they open without a session or token, for a while."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import body, check_names
from curation.api.permissions import needs
from curation.api.shapes import picture_links as shapes
from curation.models import Batch, Image, Role, Scope
from curation.services.picture_links import signed_address


class PictureLinks(APIView):
    permission_classes = [needs(Role.READER, scope=Scope.READ)]

    @extend_schema(request=shapes.LinksIn, responses=shapes.LinksOut)
    def post(self, request: Request) -> Response:
        """Addresses of files of up to 500 pictures that open without a sign-in for a while.

        Each is good for its file until its end, for whoever has it. In the order asked for."""
        check_names(request, ())
        told = body(request, shapes.LinksIn)
        wanted, rendition = told["pictures"], told["rendition"]
        rows = Image.objects.filter(sha256__in=wanted)
        if rendition == Image.Rendition.ORIGINAL:
            rows = rows.exclude(batch__kind=Batch.Kind.RELEASE)  # those never were here
        there = {image.sha256: image for image in rows}
        if missing := [each for each in wanted if each not in there]:
            words = _("There is no such file of %(pictures)s.") % {"pictures": ", ".join(missing[:3])}
            raise ValidationError({"pictures": [words]})
        links = []
        for sha256 in wanted:
            path, until = signed_address(there[sha256], rendition, told["seconds"])
            links.append({"picture": sha256, "address": request.build_absolute_uri(path), "until": until})
        return Response(shapes.LinksOut({"links": links}).data)
