"""Idempotency-Key: a request that starts work or makes something, sent again because its answer got lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from curation.api.base import user_of
from curation.services.kept_answers import LONGEST, Answer, answered_once

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
Handler = Callable[..., Response]


def once(handler: Handler) -> Handler:
    """For methods of views whose answer holds no secret: answers are kept in the database."""

    @wraps(handler)
    def asked(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)

        def work() -> Answer:
            made = handler(view, request, *args, **kwargs)
            return Answer(made.status_code, _plain(made.data), made.get("Location", ""))

        answer = answered_once(user_of(request), _checked(key), _fingerprint(request), work)
        response = Response(answer.body, status=answer.status)
        if answer.location:
            response["Location"] = answer.location
        response[REPLAYED] = "true" if answer.again else "false"
        return response

    cast(Any, asked).takes_key = True
    return asked


def _checked(key: str) -> str:
    if not (0 < len(key) <= LONGEST and all("!" <= letter <= "~" for letter in key)):
        words = _("must be 1 to %(most)s visible ASCII characters, such as a UUID.")
        raise ValidationError({HEADER: [words % {"most": LONGEST}]})
    return key


def _fingerprint(request: Request) -> str:
    """The same for bodies that say the same, however they are spaced."""
    said = json.dumps([request.method, request.get_full_path(), request.data], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _plain(data: Any) -> Any:
    """As it goes over the wire: times as text, and so on."""
    return json.loads(json.dumps(data, cls=JSONEncoder))
