"""`manage.py up` as a process of its own: up, killed, up again, asked to stop, and nothing left."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import pytest

from curation.embedded import Places, ServiceError
from curation.embedded.children import MARK, Child, clear_orphans
from curation.embedded.files import rotate
from curation.embedded.places import REPOSITORY
from curation.embedded.processes import finish
from curation.embedded.supervisor import address, check_port, holding

Start = Callable[..., subprocess.Popen[str]]
UP_SECONDS = 120
STOP_SECONDS = 15


@pytest.fixture
def start(places: Places) -> Iterator[Start]:
    started = []

    def go(*words: str) -> subprocess.Popen[str]:
        line = [sys.executable, str(REPOSITORY / "manage.py"), "up", *words]
        process = subprocess.Popen(
            line, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield go
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    clear_orphans(places)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until(process: subprocess.Popen[str], pattern: str) -> str:
    """The output up to the line that matches; fails with all of it when the process ends before."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if re.search(pattern, line):
            return seen
    pytest.fail(f"ended with {process.wait()} before {pattern!r}:\n{seen}")


def of_this_var(places: Places) -> list[psutil.Process]:
    """Every process that names the var folder in its environment, command line or working folder."""
    var, found = str(places.var), []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            named = var in process.environ().values() or any(var in word for word in process.cmdline())
            inside = process.cwd().startswith(var)
            if process.pid != os.getpid() and process.status() != "zombie" and (named or inside):
                found.append(process)
    return found


def names(places: Places) -> set[str]:
    text = " ".join(" ".join(process.cmdline()) for process in of_this_var(places))
    return {name for name in ("granian", "worker", "beat", "postgres", "redis-server") if name in text}


def healthz(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    finally:
        connection.close()


def test_up_killed_and_up_again_then_stopped(places: Places, start: Start) -> None:
    port = free_port()
    first = start("--port", str(port), "--no-demo")
    read_until(first, rf"http://127\.0\.0\.1:{port}/")
    assert healthz(port) == 200
    assert names(places) == {"granian", "worker", "beat", "postgres", "redis-server"}

    # A second one on the same folder says who holds it and harms nothing.
    second = start("--port", str(free_port()))
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1 and said.count("\n") == 1, said
    assert f"{places.var} is in use by process {first.pid}" in said
    assert healthz(port) == 200

    # A child that dies comes back.
    web = [one for one in of_this_var(places) if "granian" in " ".join(one.cmdline())]
    finish(web, 5, (signal.SIGKILL,))
    assert "web ended (signal 9" in read_until(first, "web ended")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError):
            assert healthz(port) == 200
            break
        time.sleep(0.2)
    else:
        pytest.fail("the web server did not come back")

    # Nor does a kill that nobody can catch stand in the way of the next run.
    first.kill()
    first.wait()
    third = start("--port", str(port), "--no-demo")
    read_until(third, rf"http://127\.0\.0\.1:{port}/")
    assert healthz(port) == 200

    third.send_signal(signal.SIGINT)
    begun = time.monotonic()
    said, _ = third.communicate(timeout=STOP_SECONDS + 15)
    assert time.monotonic() - begun < STOP_SECONDS
    assert third.returncode == 0 and "Traceback" not in said, said
    assert of_this_var(places) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_start_leaves_nothing(
    places: Places, start: Start, number: signal.Signals
) -> None:
    process = start("--port", str(free_port()), "--no-demo")
    deadline = time.monotonic() + UP_SECONDS
    while not (places.postgres / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and "Traceback" not in said, said
    assert of_this_var(places) == []


def test_with_parent_ends_with_it(places: Places) -> None:
    command = f'"{sys.executable}" manage.py up --with-parent --no-demo --port {free_port()} & wait'
    parent = subprocess.Popen(["sh", "-c", command], cwd=REPOSITORY, env=dict(os.environ))
    deadline = time.monotonic() + UP_SECONDS
    while not (places.postgres / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    while of_this_var(places) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert of_this_var(places) == []
    assert not (places.postgres / "postmaster.pid").exists(), "PostgreSQL was not stopped in order"


def test_a_taken_port_is_one_line(places: Places, start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and said.count("\n") == 1, said
    assert f"port {port} on 127.0.0.1 is taken" in said and "--port" in said
    assert not places.postgres.exists(), "servers were started before the port was looked at"


def test_a_var_that_cannot_be_made_is_one_line(
    places: Places, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.var.touch()
    process = start("--port", str(free_port()))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and said.count("\n") == 1, said
    assert f"{places.var} cannot be written" in said
    places.var.unlink()


@pytest.mark.parametrize("words", [["--port", "0"], ["--port", "http"], ["--nonsense"]])
def test_wrong_usage_ends_with_2(start: Start, words: list[str]) -> None:
    process = start(*words)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said


def test_only_one_holds_a_folder(places: Places) -> None:
    places.make()
    held = f"in use by process {os.getpid()}"
    with holding(places), pytest.raises(ServiceError, match=held), holding(places):
        pytest.fail("held twice")
    with holding(places):
        pass


def test_a_host_that_is_not_ours_is_named() -> None:
    with pytest.raises(ServiceError, match="cannot listen on 192.0.2.1 port 8000"):
        check_port("192.0.2.1", 8000)
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert address("::1", 80) == "http://[::1]:80/"


def test_a_child_is_started_again_after_growing_pauses(places: Places) -> None:
    places.make()
    child = Child("crash", [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], places)
    child.start()
    pauses: list[str] = []
    deadline = time.monotonic() + 20
    while len(pauses) < 2 and time.monotonic() < deadline:
        line = child.watch()
        if line:
            assert "status 3: the reason" in line
            pauses += re.findall(r"again in (\d+) s", line)
        time.sleep(0.02)
    assert pauses == ["1", "2"]


def test_a_child_that_will_not_end_is_ended_with_all_it_started(places: Places) -> None:
    places.make()
    stubborn = "trap '' TERM; sleep 61 & echo ready; while :; do sleep 1; done"
    child = Child("stubborn", ["sh", "-c", stubborn], places)
    child.start()
    deadline = time.monotonic() + 10
    while "ready" not in child.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    begun = time.monotonic()
    child.ask_to_stop()
    child.wait(begun + 0.5)
    assert 0.4 < time.monotonic() - begun < 3
    assert of_this_var(places) == []


def test_logs_are_turned_over_at_the_limit(places: Places) -> None:
    places.make()
    log = places.log / "web.log"
    log.write_text("x" * 11)
    rotate(log, limit=11)
    assert log.exists()
    rotate(log, limit=10)
    assert not log.exists() and (places.log / "web.log.1").read_text() == "x" * 11


def test_orphans_are_known_by_their_mark_only(places: Places) -> None:
    places.make()
    sleep = ["sleep", "60"]
    ours = subprocess.Popen(sleep, env={**os.environ, MARK: str(places.var)}, start_new_session=True)
    other = subprocess.Popen(sleep, env={**os.environ, MARK: str(places.var) + "-other"})
    try:
        assert clear_orphans(places) == 1
        assert ours.wait(5) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()
