#!/usr/bin/env python
"""The command line. Starts the embedded database and Redis for the commands that need them."""

from __future__ import annotations

import os
import sys

# These touch no data; everything else finds PostgreSQL and Redis running. `up` starts them itself,
# after its own checks.
WITHOUT_SERVICES = {
    "collectstatic",
    "compilemessages",
    "condition",
    "diffsettings",
    "draw",
    "findstatic",
    "help",
    "makemessages",
    "parse_licence",
    "up",
    "verify",
    "version",
}


def needs_services(arguments: list[str]) -> bool:
    """Whether the command line `arguments` (without the program) works on the database or Redis."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in WITHOUT_SERVICES:
        # `up --prepare` is the part of `up` that is also run by itself.
        return "--prepare" in arguments
    return not {"-h", "--help", "--version"} & set(arguments)


def without_tables(error: Exception) -> bool:
    """Whether PostgreSQL misses a table or column (SQLSTATE 42P01, 42703)."""
    return getattr(error.__cause__, "sqlstate", None) in {"42P01", "42703"}


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  (this file is what an older Python gets to see)
        found = f"{sys.version_info[0]}.{sys.version_info[1]}"
        sys.exit(f"Python 3.11 or newer is needed and this is {found}: run `make run`")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "curation.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from curation import embedded
    except ImportError as error:
        sys.exit(f"The packages of requirements.txt are not installed ({error}): run `make run`")
    try:
        if needs_services(sys.argv[1:]):
            embedded.ensure()
        elif "up" in sys.argv[1:2]:
            # Before the settings are read: they keep a key in var/.
            embedded.Places.from_environment().make()
        execute_from_command_line(sys.argv)
    except (embedded.ServiceError, ImproperlyConfigured) as error:
        sys.exit("Error: " + " ".join(str(error).split()))
    except Exception as error:
        if without_tables(error):
            sys.exit("Error: the database is not made ready for this version: run `python manage.py migrate`")
        raise
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
