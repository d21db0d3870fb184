"""Start everything one machine needs and stay in the foreground until Ctrl-C."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.embedded import ServiceError
from curation.embedded.static_stamp import collect_if_changed


def port(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a port from 1 to 65535")
    return number


class Command(BaseCommand):
    help = (
        "Start database, Redis, worker, scheduler and web server, and wait. Ctrl-C stops all of them. "
        "What is set by DATABASE_URL or REDIS_URL is used as it is."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=port, default=8000, help="port to listen on (8000)")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        parser.add_argument("--no-worker", action="store_true", help="no worker and no scheduler here")
        parser.add_argument("--with-parent", action="store_true", help="end when the parent process ends")
        parser.add_argument(
            "--prepare", action="store_true", help="only migrate, collect static files and set up, then end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # A background process group has no terminal to wait on: every line is written at once.
        def say(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        if options["prepare"]:
            call_command("migrate", interactive=False, verbosity=0)
            collect_if_changed()
            call_command("setup", demo=not options["no_demo"])
            return
        from curation.embedded.supervisor import Supervisor

        supervisor = Supervisor(
            options["host"],
            options["port"],
            demo=not options["no_demo"],
            worker=not options["no_worker"],
            with_parent=options["with_parent"],
            say=say,
        )
        try:
            supervisor.run()
        except ServiceError as error:
            raise CommandError(str(error)) from error
