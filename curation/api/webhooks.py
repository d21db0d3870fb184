"""Webhooks and their messages, for admins; tokens need the scope admin for reading, too."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, user_of
from curation.api.permissions import needs
from curation.models import Event, Role, Scope, Webhook, WebhookDelivery
from curation.services.webhooks import hooks

ADMIN = needs(Role.ADMIN, scope=Scope.ADMIN)
EVENTS = [event.value for event in Event if event != Event.PING]


class WebhookOut(serializers.ModelSerializer[Webhook]):
    created_by = serializers.CharField(source="created_by.username")

    class Meta:
        model = Webhook
        fields = ["id", "url", "events", "active", "stopped_why", "created_by", "created_at"]


class WebhookMade(WebhookOut):
    secret = serializers.SerializerMethodField(help_text="The key of the signatures; told only here.")

    class Meta(WebhookOut.Meta):
        fields = [*WebhookOut.Meta.fields, "secret"]

    def get_secret(self, hook: Webhook) -> str:
        return hooks.secret_of(hook)


class WebhookIn(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), min_length=1)


class WebhookChange(serializers.Serializer[Any]):
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), min_length=1, required=False
    )
    active = serializers.BooleanField(required=False)


class DeliveryOut(serializers.ModelSerializer[WebhookDelivery]):
    class Meta:
        model = WebhookDelivery
        fields = [
            *("id", "event", "body", "state", "attempts", "next_at", "status_code", "error", "created_at"),
            "ended_at",
        ]


class Webhooks(Listed):
    """All webhooks, the newest first."""

    serializer_class = WebhookOut
    permission_classes = [ADMIN]

    def rows(self) -> QuerySet[Webhook]:
        return Webhook.objects.select_related("created_by")

    @extend_schema(request=WebhookIn, responses={201: WebhookMade})
    def post(self, request: Request) -> Response:
        """Send a signed message to an address at each of these events from now on."""
        told = body(request, WebhookIn)
        return Response(
            WebhookMade(hooks.add(user_of(request), told["url"], told["events"])).data, status=201
        )


class OneWebhook(APIView):
    permission_classes = [ADMIN]

    @extend_schema(responses=WebhookOut)
    def get(self, request: Request, pk: int) -> Response:
        """One webhook."""
        return Response(WebhookOut(_hook(pk)).data)

    @extend_schema(request=WebhookChange, responses=WebhookOut)
    def patch(self, request: Request, pk: int) -> Response:
        """Other events, or switch it on or off. What waits for one that is switched off is given up."""
        hook = _hook(pk)
        hooks.change(user_of(request), hook, **body(request, WebhookChange))
        return Response(WebhookOut(hook).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove it with its log."""
        hooks.remove(user_of(request), _hook(pk))
        return Response(status=204)


class WebhookSecret(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses=WebhookMade)
    def post(self, request: Request, pk: int) -> Response:
        """A new secret; from now on nothing is signed with the old one."""
        hook = _hook(pk)
        hooks.renew_secret(user_of(request), hook)
        return Response(WebhookMade(hook).data)


class WebhookPinged(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses={202: WebhookOut})
    def post(self, request: Request, pk: int) -> Response:
        """Send it a message that tells of nothing; look at its deliveries for what became of it."""
        hook = _hook(pk)
        hooks.ping(user_of(request), hook)
        return Response(WebhookOut(hook).data, status=202)


class Deliveries(Listed):
    """The messages to a webhook, the newest first; those that ended long ago go (docs/operation.md)."""

    serializer_class = DeliveryOut
    permission_classes = [ADMIN]
    keyset = ("-created_at", "-id")

    def rows(self) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.filter(webhook=_hook(self.kwargs["pk"]))


class DeliveryAgain(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses={202: DeliveryOut})
    def post(self, request: Request, pk: int, delivery: str) -> Response:
        """Send a message that was given up again."""
        found = get_object_or_404(WebhookDelivery, pk=delivery, webhook=pk)
        hooks.again(user_of(request), found)
        found.refresh_from_db()
        return Response(DeliveryOut(found).data, status=202)


def _hook(pk: int) -> Webhook:
    return get_object_or_404(Webhook.objects.select_related("created_by"), pk=pk)
