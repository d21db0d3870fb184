"""URLs come from strangers: where connections may go, whatever a URL, a redirect or a name server says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from curation.fetching import FetchSettingsError, Outcome, host_of
from curation.fetching.addresses import is_public
from tests.curation.fetching.server import Server, page, picture, redirect
from tests.curation.fetching.work import fetch_one, quick

INTERNAL = (
    "127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.8 "
    "192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 192.88.99.1 "
    ":: ::1 fe80::1 fc00::1 fd00::1 fec0::1 ff02::1 2001:db8::1 100::1 2001::1 3fff::1 5f00::1 "
    "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 "
    "2002:7f00:1:: 2002:a00:1::"
)
PUBLIC = "1.1.1.1 8.8.8.8 193.0.6.139 2606:4700:4700::1111 2a00:1450:4001::1 64:ff9b::808:808 2002:808:808::1"


@pytest.mark.parametrize("text", INTERNAL.split(" "))
def test_internal_addresses_are_known(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split(" "))
def test_public_addresses_are_known(text: str) -> None:
    assert is_public(ip_address(text))


def test_a_network_can_be_allowed() -> None:
    allowed = (ip_network("10.1.0.0/16"),)
    assert is_public(ip_address("10.1.2.3"), allowed)
    assert is_public(ip_address("::ffff:10.1.2.3"), allowed)
    assert not is_public(ip_address("10.2.2.3"), allowed)


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("", "bad-address"),
        ("not an address", "bad-address"),
        ("ftp://a.test/x.jpg", "bad-address"),
        ("file:///etc/passwd", "bad-address"),
        ("data:image/png;base64,AAAA", "bad-address"),
        ("//a.test/x.jpg", "bad-address"),
        ("http://", "bad-address"),
        ("http:///x.jpg", "bad-address"),
        ("http://a.test:22/x.jpg", "bad-address"),
        ("http://a.test:0/x.jpg", "bad-address"),
        ("http://a.test:99999/x.jpg", "bad-address"),
        ("http://a.test:x/x.jpg", "bad-address"),
        ("http://[::1/x.jpg", "bad-address"),
        ("http://a.test/\x00.jpg", "bad-address"),
        ("http://a\x7f.test/", "bad-address"),
        ("http://xn--\udcff.test/", "bad-address"),
        ("http://user:secret@a.test/x.jpg", "credentials"),
        ("http://user@a.test/x.jpg", "credentials"),
    ],
)
def test_addresses_that_are_not_fetched(url: str, failure: str, server: Server, tmp_path: Path) -> None:
    result = fetch_one(url, quick(tmp_path, server.address))
    assert (result.failure, result.attempts) == (failure, 0)
    assert server.log == []
    assert "secret" not in result.message


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/a.jpg",
        "http://[::1]:{port}/a.jpg",
        "http://[::ffff:127.0.0.1]:{port}/a.jpg",
        "http://[fe80::1%25eth0]:{port}/a.jpg",
        "http://2130706433:{port}/a.jpg",
        "http://0x7f.1:{port}/a.jpg",
        "http://0177.0.0.1:{port}/a.jpg",
        "http://localhost:{port}/a.jpg",
        "http://0:{port}/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_internal_hosts_are_not_asked(url: str, server: Server, tmp_path: Path, photo: bytes) -> None:
    server.on("/a.jpg", picture(photo))
    url = url.format(port=server.port)
    # "*" is for names: an address that stands in the URL itself is never led elsewhere.
    assert fetch_one(url, quick(tmp_path)).failure in ("internal-address", "dns", "bad-address")
    assert server.log == []


def test_an_allowed_network_is_asked(server: Server, tmp_path: Path, photo: bytes) -> None:
    server.on("/a.jpg", picture(photo))
    settings = quick(tmp_path, allowed_networks=("127.0.0.0/8",))
    assert fetch_one(f"http://{server.address}/a.jpg", settings).outcome is Outcome.OK


def names(answers: dict[str, list[list[str]]]) -> tuple[list[str], object]:
    """A name server that gives each answer once, then the last one for ever; and what it was asked."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        left = answers[host]
        return left.pop(0) if len(left) > 1 else left[0]

    return asked, resolve


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"]]
)
def test_a_name_with_any_internal_address_is_refused(found: list[str], tmp_path: Path) -> None:
    _, resolve = names({"evil.test": [found]})
    result = fetch_one("http://evil.test/a.jpg", quick(tmp_path, resolve=resolve))
    assert result.failure == "internal-address"


def test_a_name_that_changes_its_address_gains_nothing(server: Server, tmp_path: Path, photo: bytes) -> None:
    """Rebinding: public when looked up first, internal at once afterwards."""
    server.on("/a.jpg", picture(photo))
    asked, resolve = names({"evil.test": [["127.9.9.9"], ["127.0.0.1"]]})
    # 127.9.9.9 plays the public address: nobody listens there, so a connection to it fails. The server
    # listens on 127.0.0.1, where a second look-up would lead.
    settings = quick(tmp_path, resolve=resolve, allowed_networks=("127.9.9.9/32",))
    result = fetch_one(f"http://evil.test:{server.port}/a.jpg", settings)
    assert result.failure == "connect"
    assert asked == ["evil.test"]
    # And where a later connection looks it up again, that answer is checked, too.
    assert fetch_one(f"http://evil.test:{server.port}/a.jpg", settings).failure == "internal-address"
    assert server.log == []


def test_the_connection_goes_to_the_address_that_was_checked(
    server: Server, tmp_path: Path, photo: bytes
) -> None:
    server.on("/a.jpg", picture(photo))
    _, resolve = names({"good.test": [["127.9.9.9", "127.0.0.1"]]})
    settings = quick(tmp_path, resolve=resolve, allowed_networks=("127.0.0.0/8",))
    # The first address does not answer: the second is tried.
    assert fetch_one(f"http://good.test:{server.port}/a.jpg", settings).outcome is Outcome.OK
    assert {one.host for one in server.log} == {"good.test"}


def test_a_name_without_an_address(tmp_path: Path) -> None:
    _, resolve = names({"gone.test": [[]]})
    assert fetch_one("http://gone.test/", quick(tmp_path, resolve=resolve)).failure == "dns"

    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(30)
        return []

    assert fetch_one("http://slow.test/", quick(tmp_path, resolve=slow, connect_seconds=0.2)).failure == "dns"
    assert fetch_one("http://really-no-such-name.invalid/", quick(tmp_path)).failure == "dns"


@pytest.mark.parametrize(
    ("place", "failure"),
    [
        ("http://127.0.0.1:{port}/secret", "redirect-internal"),
        ("http://169.254.169.254/latest/meta-data/", "redirect-internal"),
        ("http://[::1]:{port}/secret", "redirect-internal"),
        ("http://[::ffff:7f00:1]:{port}/secret", "redirect-internal"),
        ("//127.0.0.1:{port}/secret", "redirect-internal"),
        ("file:///etc/passwd", "bad-address"),
        ("gopher://a.test/", "bad-address"),
        ("http://a.test:25/", "bad-address"),
        ("http://user:secret@a.test/", "credentials"),
        ("http://a.test:x/", "bad-address"),
    ],
)
def test_redirects_are_checked_like_any_address(
    place: str, failure: str, server: Server, tmp_path: Path, photo: bytes
) -> None:
    server.on("/secret", picture(photo))
    server.on("/a.jpg", redirect(place.format(port=server.port)))
    result = fetch_one("http://herbarium.test/a.jpg", quick(tmp_path, server.address))
    assert (result.outcome, result.failure) == (Outcome.FAILED, failure)
    assert server.asked("/secret") == []
    assert [one.path for one in server.log] == ["/robots.txt", "/a.jpg"]


def test_redirects_are_followed_so_far(server: Server, tmp_path: Path, photo: bytes) -> None:
    for n in range(6):
        server.on(f"/{n}", redirect(f"/{n + 1}", (301, 302, 303, 307, 308, 302)[n]))
    server.on("/6", picture(photo))
    settings = quick(tmp_path, server.address)
    result = fetch_one("http://a.test/1", settings)
    assert (result.outcome, result.url, result.attempts) == (Outcome.OK, "http://a.test/6", 6)
    assert fetch_one("http://a.test/0", settings).failure == "too-many-redirects"


def test_a_loop_is_seen(server: Server, tmp_path: Path) -> None:
    server.on("/a", redirect("/b"))
    server.on("/b", redirect("http://a.test/a#again"))
    assert fetch_one("http://a.test/a", quick(tmp_path, server.address)).failure == "redirect-loop"
    assert len(server.asked("/a")) == len(server.asked("/b")) == 1


def test_a_redirect_to_another_host_obeys_that_host(server: Server, tmp_path: Path, photo: bytes) -> None:
    server.on("a.test/x.jpg", redirect("http://b.test/x.jpg"))
    server.on("a.test/y.jpg", redirect("http://c.test/y.jpg"))
    server.on("b.test/x.jpg", picture(photo))
    server.on("c.test/robots.txt", page("User-agent: *\nDisallow: /"))
    settings = quick(tmp_path, server.address)
    assert fetch_one("http://a.test/x.jpg", settings).url == "http://b.test/x.jpg"
    assert len(server.asked("b.test/robots.txt")) == 1
    assert fetch_one("http://a.test/y.jpg", settings).failure == "robots"
    assert server.asked("c.test/y.jpg") == []


@pytest.mark.parametrize(
    "place", ["/login?next=/a.jpg", "/img/hotlink.png", "/errors/403-forbidden.gif", "/no-image.jpg"]
)
def test_a_redirect_to_a_stand_in_is_not_followed(place: str, server: Server, tmp_path: Path) -> None:
    server.on("/a.jpg", redirect(place))
    result = fetch_one("http://a.test/a.jpg", quick(tmp_path, server.address))
    assert result.failure == "hot-link"
    assert server.asked(place) == []


def test_unusual_addresses_are_written_properly(server: Server, tmp_path: Path, photo: bytes) -> None:
    server.on("/a%20b/%C3%A9.jpg?x=%5B1%5D", picture(photo))
    result = fetch_one("  http://A.Test/a b/é.jpg?x=%5B1%5D#f ", quick(tmp_path, server.address))
    assert result.outcome is Outcome.OK, result.message


def test_the_name_of_a_host() -> None:
    assert host_of("HTTPS://Data.Museum.Example:8443/x") == "data.museum.example"
    assert host_of("http://b\u00fccher.example./") == "xn--bcher-kva.example"
    assert host_of("http://[2606:4700::1]/x") == "2606:4700::1"
    assert host_of("ftp://a.test/") == host_of("nonsense") == ""


def test_unusable_settings_are_named(tmp_path: Path) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"contact": ""}, "contact"),
        ({"contact": "a\r\nX: y"}, "contact"),
        ({"attempts": 0}, "attempts"),
        ({"wait_seconds": -1.0}, "wait_seconds"),
        ({"wait_seconds": float("nan")}, "wait_seconds"),
        ({"total_seconds": 0.0}, "total_seconds"),
    )
    for changes, word in wrong:
        with pytest.raises(FetchSettingsError, match=word):
            quick(tmp_path, **changes)
    wrong = (
        ({"allowed_networks": ["10.0.0.1/8"]}, "allowed_networks"),
        ({"host_map": {"a.test": "b.test:80"}}, "host_map"),
        ({"ca_file": tmp_path / "none.pem"}, "ca_file"),
    )
    for changes, word in wrong:
        with pytest.raises(FetchSettingsError, match=word):
            fetch_one("http://a.test/", quick(tmp_path, **changes))
    assert quick(tmp_path, contact="", allow_no_contact=True).user_agent.endswith(
        "(+https://example.org/about)"
    )
