"""Pictures that a host serves in place of others."""

from __future__ import annotations

from pathlib import Path

from curation.fetching import Target
from curation.fetching.stand_ins import StandIns
from tests.curation.fetching.server import Server, picture
from tests.curation.fetching.work import ListWork, fetch, jpeg, quick


def test_the_same_picture_for_all_is_a_stand_in(server: Server, tmp_path: Path) -> None:
    for n in range(5):
        server.on(f"/{n}.jpg", picture(jpeg(7)))
    server.on("/own.jpg", picture(jpeg(8)))
    targets = [Target(n, f"http://a.test/{n}.jpg") for n in range(5)]
    targets += [Target(10, "http://a.test/own.jpg"), Target(11, "http://b.test/0.jpg")]
    work = fetch(ListWork(targets), quick(tmp_path, server.address))
    assert [work.results[key].failure for key in (0, 1, 2, 3, 4, 10, 11)] == [
        "",
        "",
        "hot-link",
        "hot-link",
        "hot-link",
        "",
        "",
    ]
    # The third tells which two came in before it was known.
    assert work.results[2].also == (0, 1)
    assert work.results[3].also == work.results[4].also == ()
    assert work.results[2].sha256 == work.results[0].sha256
    assert work.results[2].path is None


def test_one_address_asked_for_often_is_not(server: Server, tmp_path: Path) -> None:
    server.on("/0.jpg", picture(jpeg(7)))
    work = fetch(
        ListWork([Target(n, "http://a.test/0.jpg") for n in range(5)]), quick(tmp_path, server.address)
    )
    assert {one.failure for one in work.results.values()} == {""}


def test_old_pictures_are_forgotten() -> None:
    import hashlib

    stand_ins = StandIns(2)
    digests = [hashlib.sha256(bytes([n // 256, n % 256])).hexdigest() for n in range(50_001)]
    for key, digest in enumerate(digests):
        assert stand_ins.seen("a", digest, f"http://a/{key}", key) is None
    assert stand_ins.seen("a", digests[1], "http://a/x", 1) == (1,)
    assert stand_ins.seen("a", digests[0], "http://a/y", 2) is None
