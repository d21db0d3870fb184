"""Which addresses a delivery may name."""

from __future__ import annotations

import pytest

from curation.records import AddressCheck, AddressProblem, check_address

GOOD = [
    "https://pictures.example.org/1.jpg",
    "HTTP://Pictures.Example.ORG:8080/a b.jpg?x=1#f",
    "http://8.8.8.8/1.jpg",
    "https://[2001:4860:4860::8888]/1.jpg",
    "https://münchen.example.de/ä.jpg",
    "https://xn--mnchen-3ya.example.de/1.jpg",
    "http://imagens1.jbrj.gov.br/fsi/server?type=image&source=hvpr/kew/EBC/2/EBC00048619.jpg",
    "https://a_b.example.org/1.jpg",
    "https://pictures.example.org./1.jpg",
    "https://localhost.example.org/1.jpg",
]
BAD = [
    ("bad-address", ["", "pictures.example.org/1.jpg", "ftp://a.example.org/1.jpg", "javascript:alert(1)",
                     "http:/a.example.org/1.jpg", "https://", "https:///1.jpg", "https://a.example.org:port/1",
                     "https://a.example.org/1\n.jpg", "https://a\\b.example.org/", "http://[::1",
                     "data:image/png,x",
                     "https://exa mple.org/1.jpg", f"https://{'a' * 64}.example.org/", "https://a..example.org/",
                     "urn:catalog:E:1", "https://a.example.org/\ud800"]),
    ("file-address", ["file:///etc/passwd", "FILE://server/1.jpg", "C:\\pictures\\1.jpg", "\\\\server\\1.jpg",
                      "//server/1.jpg", "c:/pictures/1.jpg"]),
    ("credentials", ["https://me@a.example.org/1.jpg", "https://me:pass@a.example.org/1.jpg",
                     "http://8.8.8.8@127.0.0.1/"]),
    ("internal-address", [
        "http://localhost/1.jpg", "http://LOCALHOST:80/", "http://printer.local/1.jpg", "http://a.internal/1",
        "http://intranet/1.jpg", "http://printer/1.jpg", "http://127.0.0.1/1.jpg", "http://10.1.2.3/", "http://172.16.0.1/",
        "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/", "http://[::1]/",
        "http://[fe80::1%25eth0]/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.1./",
        "http://100.100.100.200/", "http://224.0.0.1/", "http://metadata.google.internal/",
        "http://１２７.0.0.1/", "http://ⓛocalhost/", "http://localhost./",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_public_addresses_pass_and_are_trimmed(address: str) -> None:
    check = AddressCheck()
    for _ in range(2):  # the second time from memory
        assert check(f" {address}\t") == address
    assert check_address(address) == address


@pytest.mark.parametrize(("rule", "address"), [(rule, each) for rule, many in BAD for each in many])
def test_other_addresses_do_not(rule: str, address: str) -> None:
    check = AddressCheck()
    for good in GOOD:
        check(good)
    for found in (check(address), check_address(address)):
        assert isinstance(found, AddressProblem), found
        assert found.rule == rule
        assert found.reason


def test_what_is_remembered_of_a_host_is_not_used_for_another_scheme() -> None:
    check = AddressCheck()
    assert isinstance(check("https://a.example.org/1.jpg"), str)
    assert isinstance(check("ftp://a.example.org/1.jpg"), AddressProblem)
    assert isinstance(check("https://a.example.org/\x00"), AddressProblem)
