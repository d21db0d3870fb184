"""Random input to every parser, to the API and to pages: `make fuzz CASES=50000`.

python -m tests.fuzz [--cases 50000] [--only NAME …] [--seed 89]

Each case must end within ten seconds, in words where it is refused; nothing may be half-written. Prints
cases, seconds and the slowest case of each target, and what broke one, with its input shrunk. Status 1 where
one broke.
Own PostgreSQL and Redis in a temporary folder.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.database import own_database
from benchmarks.summary import number


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=number, default=50_000, help="of all targets together")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only targets whose names begin so")
    parser.add_argument("--seed", type=int, default=89, help="another seed gives other cases")
    arguments = parser.parse_args()
    with own_database():
        import django

        django.setup()
        from django.conf import settings
        from django.test import override_settings

        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        with override_settings(API_SESSION_RATE=0, STORAGES=settings.STORAGES | {"staticfiles": plain}):
            return attack_all(arguments)


def attack_all(arguments: argparse.Namespace) -> int:
    import logging

    from django.test.utils import setup_test_environment

    from tests.fuzz import parsers
    from tests.fuzz.running import attack
    from tests.fuzz.site import Site

    setup_test_environment()
    logging.disable(logging.CRITICAL)
    targets = [*parsers.targets(), *Site().targets()]
    chosen = tuple(arguments.only or [""])
    targets = [one for one in targets if one.name.startswith(chosen)]
    shares = sum(one.weight for one in targets)
    broken, cases = [], 0
    print(f"{'':22}{'cases':>8}{'seconds':>9}{'slowest ms':>12}", flush=True)
    for one in targets:
        found = attack(one, max(arguments.cases * one.weight // shares, 1), arguments.seed)
        cases += found.cases
        print(f"{found.name:22}{found.cases:8,}{found.seconds:9.1f}{1000 * found.slowest:12,.0f}", flush=True)
        if found.problem:
            broken.append(found.name)
            print(f"  BROKEN: {found.problem}", flush=True)
    print(f"{cases:,} cases; broken: {', '.join(broken) or 'none'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
