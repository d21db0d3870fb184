"""One error shape for the whole API: {"message": …, "extra": {…}}."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from curation.errors import Refused
from curation.languages import in_words


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, Refused):
        return Response({"message": error.message, "extra": error.extra}, status=409)
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        message = _("The request has more than %(bytes)s bytes.") % {"bytes": in_words(f"{most:,}")}
        return Response({"message": message, "extra": {}}, status=413)
    response = default_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = {"message": _("The request is not valid."), "extra": {"fields": error.detail}}
    else:
        detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
        role = isinstance(error, exceptions.PermissionDenied) and error.get_codes() == "role"
        response.data = {"message": str(detail), "extra": {"reason": "role"} if role else {}}
    return response
