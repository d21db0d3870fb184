"""Write down who did what."""

from __future__ import annotations

from typing import Any

from curation.logging_context import request_id
from curation.models import AuditEntry, Project, User


def record(
    actor: User | None, action: str, subject: object, project: Project | None = None, **detail: Any
) -> AuditEntry:
    """One audit row, in the caller's transaction. `detail` must be JSON.

    project: of which project it is, so that its lead curators find it among theirs. The request that this
    is done in leads to its lines in the log.
    """
    return AuditEntry.objects.create(
        actor=actor,
        action=action,
        subject=str(subject)[:200],
        project=project,
        detail=detail,
        request_id=request_id.get(),
    )
