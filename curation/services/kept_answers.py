"""A request that is sent again is not done again (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import KeptAnswer, User

KEPT = timedelta(hours=24)
LONGEST = KeptAnswer._meta.get_field("key").max_length or 255
WAIT = "10s"  # for a request with the same key that is being answered at this moment

# A key that is older than KEPT is a new one. Nothing comes back where there is a younger one.
CLAIM = """
INSERT INTO curation_keptanswer (user_id, key, fingerprint, status, body, location, created_at)
VALUES (%(user)s, %(key)s, %(fingerprint)s, 200, NULL, '', %(now)s)
ON CONFLICT (user_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, created_at = excluded.created_at
    WHERE curation_keptanswer.created_at < %(old)s
RETURNING id
"""


@dataclass(frozen=True)
class Answer:
    """status: 2xx for what was done. again: whether it was done before and is only told again."""

    status: int
    body: Any
    location: str = ""
    again: bool = False


class KeyReused(Refused):
    """The key stands for another request."""


class StillAnswering(Refused):
    """A request with the same key is being answered just now."""


class _NotDone(Exception):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def answered_once(user: User, key: str, fingerprint: str, work: Callable[[], Answer]) -> Answer:
    """What `work` answers, or what it answered to the same key within KEPT.

    fingerprint: SHA-256 of the request, as hex. `work` runs inside the transaction that keeps its answer:
    both are there, or neither. Raises KeyReused and StillAnswering.
    """
    try:
        with transaction.atomic():
            pk = _claim(user, key, fingerprint)
            if pk is None:
                return _kept(user, key, fingerprint)
            answer = work()
            if not 200 <= answer.status < 300:
                raise _NotDone(answer)
            row = KeptAnswer.objects.filter(pk=pk)
            row.update(status=answer.status, body=answer.body, location=answer.location)
            return answer
    except _NotDone as no:
        return no.answer


def _claim(user: User, key: str, fingerprint: str) -> int | None:
    now = timezone.now()
    values: dict[str, Any] = {
        "user": user.pk,
        "key": key,
        "fingerprint": fingerprint,
        "now": now,
        "old": now - KEPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
        try:
            cursor.execute(CLAIM, values)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                raise
            raise StillAnswering(
                _("A request with this Idempotency-Key is being answered. Ask again in a moment.")
            ) from error
        found = cursor.fetchone()
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return found[0] if found else None


def _kept(user: User, key: str, fingerprint: str) -> Answer:
    row = KeptAnswer.objects.get(user=user, key=key)
    if row.fingerprint != fingerprint:
        raise KeyReused(
            _(
                "This Idempotency-Key stands for another request, of %(at)s UTC. Nothing was done; make a "
                "new key for each thing that you ask for."
            )
            % {"at": f"{row.created_at:%Y-%m-%d %H:%M:%S}"}
        )
    return Answer(row.status, row.body, row.location, again=True)
