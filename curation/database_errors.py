"""What an error of the database means to whoever meets it."""

from __future__ import annotations

from django.db import DatabaseError

DISK_FULL = "53100"  # SQLSTATE (PostgreSQL, appendix A)
# A quota, or a limit on the size of files, has no code of its own. The hint is that of a full disk, in the
# English that the embedded server and the official images speak.
NO_CODE = ("XX000", "58030")
HINT = "Check free disk space."


def disk_is_full(error: BaseException | None) -> bool:
    """Whether the database refused to write for want of room. Reading may well go on."""
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__  # psycopg's, which knows more
    state, told = getattr(cause, "sqlstate", None), getattr(cause, "diag", None)
    return state == DISK_FULL or (state in NO_CODE and getattr(told, "message_hint", None) == HINT)
