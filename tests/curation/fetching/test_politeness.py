"""What a host sees of us, by its own log. Times have lower bounds only: a slow machine waits longer."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from curation.fetching import HostPolicy, Outcome, Target
from curation.fetching.client import retry_after
from tests.curation.fetching.server import Server, delayed, in_turn, page, picture, redirect, status
from tests.curation.fetching.work import ListWork, fetch, fetch_one, jpeg, quick

# The server notes a request a moment after we started it, and not always the same moment.
JITTER = 0.1  # seconds a request may be late on a busy machine, which makes the next gap shorter


def many(host: str, count: int, first: int = 1) -> list[Target]:
    return [Target(first + n, f"http://{host}/{n}.jpg") for n in range(count)]


def serve(server: Server, count: int, **how: float) -> None:
    for n in range(count):
        server.on(f"/{n}.jpg", picture(jpeg(n), **how))  # type: ignore[arg-type]


def test_one_at_a_time_and_a_wait_between(server: Server, tmp_path: Path) -> None:
    serve(server, 4, piece=1_500, pause=0.02)
    work = ListWork([*many("a.test", 4), *many("b.test", 4, 101)])
    fetch(work, quick(tmp_path, server.address, wait_seconds=0.2))
    for host in ("a.test", "b.test"):
        assert [one.path for one in server.log if one.host == host][0] == "/robots.txt"
        assert len(server.gaps(host)) == 4
        assert min(server.gaps(host)) >= 0.2 - JITTER
        assert server.most_at_once(host) == 1
    # Hosts do not wait for each other.
    assert server.starts("b.test")[0] < server.starts("a.test")[-1]


def test_a_host_of_its_own_policy(server: Server, tmp_path: Path) -> None:
    serve(server, 9, piece=1_000, pause=0.03)
    work = ListWork([*many("slow.test", 3), *many("fast.test", 9, 101)])
    work.policies = {
        "slow.test": HostPolicy("slow.test", wait_seconds=0.3),
        "fast.test": HostPolicy("fast.test", wait_seconds=0.0, connections=3),
    }
    fetch(work, quick(tmp_path, server.address, wait_seconds=0.1))
    assert min(server.gaps("slow.test")) >= 0.3 - JITTER
    assert 1 < server.most_at_once("fast.test") <= 3


def test_redirects_and_retries_wait_like_any_request(server: Server, tmp_path: Path, photo: bytes) -> None:
    server.on("a.test/0.jpg", redirect("/moved.jpg"))
    server.on("a.test/moved.jpg", redirect("http://b.test/0.jpg"))
    server.on("b.test/0.jpg", in_turn(status(500), picture(photo)))
    result = fetch_one("http://a.test/0.jpg", quick(tmp_path, server.address, wait_seconds=0.15, attempts=2))
    assert result.outcome is Outcome.OK
    for host in ("a.test", "b.test"):
        assert len(server.gaps(host)) >= 2
        assert min(server.gaps(host)) >= 0.15 - JITTER


def test_hosts_that_redirect_to_each_other_do_not_block_each_other(
    server: Server, tmp_path: Path, photo: bytes
) -> None:
    for n in range(5):
        server.on(f"a.test/{n}.jpg", redirect(f"http://b.test/at{n}.jpg"))
        server.on(f"b.test/{n}.jpg", redirect(f"http://a.test/at{n}.jpg"))
        server.on(f"/at{n}.jpg", picture(jpeg(n), piece=500, pause=0.02))
    work = fetch(ListWork([*many("a.test", 5), *many("b.test", 5, 101)]), quick(tmp_path, server.address))
    assert {one.outcome for one in work.results.values()} == {Outcome.OK}
    assert server.most_at_once("a.test") == server.most_at_once("b.test") == 1


def test_robots_txt_is_asked_once_and_obeyed(server: Server, tmp_path: Path) -> None:
    serve(server, 3)
    server.on("/private/x.jpg", picture(jpeg(9)))
    server.on(
        "/robots.txt",
        page("User-agent: vasculum\nDisallow: /private/\n\nUser-agent: *\nDisallow: /\n"),
    )
    targets = [*many("a.test", 3), Target(50, "http://a.test/private/x.jpg")]
    work = fetch(ListWork(targets), quick(tmp_path, server.address))
    assert [one.failure for one in work.results.values()] == ["", "", "", "robots"]
    assert work.results[50].attempts == 0
    assert len(server.asked("/robots.txt")) == 1
    assert server.asked("/private/x.jpg") == []


def test_robots_txt_is_asked_again_when_old_and_for_every_port(server: Server, tmp_path: Path) -> None:
    serve(server, 2)
    targets = [*many("a.test", 2), Target(9, "http://a.test:8080/1.jpg")]
    fetch(ListWork(targets[1:]), quick(tmp_path, server.address))
    assert len(server.asked("/robots.txt")) == 2
    fetch(ListWork(targets[:2]), quick(tmp_path, server.address, robots_lifetime=0.0, wait_seconds=0.05))
    assert len(server.asked("/robots.txt")) == 4


@pytest.mark.parametrize("code", [500, 503, 429])
def test_nothing_is_fetched_while_robots_txt_fails(code: int, server: Server, tmp_path: Path) -> None:
    serve(server, 1)
    server.on("/robots.txt", status(code))
    result = fetch_one("http://a.test/0.jpg", quick(tmp_path, server.address, attempts=2))
    assert (result.failure, result.status) == ("robots-unreachable", code)
    assert (len(server.asked("/robots.txt")), server.asked("/0.jpg")) == (2, [])


@pytest.mark.parametrize(
    "answer", [status(404), status(403), redirect("/x/robots.txt"), redirect("http://127.0.0.1/")]
)
def test_without_robots_txt_everything_is_allowed(answer: object, server: Server, tmp_path: Path) -> None:
    serve(server, 1)
    server.on("/robots.txt", answer)  # type: ignore[arg-type]
    assert fetch_one("http://a.test/0.jpg", quick(tmp_path, server.address)).outcome is Outcome.OK


def test_robots_txt_that_moved_counts(server: Server, tmp_path: Path) -> None:
    serve(server, 1)
    server.on("a.test/robots.txt", redirect("http://www.a.test/robots.txt"))
    server.on("www.a.test/robots.txt", page("User-agent: *\nDisallow: /\n"))
    assert fetch_one("http://a.test/0.jpg", quick(tmp_path, server.address)).failure == "robots"


def test_a_crawl_delay_is_kept_where_it_is_longer(server: Server, tmp_path: Path) -> None:
    serve(server, 3)
    server.on("/robots.txt", page("User-agent: *\nCrawl-delay: 0.4\n"))
    fetch(ListWork(many("a.test", 3)), quick(tmp_path, server.address, wait_seconds=0.1))
    assert min(server.gaps("a.test")) >= 0.4 - JITTER
    fetch(ListWork(many("b.test", 3)), quick(tmp_path, server.address, wait_seconds=0.5))
    assert min(server.gaps("b.test")) >= 0.5 - JITTER
    server.on("c.test/robots.txt", page("User-agent: *\nCrawl-delay: 86400\n"))
    assert fetch_one("http://c.test/0.jpg", quick(tmp_path, server.address)).failure == "robots"


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_waited_out_by_all_of_the_host(code: int, server: Server, tmp_path: Path) -> None:
    serve(server, 3)
    server.on("/0.jpg", in_turn(status(code, Retry_After="1"), picture(jpeg(0))))
    work = fetch(ListWork(many("a.test", 3)), quick(tmp_path, server.address, attempts=2))
    assert {one.outcome for one in work.results.values()} == {Outcome.OK}
    first, *after = [one for one in server.log if one.path != "/robots.txt"]
    assert min(one.at for one in after) - first.at >= 1 - JITTER


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
    assert retry_after(format_datetime(now + timedelta(seconds=90), usegmt=True), now) == 90
    assert retry_after("Tue, 24 Nov 2026 12:00:10 +0000", now) == 10
    assert retry_after(format_datetime(now - timedelta(hours=1), usegmt=True), now) == 0
    assert retry_after("120", now) == 120
    for text in ("", "soon", "-1", "1.5", "²"):
        assert retry_after(text, now) is None


def test_a_date_in_retry_after_is_kept(server: Server, tmp_path: Path) -> None:
    when = (datetime.now(UTC) + timedelta(seconds=2)).replace(microsecond=0)
    serve(server, 1)
    server.on(
        "/0.jpg", in_turn(status(429, Retry_After=format_datetime(when, usegmt=True)), picture(jpeg(0)))
    )
    result = fetch_one("http://a.test/0.jpg", quick(tmp_path, server.address, attempts=2))
    assert result.outcome is Outcome.OK
    assert result.fetched_at >= when - timedelta(seconds=JITTER)


def test_a_long_retry_after_ends_the_host_for_this_run(server: Server, tmp_path: Path) -> None:
    serve(server, 3)
    server.on("/0.jpg", status(429, Retry_After="3600"))
    before = datetime.now(UTC)
    work = fetch(ListWork(many("a.test", 3)), quick(tmp_path, server.address, attempts=3))
    assert [one.failure for one in work.results.values()] == ["http-429", "host-down", "host-down"]
    for one in work.results.values():
        assert one.retry_at is not None and one.retry_at >= before + timedelta(seconds=3590)
    assert [one.path for one in server.log] == ["/robots.txt", "/0.jpg"]
    name, note = work.notes[-1]
    assert name == "a.test" and note["paused_until"] >= before + timedelta(seconds=3590)


def test_a_backing_off_target_holds_its_whole_host(server: Server, tmp_path: Path) -> None:
    serve(server, 2)
    server.on("/0.jpg", in_turn(status(500), status(500), picture(jpeg(0))))
    fetch(ListWork(many("a.test", 2)), quick(tmp_path, server.address, attempts=3, backoff_seconds=0.2))
    assert [one.path for one in server.log[1:]] == ["/0.jpg"] * 3 + ["/1.jpg"]
    assert server.gaps("a.test")[1] >= 0.2 - JITTER
    assert server.gaps("a.test")[2] >= 0.4 - JITTER


def test_a_failing_host_is_paused_asked_once_and_given_up(server: Server, tmp_path: Path) -> None:
    for n in range(12):
        server.on(f"/{n}.jpg", status(500))
    settings = quick(tmp_path, server.address, failures_in_a_row=3, pause_seconds=0.3, pauses=3)
    work = fetch(ListWork(many("a.test", 12)), settings)
    # Three failures, a pause, one probe, a pause twice as long, one probe, and that was it.
    assert [one.failure for one in work.results.values()] == ["http-5xx"] * 5 + ["host-down"] * 7
    assert [one.attempts for one in work.results.values()] == [1] * 5 + [0] * 7
    gaps = server.gaps("a.test")
    assert len(gaps) == 5
    assert gaps[3] >= 0.3 - JITTER and gaps[4] >= 0.6 - JITTER
    assert work.notes[-1][1]["failures"] == 5


def test_after_a_pause_there_is_one_question_at_a_time(server: Server, tmp_path: Path) -> None:
    for n in range(12):
        server.on(f"/{n}.jpg", delayed(status(500), 0.1))
    settings = quick(
        tmp_path, server.address, failures_in_a_row=3, pause_seconds=0.2, pauses=3, connections=3
    )
    fetch(ListWork(many("a.test", 12)), settings)
    assert server.most_at_once("a.test") == 3
    first_failed = server.log[1].ended
    assert first_failed is not None
    probes = [one for one in server.log if one.at >= first_failed + 0.2 - JITTER]
    assert len(probes) == 2
    assert probes[0].ended is not None and probes[0].ended <= probes[1].at


def test_a_host_that_recovers_is_asked_on(server: Server, tmp_path: Path) -> None:
    serve(server, 6)
    for n in range(3):
        server.on(f"/{n}.jpg", status(500))
    settings = quick(tmp_path, server.address, failures_in_a_row=3, pause_seconds=0.2, connections=2)
    work = fetch(ListWork(many("a.test", 6)), settings)
    assert [work.results[key].failure for key in range(1, 7)] == ["http-5xx"] * 3 + [""] * 3
    assert {key: work.notes[-1][1][key] for key in ("failures", "paused_until")} == {
        "failures": 0,
        "paused_until": None,
    }


def test_missing_pictures_do_not_count_against_a_host(server: Server, tmp_path: Path) -> None:
    settings = quick(tmp_path, server.address, failures_in_a_row=2)
    work = fetch(ListWork(many("a.test", 8)), settings)
    assert {one.failure for one in work.results.values()} == {"http-404"}


def test_pauses_and_waits_survive_a_restart(server: Server, tmp_path: Path) -> None:
    serve(server, 2)
    now = datetime.now(UTC)
    work = ListWork([*many("a.test", 1), *many("b.test", 1, 11), *many("c.test", 1, 21)])
    work.policies = {
        "a.test": HostPolicy("a.test", paused_until=now + timedelta(seconds=1.0)),
        "b.test": HostPolicy("b.test", wait_seconds=1.0, last_request_at=now),
        "c.test": HostPolicy("c.test", paused_until=now + timedelta(hours=2), failures=7),
    }
    started = time.monotonic()
    fetch(work, quick(tmp_path, server.address))
    assert server.starts("a.test")[0] - started >= 0.9
    assert server.starts("b.test")[0] - started >= 0.9
    assert (work.results[21].failure, server.starts("c.test")) == ("host-down", [])


def test_the_time_of_a_request_is_noted_before_it_is_made(server: Server, tmp_path: Path) -> None:
    serve(server, 1)
    work = ListWork(many("a.test", 1))
    fetch(work, quick(tmp_path, server.address))
    name, note = work.notes[0]
    assert (name, note["failures"], note["paused_until"]) == ("a.test", 0, None)
    assert abs((datetime.now(UTC) - note["last_request_at"]).total_seconds()) < 60
