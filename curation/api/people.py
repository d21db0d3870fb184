"""People and invitations, for admins; tokens need the scope admin for reading, too.

Answers with a password or a link take no Idempotency-Key: they are told once and kept nowhere.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, user_of
from curation.api.permissions import needs
from curation.api.shapes import team as shapes
from curation.models import Invitation, Project, Role, Scope, User
from curation.selectors.people import people
from curation.services import institution, invitations, second_factor, sign_in
from curation.services import people as service

ADMIN = needs(Role.ADMIN, scope=Scope.ADMIN)


class People(Listed):
    """Everybody who has an account, the oldest first."""

    serializer_class = shapes.PersonOut
    permission_classes = [ADMIN]
    keyset = ("pk",)

    def rows(self) -> QuerySet[User]:
        return people()

    @extend_schema(request=shapes.PersonIn, responses={201: shapes.PasswordOut})
    def post(self, request: Request) -> Response:
        """A new account with a password to hand over."""
        user, password = service.add_person(user_of(request), **body(request, shapes.PersonIn))
        return Response({"username": user.username, "password": password}, status=201)


class Person(APIView):
    permission_classes = [ADMIN]

    @extend_schema(responses=shapes.PersonOut)
    def get(self, request: Request, username: str) -> Response:
        """One account."""
        check_names(request, ())
        return Response(shapes.PersonOut(_person(username)).data)

    @extend_schema(request=shapes.PersonChange, responses=shapes.PersonOut)
    def patch(self, request: Request, username: str) -> Response:
        """Another role or address, or in or out. Whoever is out keeps their votes."""
        someone, by = _person(username), user_of(request)
        told = body(request, shapes.PersonChange)
        with transaction.atomic():
            if "role" in told:
                service.change_role(by, someone, told["role"])
            if "is_active" in told:
                service.set_active(by, someone, told["is_active"])
            if "email" in told:
                institution.set_email(by, someone, told["email"])
        return Response(shapes.PersonOut(_person(username)).data)


class PersonPassword(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=shapes.PasswordOut)
    def post(self, request: Request, username: str) -> Response:
        """A new password to hand over; their open sessions end."""
        password = service.reset_password(user_of(request), _person(username))
        return Response({"username": username, "password": password})


class PersonLetIn(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=shapes.LetIn)
    def post(self, request: Request, username: str) -> Response:
        """Forget the wrong passwords for an account, so that it may be tried again at once."""
        return Response({"addresses": sign_in.let_in(user_of(request), _person(username))})


class PersonFactor(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=shapes.Ended)
    def post(self, request: Request, username: str) -> Response:
        """Take the second factor from somebody who has lost it; their open sessions end."""
        return Response({"sessions": second_factor.reset(user_of(request), _person(username))})


class PersonUnlinked(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, username: str) -> Response:
        """Part an account from the one at an institution that it is linked with."""
        institution.unlink(user_of(request), _person(username))
        return Response(status=204)


class Invitations(Listed):
    """All invitations, the newest first."""

    serializer_class = shapes.InvitationOut
    permission_classes = [ADMIN]

    def rows(self) -> QuerySet[Invitation]:
        return Invitation.objects.select_related("project", "created_by", "accepted_by")

    @extend_schema(request=shapes.InvitationIn, responses={201: shapes.InvitationMade})
    def post(self, request: Request) -> Response:
        """A link with which somebody makes an account for themselves."""
        told = dict(body(request, shapes.InvitationIn))
        if key := told.pop("project", ""):
            told["project"] = get_object_or_404(Project, key=key)
        made, token = invitations.create(user_of(request), **told)
        link = request.build_absolute_uri(reverse("invitation", args=[token]))
        return Response(shapes.InvitationMade(made, context={"link": link}).data, status=201)


class OneInvitation(APIView):
    permission_classes = [ADMIN]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Its link does nothing any more."""
        invitations.revoke(user_of(request), get_object_or_404(Invitation, pk=pk))
        return Response(status=204)


def _person(username: str) -> Any:
    return get_object_or_404(people(), username=username)
