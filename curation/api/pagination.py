"""Long lists in stretches, each beginning where the last one ended.

A cursor names the last row and not a number of rows, so that rows which come or go meanwhile move no other
row from one stretch to the next: every row that was there all the time is met once.
"""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

USUAL, MOST = 50, 200
LIMIT, CURSOR = "limit", "cursor"


class Keyset(BasePagination):
    """By the columns in the view's `keyset`, which together name one row; a leading `-` is for descending.

    {"next": address or null, "results": […]}
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        keys = list(view.keyset)
        self.request, self.limit = request, _limit(request)
        rows: QuerySet[Any] = queryset.order_by(*keys)
        if text := request.query_params.get(CURSOR, ""):
            rows = _after(rows, keys, text)
        found = list(rows[: self.limit + 1])
        self.more, found = len(found) > self.limit, found[: self.limit]
        self.cursor = _written(found[-1], keys) if self.more else None
        return found

    def get_paginated_response(self, data: Any) -> Response:
        answer = Response({"next": self._next(), "results": data})
        if answer.data["next"]:
            answer["Link"] = f'<{answer.data["next"]}>; rel="next"'
        return answer

    def _next(self) -> str | None:
        if self.cursor is None:
            return None
        return replace_query_param(self.request.get_full_path(), CURSOR, self.cursor)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri-reference", "nullable": True},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
        words = "What `next` of the last answer has; say nothing else about it."
        return [
            {"name": LIMIT, "in": "query", "required": False, "schema": limit, "description": "Rows."},
            {
                "name": CURSOR,
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": words,
            },
        ]


def _limit(request: Request) -> int:
    text = request.query_params.get(LIMIT, str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        words = _("limit must be a whole number from 1 to %(most)s, got %(got)r.")
        raise ValidationError({LIMIT: [words % {"most": MOST, "got": text[:40]}]})
    return int(text)


class Sorted(Keyset):
    """For rows that are made in memory: by the text that the view's `key` gives of each, which names it."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.limit = request, _limit(request)
        rows = sorted(queryset, key=view.key)
        if text := request.query_params.get(CURSOR, ""):
            [after] = _read(text, 1)
            if not isinstance(after, str):
                raise ValidationError({CURSOR: [_("This cursor is none that was given out here.")]})
            rows = rows[bisect_right(rows, after, key=view.key) :]
        self.more, found = len(rows) > self.limit, rows[: self.limit]
        self.cursor = _coded([view.key(found[-1])]) if self.more else None
        return found


class Positions(Keyset):
    """For rows that never change and have a length: a cursor is the place of the next one."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.limit, start = request, _limit(request), 0
        if text := request.query_params.get(CURSOR, ""):
            [place] = _read(text, 1)
            if not (isinstance(place, str) and place.isascii() and place.isdigit() and len(place) < 12):
                raise ValidationError({CURSOR: [_("This cursor is none that was given out here.")]})
            start = int(place)
        found = list(queryset[start : start + self.limit])
        self.more = start + self.limit < len(queryset)
        self.cursor = _coded([str(start + self.limit)]) if self.more else None
        return found


def _written(row: Any, keys: list[str]) -> str:
    names = [key.lstrip("-") for key in keys]
    values = [row[name] if isinstance(row, dict) else getattr(row, name) for name in names]
    return _coded([each.isoformat() if isinstance(each, datetime) else str(each) for each in values])


def _coded(plain: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _after(rows: QuerySet[Any], keys: list[str], text: str) -> QuerySet[Any]:
    """The rows behind the one that a cursor names, in the order of `keys`."""
    values = _read(text, len(keys))
    try:
        fields = [_field(rows, key.lstrip("-")) for key in keys]
        exact: list[Any] = []
        for field, value in zip(fields, values, strict=True):
            cleaned = field.to_python(value)
            if not isinstance(value, str) or cleaned is None or (isinstance(cleaned, int) and cleaned >> 63):
                raise ValueError(value)
            exact.append(cleaned)
    except (ValueError, TypeError, ModelError) as error:
        raise ValidationError({CURSOR: [_("This cursor is none that was given out here.")]}) from error
    wanted = Q()
    for index, key in enumerate(keys):
        same = {name.lstrip("-"): value for name, value in zip(keys[:index], exact, strict=False)}
        way = "lt" if key.startswith("-") else "gt"
        wanted |= Q(**same, **{f"{key.lstrip('-')}__{way}": exact[index]})
    return rows.filter(wanted)


def _read(text: str, length: int) -> list[Any]:
    """What `_coded` wrote. Raises ValidationError for anything else."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        values = json.loads(raw)
        if not (isinstance(values, list) and len(values) == length):
            raise ValueError(values)
    except (ValueError, RecursionError, binascii.Error) as error:
        raise ValidationError({CURSOR: [_("This cursor is none that was given out here.")]}) from error
    return values


def _field(rows: QuerySet[Any], name: str) -> Any:
    meta = rows.model._meta
    return meta.pk if name == "pk" else meta.get_field(name)
