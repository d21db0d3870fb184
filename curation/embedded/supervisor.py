"""Holds one installation together: servers, preparation, children, until a signal ends it."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from curation import embedded
from curation.embedded.children import Child, clear_orphans, environment, leave_with, programs
from curation.embedded.errors import ServiceError
from curation.embedded.files import last_line
from curation.embedded.places import REPOSITORY, Places

STOP_SECONDS = 7.0
READY_SECONDS = 90.0
SERVICE_CHECK_SECONDS = 2.0
MAX_FIRST_DEATHS = 3
LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


class Stopped(Exception):
    """A signal asked for the end."""


@contextmanager
def holding(places: Places) -> Iterator[None]:
    """Be the only `up` of this var folder. Raises ServiceError that names the process which is."""
    descriptor = os.open(places.run / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 200).decode().strip() or "another process"
            raise ServiceError(
                f"{places.var} is in use by {holder}: stop that one, or set VASCULUM_VAR to another folder"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def check_port(host: str, port: int) -> None:
    """Raises ServiceError when nothing can listen on host:port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ServiceError(
                    f"port {port} on {host} is taken: choose another with --port (make run PORT={port + 1})"
                ) from error
            raise ServiceError(
                f"cannot listen on {host} port {port} ({error.strerror or error}): see --host and --port"
            ) from error


def address(host: str, port: int) -> str:
    name = LOCAL.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


class Supervisor:
    """Runs everything of one installation in the foreground.

    `say` gets each line for the user. `with_parent` ends the run when the parent process ends.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        demo: bool = True,
        worker: bool = True,
        with_parent: bool = False,
        say: Callable[[str], None],
    ) -> None:
        self.parent = os.getppid() if with_parent else None
        self.host = host
        self.port = port
        self.demo = demo
        self.worker = worker
        self.say = say
        self.places = Places.from_environment()
        self.children: list[Child] = []
        self.checked = 0.0

    def run(self) -> None:
        """Start, watch, stop. Returns after an asked-for end; raises ServiceError when it cannot run."""
        begun = time.monotonic()
        self.places.make()
        with holding(self.places), self._signals():
            left = clear_orphans(self.places)
            if left:
                self.say(f"Ended {left} processes that a killed run had left behind.")
            check_port(self.host, self.port)
            try:
                embedded.ensure()
                self._prepare()
                self.children = programs(self.places, self.host, self.port, self.worker)
                for child in self.children:
                    child.start()
                self._wait_ready()
                self.say(
                    f"Vasculum is at {address(self.host, self.port)} (up in {time.monotonic() - begun:.0f} s)"
                )
                self.say(f"Data in {self.places.var}, logs in {self.places.log}. Ctrl-C stops everything.")
                while True:
                    self._watch()
                    time.sleep(0.25)
            except Stopped:
                self.say("Stopping …")
            finally:
                self._stop()
        self.say("Stopped.")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # ignored: started under nohup
            numbers.append(signal.SIGHUP)

        def stop(number: int, frame: object) -> None:
            for one in numbers:  # a second Ctrl-C must not cut the orderly end short
                signal.signal(one, signal.SIG_IGN)
            raise Stopped

        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        except Stopped:
            pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _prepare(self) -> None:
        """Migrations, static files, first set-up, in a process of their own that gives its memory back."""
        words = [sys.executable, str(REPOSITORY / "manage.py"), "up", "--prepare"]
        process = subprocess.Popen(
            words + ([] if self.demo else ["--no-demo"]),
            stdin=subprocess.DEVNULL,
            cwd=REPOSITORY,
            env=environment(self.places),
            start_new_session=True,
            preexec_fn=leave_with(os.getpid()),
        )
        try:
            while (status := process.poll()) is None:
                self._watch_parent()
                time.sleep(0.05)
        except Stopped:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()
            process.wait()
            raise
        if status:
            raise ServiceError(f"the preparation failed (status {status}); the reason stands above")

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            self._watch()
            web = self.children[0]
            answer = self._health()
            if answer == 200:
                return
            if time.monotonic() > deadline or web.deaths >= MAX_FIRST_DEATHS:
                raise ServiceError(
                    f"the web server does not answer on {address(self.host, self.port)}healthz "
                    f"({answer or 'no answer'}); see {web.log}: {last_line(web.log)}"
                )
            time.sleep(0.2)

    def _health(self) -> int:
        """The status of /healthz, or 0 without an answer."""
        connection = http.client.HTTPConnection(LOCAL.get(self.host, self.host), self.port, timeout=3)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _watch_parent(self) -> None:
        if self.parent is not None and os.getppid() != self.parent:
            raise Stopped

    def _watch(self) -> None:
        self._watch_parent()
        if time.monotonic() - self.checked > SERVICE_CHECK_SECONDS:
            if embedded.addresses() is None:
                self.say(f"The database or Redis had ended; starting it again, see {self.places.log}")
                embedded.ensure()
            self.checked = time.monotonic()
        for child in self.children:
            line = child.watch()
            if line:
                self.say(line)

    def _stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.wait(deadline)
        embedded.release(self.places)
