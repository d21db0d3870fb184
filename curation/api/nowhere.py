"""Addresses under /api/ where nothing is, so that machines get their own shape of a 404 and not a page."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


@extend_schema(exclude=True)
class Nowhere(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before the method is looked at: a POST to nowhere is a 404, too."""
        words = _("There is no such address in the API.")
        if not request.path.endswith("/"):
            words += " " + _("Its addresses end in a slash.")
        raise Http404(words)
