"""Random input to every parser, to the API and to pages: `make fuzz CASES=50000`.

python -m tests.fuzz [--cases 50000] [--only NAME …] [--seed 89]

Each case must end within ten seconds and 512 MiB, in words where it is refused; nothing may be half-written.
Goes round all targets several times, each time with other cases, so that a stopped run has tried every
one. Prints cases, share, seconds, the slowest and the largest case of each target, and what broke one, with
its input shrunk. Status 1 where one broke.
Own PostgreSQL and Redis in a temporary folder.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.database import own_database
from benchmarks.summary import number
from tests.fuzz.running import CASE_SECONDS, Result, Target, Watch, attack, peak

ROUND = 5_000  # cases of all targets in one go round
PROCESS_GIB = 4  # what the process may hold: more is refused it, rather than taken from the machine
MEMORY = Path("/dev/shm")  # a folder in memory: most of the time goes into small files otherwise


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=number, default=50_000, help="of all targets together")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only targets whose names begin so")
    parser.add_argument("--seed", type=int, default=89, help="another seed gives other cases")
    arguments = parser.parse_args()
    with own_database(), small_files_in_memory():
        import django

        django.setup()
        from django.conf import settings
        from django.test import override_settings

        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        with override_settings(
            API_SESSION_RATE=0,
            ALLOWED_HOSTS=["testserver"],
            STORAGES=settings.STORAGES | {"staticfiles": plain},
        ):
            return attack_all(arguments)


@contextmanager
def small_files_in_memory() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        before, tempfile.tempdir = tempfile.tempdir, folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def attack_all(arguments: argparse.Namespace) -> int:
    import logging

    from tests.fuzz import parsers
    from tests.fuzz.site import Site

    logging.disable(logging.CRITICAL)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (PROCESS_GIB * 2**30, hard))
    chosen = tuple(arguments.only or [""])
    targets = [one for one in [*parsers.targets(), *Site().targets()] if one.name.startswith(chosen)]
    if not targets:
        sys.exit(f"no target begins with {' or '.join(chosen)}")
    found = {one.name: Result(one.name) for one in targets}
    rounds = max(round(arguments.cases / ROUND), 1)
    watch = Watch(lambda words: ended(words, list(found.values())))
    try:
        for turn in range(rounds):
            go_round(targets, found, arguments, turn, rounds, watch)
            done = sum(one.cases for one in found.values())
            print(f"round {turn + 1} of {rounds}: {done:,} cases", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    return tell(list(found.values()))


def go_round(
    targets: Sequence[Target],
    found: dict[str, Result],
    arguments: argparse.Namespace,
    turn: int,
    rounds: int,
    watch: Watch,
) -> None:
    """Each target that has not broken gets its share of the round, and never fewer than that."""
    shares = sum(one.weight for one in targets)
    for one in targets:
        sum_ = found[one.name]
        if sum_.problem:
            continue
        cases = -(-arguments.cases * one.weight // (shares * rounds))
        # What keeps Python's lock is not seen by the watch, and ends here, with the place where it does.
        faulthandler.dump_traceback_later(60 + cases * CASE_SECONDS, exit=True)
        new = attack(one, cases, arguments.seed + turn, watch)
        faulthandler.cancel_dump_traceback_later()
        found[one.name] = replace(
            sum_,
            cases=sum_.cases + new.cases,
            seconds=sum_.seconds + new.seconds,
            slowest=max(sum_.slowest, new.slowest),
            largest=max(sum_.largest, new.largest),
            problem=new.problem,
        )


def ended(words: str, found: Sequence[Result]) -> None:
    """A case did not end: what was found until then, and that case, before the process ends with it."""
    tell(found)
    print(f"BROKEN: {words}", flush=True)


def tell(found: Sequence[Result]) -> int:
    """The table; 1 where a target broke or was given nothing."""
    cases = sum(one.cases for one in found)
    print(f"{'':22}{'cases':>8}{'share':>8}{'seconds':>9}{'slowest ms':>12}{'largest MiB':>13}")
    for one in found:
        share = one.cases / max(cases, 1)
        print(
            f"{one.name:22}{one.cases:8,}{share:8.1%}{one.seconds:9.1f}"
            f"{1000 * one.slowest:12,.0f}{one.largest:13.0f}"
        )
        if one.problem:
            print(f"  BROKEN: {one.problem}")
    broken = [one.name for one in found if one.problem]
    missed = [one.name for one in found if not one.cases]
    print(f"{cases:,} cases, the process at {peak():,.0f} MiB at most; broken: {', '.join(broken) or 'none'}")
    if missed:
        print(f"not reached: {', '.join(missed)}")
    return 1 if broken or missed else 0


if __name__ == "__main__":
    sys.exit(main())
