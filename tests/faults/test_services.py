"""Whatever is killed in the middle of all work: votes are there once, jobs end, no file is half there.

Each round begins an ingest, an import of records, a freeze and an export while people vote, holds all of it
in the middle, and ends what the round is about.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connections

from curation.services.freeze import freeze
from tests.browser.faults import kill as kill_site
from tests.curation.releases.conftest import Garden
from tests.factories import make_user
from tests.faults import services
from tests.faults.conftest import MakeOpen
from tests.faults.curators import Curator
from tests.faults.everything import (
    GATES,
    begin,
    check_books,
    check_round,
    held_in_the_middle,
    wait_at_the_gates,
)
from tests.faults.workshop import Workshop
from tests.worker import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
CURATORS = 3
Fault = Callable[[Workshop], None]


def worker_killed(shop: Workshop) -> None:
    shop.workers[0].kill()
    shop.workers[0].start_worker()


def web_killed(shop: Workshop) -> None:
    kill_site(shop.sites[0])
    shop.sites[0].start()


def redis_killed(shop: Workshop) -> None:
    services.kill_redis()
    services.start_redis()


def redis_lost(shop: Workshop) -> None:
    services.kill_redis()
    services.wipe_redis()
    services.start_redis()


def postgres_killed(shop: Workshop) -> None:
    services.kill_postgres()
    services.start_postgres()


def postgres_restarted(shop: Workshop) -> None:
    services.restart_postgres()


def postgres_out_of_room(shop: Workshop) -> None:
    """No byte can be written, the log included: the server gives up, and is started when there is room."""
    services.fill_up_postgres()
    services.start_postgres()


def power_cut(shop: Workshop) -> None:
    """All of it at once; Redis loses what it had."""
    kill_site(shop.sites[0])
    shop.workers[0].kill()
    services.kill_redis()
    services.kill_postgres()
    services.wipe_redis()
    services.start_postgres()
    services.start_redis()
    shop.workers[0].start_worker()
    shop.sites[0].start()


ALONE = [
    *(worker_killed, web_killed, redis_killed, redis_lost),
    *(postgres_killed, postgres_restarted, postgres_out_of_room),
]


def wait_until_all_vote(curators: list[Curator]) -> None:
    """Until everybody has a vote on record that was not yet there when this was called.

    Jobs may be over sooner: the worker is there again before the web server is.
    """
    before = [len(curator.said) for curator in curators]

    def voted() -> bool:
        now = [len(curator.said) for curator in curators]
        stopped = any(curator.problems for curator in curators)
        return stopped or all(after > least for after, least in zip(now, before, strict=True))

    wait_for(voted, 60)
    assert not [problem for curator in curators for problem in curator.problems]


def go_through(
    shop: Workshop, garden: Garden, make_open: MakeOpen, folder: Path, faults: list[Fault]
) -> None:
    project = make_open(3_000)
    release = freeze(garden.project, seed=1, name="first", train=2, test=1, validate=1)
    shop.start(at_once=4)
    curators = [Curator(make_user(), project, shop.addresses) for _ in range(CURATORS)]
    for curator in curators:
        curator.start()
    for number, fault in enumerate(faults, 1):
        with ExitStack() as held:
            with shop.paused():  # the jobs must not be over before they are held
                round_ = begin(number, folder, garden, release)
                held.enter_context(held_in_the_middle())
            wait_at_the_gates(len(GATES))
            fault(shop)
        connections.close_all()
        wait_until_all_vote(curators)
        wait_for(round_.ended, 120)
        check_round(round_)
    for curator in curators:
        curator.stop()
    assert check_books(curators, project.pk) >= len(faults) * CURATORS


def test_a_power_cut_in_the_middle_of_all_work(
    workshop: Workshop, garden: Garden, make_open: MakeOpen, tmp_path: Path
) -> None:
    go_through(workshop, garden, make_open, tmp_path, [power_cut])


@pytest.mark.faults
@pytest.mark.parametrize("fault", ALONE, ids=lambda fault: fault.__name__)
def test_one_alone_in_the_middle_of_all_work(
    fault: Fault, workshop: Workshop, garden: Garden, make_open: MakeOpen, tmp_path: Path
) -> None:
    go_through(workshop, garden, make_open, tmp_path, [fault])


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_one_after_the_other_in_the_middle_of_all_work(
    workshop: Workshop, garden: Garden, make_open: MakeOpen, tmp_path: Path
) -> None:
    """As in a bad night: what one has left behind does not harm the next."""
    go_through(workshop, garden, make_open, tmp_path, [worker_killed, redis_lost, postgres_killed, power_cut])
