"""Secure connections: the certificate is checked against the name that was asked for."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from curation.fetching import Outcome
from tests.curation.fetching.server import Server, picture
from tests.curation.fetching.work import fetch_one, quick


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, photo: bytes) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("museum.test").configure_cert(context)
    with Server(tls=context) as server:
        server.on("/a.jpg", picture(photo))
        yield server


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def test_a_certificate_for_the_name_is_accepted(secure: Server, ca_file: Path, tmp_path: Path) -> None:
    result = fetch_one("https://museum.test/a.jpg", quick(tmp_path, secure.address, ca_file=ca_file))
    assert result.outcome is Outcome.OK, result.message
    assert secure.asked("/a.jpg")[0].host == "museum.test"


def test_a_certificate_for_another_name_is_not(secure: Server, ca_file: Path, tmp_path: Path) -> None:
    result = fetch_one("https://other.test/a.jpg", quick(tmp_path, secure.address, ca_file=ca_file))
    assert result.failure == "tls"
    assert secure.log == []


def test_an_unknown_authority_is_not_trusted(secure: Server, tmp_path: Path) -> None:
    assert fetch_one("https://museum.test/a.jpg", quick(tmp_path, secure.address)).failure == "tls"
    assert secure.log == []


def test_a_server_that_speaks_no_tls(server: Server, tmp_path: Path) -> None:
    assert fetch_one("https://museum.test/a.jpg", quick(tmp_path, server.address)).failure == "tls"
