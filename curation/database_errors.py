"""What an error of the database means to whoever meets it."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError, OperationalError

DISK_FULL = "53100"  # SQLSTATE (PostgreSQL, appendix A)
# A quota, or a limit on the size of files, has no code of its own. The hint is that of a full disk, in the
# English that the embedded server and the official images speak.
NO_CODE = ("XX000", "58030")
HINT = "Check free disk space."
# The server ends, begins, or takes nobody more. Without a code: no connection, or one that broke.
AWAY = ("57P01", "57P02", "57P03", "53300")


def disk_is_full(error: BaseException | None) -> bool:
    """Whether the database refused to write for want of room. Reading may well go on."""
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__  # psycopg's, which knows more
    state, told = getattr(cause, "sqlstate", None), getattr(cause, "diag", None)
    return state == DISK_FULL or (state in NO_CODE and getattr(told, "message_hint", None) == HINT)


def database_is_away(error: BaseException | None) -> bool:
    """Whether the server could not be asked, or ended in the middle; it may be back by the time one looks."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError) or error.__cause__ is None:
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state in AWAY or state.startswith("08")
