"""What the views of the API share: lists and single things to read, bodies to check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.utils.translation import gettext as _
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from curation.api.pagination import CURSOR, LIMIT, Keyset, Sorted
from curation.api.permissions import needs
from curation.models import Project, Role, User

F = TypeVar("F", bound=forms.BaseForm)


def user_of(request: Request) -> User:
    return cast(User, request.user)


class Listed(generics.ListAPIView[Any]):
    """A list in stretches. Subclasses have `rows`, the query, and `filters`, names of what may be asked."""

    permission_classes = [needs(Role.READER)]
    pagination_class = Keyset
    keyset: ClassVar[tuple[str, ...]] = ("-pk",)
    filters: ClassVar[tuple[str, ...]] = ()

    def rows(self) -> Any:
        """The query; of a Gathered the rows themselves."""
        raise NotImplementedError

    def shown(self, page: list[Any]) -> list[Any]:
        """The rows of a stretch as the serializer wants them."""
        return page

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):  # the schema is being made, of no request
            return Project.objects.none()
        check_names(self.request, self.filters)
        return self.rows()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        assert page is not None
        return self.get_paginated_response(self.get_serializer(self.shown(page), many=True).data)


class Gathered(Listed):
    """A list that is made in memory, in stretches by `key`, the text that names a row and orders them."""

    pagination_class = Sorted

    def key(self, row: Any) -> str:
        raise NotImplementedError


def by_number(pk: int) -> str:
    """For `Gathered.key`: in the order of the numbers."""
    return f"{pk:020}"


class Single(generics.GenericAPIView[Any]):
    """One thing. Subclasses have `get_object`, and say in their own words what it is."""

    permission_classes = [needs(Role.READER)]
    pagination_class = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        check_names(request, ())
        return Response(self.get_serializer(self.get_object()).data)


def check_names(request: Request, known: Iterable[str]) -> None:
    """A filter that is misspelt must not look like one that everything met."""
    allowed = {*known, LIMIT, CURSOR, "format"}
    if unknown := sorted(set(request.query_params) - allowed):
        words = _("There is no such parameter. Known: %(known)s.")
        told = [words % {"known": ", ".join(sorted(allowed - {"format"}))}]
        raise ValidationError(dict.fromkeys(unknown, told))
    for name, value in request.query_params.items():
        if "\0" in value:
            raise ValidationError({name: [_("The character NUL is not allowed.")]})


def asked_bool(request: Request, name: str) -> bool:
    """A parameter that is true or false; false where it is left out."""
    value = request.query_params.get(name, "").lower()
    if value not in ("", "true", "false", "1", "0"):
        raise ValidationError({name: [_("must be true or false, got %(got)r.") % {"got": value[:20]}]})
    return value in ("true", "1")


def checked_form(form: F) -> F:
    if not form.is_valid():
        raise ValidationError({name: [str(one) for one in errors] for name, errors in form.errors.items()})
    return form


def body(request: Request, shape: type[serializers.Serializer[Any]], **context: Any) -> Mapping[str, Any]:
    """What was sent, checked: only fields that `shape` has."""
    sent = shape(data=request.data, context=context)
    sent.is_valid(raise_exception=True)
    if isinstance(request.data, Mapping) and (unknown := sorted(set(request.data) - set(sent.fields))):
        raise ValidationError(dict.fromkeys(map(str, unknown), [_("There is no such field.")]))
    return cast(Mapping[str, Any], sent.validated_data)
