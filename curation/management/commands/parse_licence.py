"""Read licence texts: one line of JSON for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from curation.licensing import parse, verdict


class Command(BaseCommand):
    help = (
        "Say what licence texts mean: one line of JSON for each, with verbatim, code, version, jurisdiction, "
        "verdict (accept, refuse or review, by the default policy) and reason. Needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "texts",
            nargs="+",
            metavar="TEXT",
            help="A licence text; - reads standard input, one text a line.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for text in self._texts(options["texts"]):
            reading = parse(text)
            decision, reason = verdict(reading)
            answer = {
                "verbatim": text,
                "code": reading.code,
                "version": reading.version,
                "jurisdiction": reading.jurisdiction,
                "verdict": decision,
                "reason": reason,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=not self._shows_unicode()))

    def _shows_unicode(self) -> bool:
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        return encoding.lower().replace("-", "") == "utf8"

    def _texts(self, arguments: Iterable[str]) -> Iterator[str]:
        for argument in arguments:
            if argument != "-":
                # The shell passes bytes on; those that are no UTF-8 arrive as lone surrogates.
                yield argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                continue
            # Lines end with a line feed and nothing else: a text may hold other separators.
            for line in sys.stdin.buffer:
                yield line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
