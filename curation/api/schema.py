"""How the API describes itself: OpenAPI 3, by drf-spectacular, at /api/v1/schema/."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from curation.api.errors import CONTENT_TYPE, KINDS, PREFIX
from curation.api.once import HEADER
from curation.api.permissions import HasRole
from curation.services.kept_answers import LONGEST

PROBLEM = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
    "description": "Sent again within 24 hours, the same request is answered the same and not done again.",
}
# Module of curation.api -> the part of the description that its operations stand in.
PARTS = {
    "index": "Where to begin",
    "projects": "Projects and tags",
    **dict.fromkeys(("pictures", "picture_links"), "Pictures and votes"),
    **dict.fromkeys(("review", "grid", "regions", "comments"), "Reviewing"),
    **dict.fromkeys(("adjudicate", "issues"), "Settling and issues"),
    **dict.fromkeys(("policy", "guidelines"), "Policy, guidelines, agreement"),
    **dict.fromkeys(("people", "team"), "People and teams"),
    **dict.fromkeys(("sources", "licences"), "Sources, licences, hosts"),
    **dict.fromkeys(("uploads", "batches"), "Bringing pictures in"),
    "duplicates": "Duplicates",
    "features": "Features, maps, doubts",
    **dict.fromkeys(("releases", "publishing", "supply"), "Releases and exports"),
    **dict.fromkeys(("models", "runs"), "Models and runs"),
    **dict.fromkeys(("screenings", "sheets"), "Condition of sheets"),
    **dict.fromkeys(("figures", "labels"), "Figures and labels"),
    "jobs": "Jobs",
    "webhooks": "Webhooks",
}
METHODS = ("get", "post", "put", "patch", "delete")


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "curation.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of your account page."}


class BrowserScheme(SessionScheme):
    target_class = "curation.api.authentication.BrowserSession"


class Described(AutoSchema):
    """Says in each description which role and which scope it takes, and names operations by address."""

    def get_tags(self) -> list[str]:
        """What the module of the view is about: the reference page has a part for each."""
        return [PARTS[type(self.view).__module__.rpartition(".")[2]]]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        told = super().get_operation(*args, **kwargs)
        if told and getattr(getattr(self.view, self.method.lower(), None), "takes_key", False):
            told["parameters"] = [*told.get("parameters", []), KEY]
            refused = {"description": "The key stands for another request."}
            told["responses"]["422"] = refused | {"content": PROBLEM}
        return told

    def get_description(self) -> str:  # type: ignore[override]
        words = super().get_description() or ""
        found = next((p for p in self.view.get_permissions() if isinstance(p, HasRole)), None)
        if found is None:
            return words
        role, scope = found.role_of(self.method), found.scope_of(self.method)
        return f"{words}\n\nRole: {role.value} or above. Scope of a token: {scope.value}.".strip()


def finish(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Give every operation the one shape of an answer that says no."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = {
        "type": "object",
        "description": "What went wrong (RFC 9457). `message` repeats `detail`; `extra` is for programs: "
        "`fields` in it says what is wrong with each field.",
        "properties": {
            "type": {"type": "string", "enum": [f"{PREFIX}{kind}" for kind in KINDS]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "message": {"type": "string"},
            "extra": {"type": "object", "additionalProperties": True},
        },
        "required": ["type", "title", "status", "detail", "message", "extra"],
    }
    for item in result["paths"].values():
        for method in METHODS:
            if method in item:
                responses = item[method].setdefault("responses", {})
                responses.setdefault("default", {"description": "It says no, and why.", "content": PROBLEM})
                if method == "get":
                    responses.setdefault("304", {"description": "As `If-None-Match` has it."})
    return result


KINDS_OF_FIELDS: list[tuple[type[forms.Field], Any]] = [
    (forms.IntegerField, OpenApiTypes.INT),
    (forms.DateField, OpenApiTypes.DATE),
    (forms.BooleanField, OpenApiTypes.BOOL),
]


def parameters(form: type[forms.Form], *more: str, besides: Iterable[str] = ()) -> list[OpenApiParameter]:
    """The fields of a form as parameters of an address. more: names of fields that it makes as it begins."""
    found = []
    for name, field in {**form.base_fields, **dict.fromkeys(more, forms.CharField())}.items():
        if name in set(besides):
            continue
        kind = next((kind for one, kind in KINDS_OF_FIELDS if isinstance(field, one)), OpenApiTypes.STR)
        words = str(field.help_text or field.label or "")
        found.append(OpenApiParameter(name, kind, description=words, required=False))
    return found
