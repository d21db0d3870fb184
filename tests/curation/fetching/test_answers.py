"""What a host may answer, and what becomes of it. Each case is a real answer of a real server."""

from __future__ import annotations

import gzip
from email.utils import formatdate
from pathlib import Path

import pytest

from curation.fetching import FAILURES, Outcome
from tests.curation.fetching.server import (
    Handler,
    Server,
    bomb,
    chunked,
    cut,
    drip,
    endless,
    hang_up,
    in_turn,
    page,
    picture,
    raw,
    slow_headers,
    status,
)
from tests.curation.fetching.work import fetch_one, jpeg, quick

PHOTO = jpeg()
HTML = "<!doctype html><html><body>Click through</body></html>"


def test_a_picture_comes_whole(server: Server, tmp_path: Path) -> None:
    server.on("/a.jpg", picture(PHOTO, etag='"v1"', modified="Tue, 01 Sep 2026 10:00:00 GMT"))
    result = fetch_one("http://herbarium.test/a.jpg", quick(tmp_path, server.address))
    assert result.outcome is Outcome.OK
    assert (result.status, result.bytes, result.sniffed) == (200, len(PHOTO), "JPEG")
    assert (result.etag, result.last_modified) == ('"v1"', "Tue, 01 Sep 2026 10:00:00 GMT")
    assert (result.content_type, result.attempts, result.url) == (
        "image/jpeg",
        1,
        "http://herbarium.test/a.jpg",
    )
    asked = server.asked("/a.jpg")[0]
    assert asked.headers["user-agent"] == ("Vasculum/0.0.0 (+https://example.org/about; curator@example.org)")
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.host == "herbarium.test"


CASES: dict[str, tuple[Handler, str]] = {
    "slow headers": (slow_headers(), "timeout"),
    "drip": (drip(PHOTO), "timeout"),
    "silence": (picture(PHOTO, piece=100, pause=300), "timeout"),
    "cut in the middle": (cut(PHOTO, 500), "incomplete"),
    "more declared than there is": (cut(PHOTO, len(PHOTO), len(PHOTO) + 10), "incomplete"),
    "hang up": (hang_up(), "reset"),
    "not HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "bad-http"),
    "bad chunking": (chunked([PHOTO], b"zz\r\n"), "bad-http"),
    "chunks without end": (chunked([PHOTO], b""), "incomplete"),
    "401": (status(401), "http-401"),
    "403": (status(403, b"Forbidden"), "http-403"),
    "404": (status(404), "http-404"),
    "410": (status(410), "http-410"),
    "418": (status(418), "http-4xx"),
    "429": (status(429), "http-429"),
    "500": (status(500), "http-5xx"),
    "503": (status(503), "http-5xx"),
    "501": (status(501), "http-5xx"),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "http-other"),
    "304 unasked": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "http-other"),
    "206 unasked": (status(206, PHOTO, "image/jpeg"), "http-other"),
    "redirect to nowhere": (status(302), "http-other"),
    "web page": (page(HTML, "text/html"), "html"),
    "web page called a picture": (page(HTML, "image/jpeg"), "html"),
    "text": (page("not found, sorry", "image/jpeg"), "not-a-picture"),
    "PDF": (status(200, b"%PDF-1.7 " + b"x" * 200, "image/jpeg"), "not-a-picture"),
    "three bytes": (status(200, b"\x01\x02\x03", "image/jpeg"), "not-a-picture"),
    "empty": (status(200, b"", "image/jpeg"), "empty"),
    "empty chunks": (chunked([]), "empty"),
    "huge, declared": (cut(PHOTO, 100, 10**12), "too-large"),
    "huge, undeclared": (chunked([PHOTO, *[b"\0" * 50_000] * 30]), "too-large"),
    "endless": (endless(PHOTO), "too-large"),
    "gzip bomb": (bomb(PHOTO, 64), "too-large"),
    "damaged gzip": (
        status(200, gzip.compress(PHOTO)[:-8] + b"wrongsum", Content_Encoding="gzip"),
        "bad-http",
    ),
    "brotli unasked": (status(200, PHOTO, Content_Encoding="br"), "bad-http"),
    "hot-link page": (status(403, b"<p>Hot-linking is not allowed"), "hot-link"),
    "hot-link picture": (status(403, PHOTO, "image/jpeg"), "hot-link"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_bad_answer_has_its_class(case: str, server: Server, tmp_path: Path) -> None:
    handler, expected = CASES[case]
    server.on("/a.jpg", handler)
    settings = quick(
        tmp_path,
        server.address,
        header_seconds=0.5,
        read_seconds=0.5,
        speed_window=0.5,
        minimum_speed=1_000.0,
        max_bytes=1_000_000,
    )
    result = fetch_one("http://herbarium.test/a.jpg", settings)
    assert (result.outcome, result.failure) == (Outcome.FAILED, expected), result.message
    assert result.path is None
    assert result.message.endswith(".") and len(result.message) < 300
    assert expected in FAILURES


@pytest.mark.parametrize("declared", ["text/html", "", "application/octet-stream", "image/png"])
def test_the_bytes_decide_not_the_type(declared: str, server: Server, tmp_path: Path) -> None:
    server.on("/a", picture(PHOTO, content_type=declared))
    result = fetch_one("http://herbarium.test/a", quick(tmp_path, server.address))
    assert (result.outcome, result.sniffed, result.content_type) == (Outcome.OK, "JPEG", declared)


def test_gzip_that_was_not_asked_for_is_unpacked(server: Server, tmp_path: Path) -> None:
    server.on("/a", bomb(PHOTO, 0))
    result = fetch_one("http://herbarium.test/a", quick(tmp_path, server.address))
    assert (result.outcome, result.bytes) == (Outcome.OK, len(PHOTO))


def test_http_1_0_without_a_length(server: Server, tmp_path: Path) -> None:
    server.on("/a", raw(b"HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n", PHOTO))
    result = fetch_one("http://herbarium.test/a", quick(tmp_path, server.address))
    assert (result.outcome, result.bytes) == (Outcome.OK, len(PHOTO))


def test_chunks_are_put_together(server: Server, tmp_path: Path) -> None:
    server.on("/a", chunked([PHOTO[:10], PHOTO[10:700], PHOTO[700:]]))
    result = fetch_one("http://herbarium.test/a", quick(tmp_path, server.address))
    assert (result.outcome, result.bytes) == (Outcome.OK, len(PHOTO))


@pytest.mark.parametrize("known", [{"etag": '"v1"'}, {"last_modified": "Tue, 01 Sep 2026 10:00:00 GMT"}])
def test_what_was_fetched_before_is_asked_for_conditionally(
    known: dict[str, str], server: Server, tmp_path: Path
) -> None:
    server.on("/a.jpg", picture(PHOTO, etag='"v1"', modified="Tue, 01 Sep 2026 10:00:00 GMT"))
    result = fetch_one("http://herbarium.test/a.jpg", quick(tmp_path, server.address), **known)
    assert (result.outcome, result.status, result.etag) == (Outcome.UNCHANGED, 304, '"v1"')
    changed = fetch_one("http://herbarium.test/a.jpg", quick(tmp_path, server.address), etag='"v0"')
    assert changed.outcome is Outcome.OK


def test_an_etag_cannot_smuggle_headers(server: Server, tmp_path: Path) -> None:
    server.on("/a.jpg", picture(PHOTO))
    settings = quick(tmp_path, server.address)
    assert fetch_one("http://h.test/a.jpg", settings, etag='"x"\r\nCookie: a=b').outcome is Outcome.OK
    assert "cookie" not in server.asked("/a.jpg")[0].headers


def test_a_manifest_is_json(server: Server, tmp_path: Path) -> None:
    server.on("/m", page('{"type": "Manifest"}', "application/json"))
    server.on("/p", picture(PHOTO))
    settings = quick(tmp_path, server.address)
    result = fetch_one("http://iiif.test/m", settings, expect="iiif")
    assert (result.outcome, result.sniffed) == (Outcome.OK, "JSON")
    assert result.path is not None and result.path.suffix == ".json"
    assert fetch_one("http://iiif.test/p", settings, expect="iiif").failure == "not-json"
    assert fetch_one("http://iiif.test/m", settings).failure == "not-a-picture"
    small = quick(tmp_path, server.address, max_document_bytes=10)
    assert fetch_one("http://iiif.test/m", small, expect="iiif").failure == "too-large"


def test_passing_failures_are_tried_again(server: Server, tmp_path: Path) -> None:
    server.on("/a.jpg", in_turn(status(500), hang_up(), cut(PHOTO, 100), picture(PHOTO)))
    result = fetch_one("http://herbarium.test/a.jpg", quick(tmp_path, server.address, attempts=4))
    assert (result.outcome, result.attempts) == (Outcome.OK, 4)


def test_tries_are_bounded_and_lasting_failures_not_repeated(server: Server, tmp_path: Path) -> None:
    server.on("/busy", status(503))
    server.on("/gone", status(410))
    settings = quick(tmp_path, server.address, attempts=3)
    assert fetch_one("http://a.test/busy", settings).attempts == 3
    assert fetch_one("http://a.test/gone", settings).attempts == 1
    assert (len(server.asked("/busy")), len(server.asked("/gone"))) == (3, 1)


def test_half_a_file_is_continued(server: Server, tmp_path: Path) -> None:
    large = jpeg(3, 700)
    date = formatdate(usegmt=True)
    for name, validator in (("ETag", '"v1"'), ("Last-Modified", "Tue, 01 Sep 2026 10:00:00 GMT")):
        proper = picture(large, etag=validator if name == "ETag" else "", modified=validator)
        server.on(f"/{name}", in_turn(cut(large, 300_000, headers={name: validator, "Date": date}), proper))
        result = fetch_one(f"http://a.test/{name}", quick(tmp_path, server.address, attempts=2))
        assert (result.outcome, result.bytes, result.attempts) == (Outcome.OK, len(large), 2)
        first, second = server.asked(f"/{name}")
        assert second.headers["range"] == f"bytes={first.sent}-"
        assert second.headers["if-range"] == validator
        assert (second.status, second.sent) == (206, len(large) - first.sent)


@pytest.mark.parametrize("etag", ["", 'W/"v1"'])
def test_without_a_strong_validator_a_file_begins_anew(etag: str, server: Server, tmp_path: Path) -> None:
    server.on("/a.jpg", in_turn(cut(PHOTO, 1000, headers={"ETag": etag} if etag else {}), picture(PHOTO)))
    result = fetch_one("http://a.test/a.jpg", quick(tmp_path, server.address, attempts=2))
    assert (result.outcome, result.bytes) == (Outcome.OK, len(PHOTO))
    assert "range" not in server.asked("/a.jpg")[1].headers


def test_a_file_that_changed_meanwhile_begins_anew(server: Server, tmp_path: Path) -> None:
    other = jpeg(5)
    server.on("/a.jpg", in_turn(cut(PHOTO, 1000, headers={"ETag": '"v1"'}), picture(other, etag='"v2"')))
    result = fetch_one("http://a.test/a.jpg", quick(tmp_path, server.address, attempts=2))
    assert (result.outcome, result.bytes, result.etag) == (Outcome.OK, len(other), '"v2"')


def test_a_host_that_goes_on_at_the_wrong_place_is_not_believed(server: Server, tmp_path: Path) -> None:
    wrong = status(206, PHOTO[500:], Content_Range=f"bytes 500-{len(PHOTO) - 1}/{len(PHOTO)}")
    server.on(
        "/a.jpg", in_turn(cut(PHOTO, 1000, headers={"ETag": '"v1"'}), wrong, picture(PHOTO, etag='"v1"'))
    )
    result = fetch_one("http://a.test/a.jpg", quick(tmp_path, server.address, attempts=3))
    assert (result.outcome, result.bytes) == (Outcome.OK, len(PHOTO))
    assert "range" not in server.asked("/a.jpg")[2].headers
