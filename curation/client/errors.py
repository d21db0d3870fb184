"""What the server says when it says no, as exceptions: one a kind of answer, with all that it told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer other than 2xx. kind: the last word of `type`, such as "refused"; fields: what is wrong with
    each field, where the request was not valid."""

    def __init__(self, status: int, kind: str, detail: str, extra: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {kind}: {detail}")
        self.status = status
        self.kind = kind
        self.detail = detail
        self.extra = extra

    @property
    def fields(self) -> Mapping[str, Any]:
        found = self.extra.get("fields", {})
        return found if isinstance(found, Mapping) else {}


class RequestInvalid(ApiError):
    """400: a field is missing, unknown or wrong."""


class NotAllowed(ApiError):
    """401 or 403: no token, or one without the scope, or of a person without the role."""


class NotFound(ApiError):
    """404."""


class RefusedByRule(ApiError):
    """409: the request is valid, and a rule refused it."""


class TooManyRequests(ApiError):
    """429, after the client has waited as often as it was told to."""


class JobFailed(Exception):
    """A job that was waited for has failed or was cancelled."""


def of_answer(status: int, body: Any) -> ApiError:
    """The exception for an answer that says no."""
    told = body if isinstance(body, Mapping) else {}
    kind = str(told.get("type", "")).rpartition(":")[2] or "unknown"
    extra = told.get("extra", {})
    which = {
        400: RequestInvalid,
        401: NotAllowed,
        403: NotAllowed,
        404: NotFound,
        409: RefusedByRule,
        429: TooManyRequests,
    }.get(status, ApiError)
    detail = str(told.get("detail", "")) or "no reason given"
    return which(status, kind, detail, extra if isinstance(extra, Mapping) else {})
