"""Write down who did what."""

from __future__ import annotations

from typing import Any

from curation.models import AuditEntry, User


def record(actor: User | None, action: str, subject: object, **detail: Any) -> AuditEntry:
    """One audit row, in the caller's transaction. `detail` must be JSON."""
    return AuditEntry.objects.create(actor=actor, action=action, subject=str(subject)[:200], detail=detail)
