"""Files on their way in: sent one by one to an upload that the sender names, then made a batch as a whole."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import check_names
from curation.api.permissions import needs
from curation.api.shapes import batches as shapes
from curation.models import Role
from curation.services import uploads
from curation.views.uploads import receive

PATH = OpenApiParameter("path", str, required=True, description="Name of the file, with its folders.")


class Upload(APIView):
    permission_classes = [needs(Role.ADMIN)]

    @extend_schema(responses=shapes.UploadOut)
    def get(self, request: Request, upload: UUID) -> Response:
        """How many files of an upload were sent."""
        check_names(request, ())
        return Response({"upload": upload, "files": uploads.count(upload)})

    @extend_schema(
        parameters=[PATH],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: shapes.FileSent},
    )
    def put(self, request: Request, upload: UUID) -> Response:
        """Send one file, as it is, into an upload: a UUID that you make.

        The same name again replaces it, so a file whose answer got lost is sent again. Uploads that nobody
        makes a batch of go after two days.
        """
        check_names(request, ("path",))
        if not (path := request.query_params.get("path", "")):
            raise ValidationError({"path": ["This field is required."]})
        return Response({"bytes": receive(request._request, upload, path)}, status=201)
