"""The audit finds what it is for, and the repository is as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security import audit

# Put together here, so that the scan of this file finds none.
LEAKS = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a key of Amazon": "AKIA" + "IOSFODNN7EXAMPLE",
    "a token of this API": "vas_" + "Zk3" * 14 + "Q",
    "a token of GitHub": "ghp_" + "a1B2" * 9,
    "a signed token": "eyJ" + "hbGciOiJIUzI1.eyJzdWIiOiIxMjM0.x",
    "an address with a password": "postgresql://vasculum:" + "k3Jx9vQ2pLm7" + "@db/vasculum",
    "a password or key": "SECRET_KEY" + " = 'k3Jx9vQ2pLm7wZ8r'",
}


@pytest.mark.parametrize("what", list(LEAKS))
def test_secrets_are_found(what: str) -> None:
    assert list(audit.secrets_in(f"one\n{LEAKS[what]}\n")) == [(2, what)]


@pytest.mark.parametrize(
    "text",
    [
        'PASSWORD = "a long enough password"',
        'password = "{password}"',
        "redis://localhost:6379/0",
        'token = "vas_…"',
    ],
)
def test_words_are_no_secrets(text: str) -> None:
    assert list(audit.secrets_in(text)) == []


def test_the_repository_holds_no_secrets() -> None:
    paths = audit.tracked()
    assert len(paths) > 500
    assert audit.scan(paths) == []


def test_a_secret_in_a_file_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    (tmp_path / "a.env").write_text("\n\n" + LEAKS["a key of Amazon"])
    assert audit.scan([tmp_path / "a.env", tmp_path / "gone"]) == ["a.env:3: a key of Amazon"]


@pytest.mark.parametrize(
    ("said", "expression", "verdict"),
    [
        ("MIT License", "MIT", "free"),
        ("BSD License; Apache Software License", "BSD AND Apache-2.0", "free"),
        ("Apache-2.0 OR GPL-3.0", "Apache-2.0 OR GPL-3.0", "free"),
        ("LGPL-3.0-only", "LGPL-3.0-only", "weak"),
        ("AGPL-3.0", "AGPL-3.0", "unknown"),
        ("MIT AND GPL-3.0-or-later", "MIT AND GPL-3.0-or-later", "unknown"),
        ("UNKNOWN", "UNKNOWN", "unknown"),
    ],
)
def test_licences_are_judged(said: str, expression: str, verdict: str) -> None:
    assert audit.licence("some-package", said) == expression
    assert audit.judged("some-package", expression) == verdict


def test_each_package_has_a_licence_that_somebody_looked_at_and_the_list_is_up_to_date() -> None:
    rows = audit.packages()
    assert len(rows) > 150
    assert [row for row in rows if audit.judged(row[0], row[2]) == "unknown"] == []
    listed = set(audit.DOCUMENT.read_text().splitlines())
    missing = [line for line in audit.document(rows).splitlines() if line not in listed]
    assert not missing, "run `make audit`:\n" + "\n".join(missing)


def test_nothing_that_it_runs_on_is_under_the_gpl_without_a_reason() -> None:
    names = audit.runtime()
    assert {"django", "psycopg-pool", "kombu", "numpy"} <= names  # asked for, by an extra, two steps away
    assert not names & {"pytest", "mypy", "text-unidecode"}
    rows = audit.packages()
    assert names <= {audit.plain(name) for name, *_ in rows} | {"setuptools", "wheel"}
    assert audit.under_gpl(rows, names, audit.COPYLEFT) == []


@pytest.mark.parametrize(
    "expression",
    [
        "GPL-3.0-or-later",
        "AGPL-3.0",
        "MIT AND GPL-2.0-only",
        "GNU General Public License v3 (GPLv3)",
        "GNU Affero General Public License v3",
    ],
)
def test_one_under_the_gpl_is_named(expression: str) -> None:
    row = ("A_b", "1", expression)
    assert audit.under_gpl([row], {"a-b"}, {}) == [f"A_b 1: {expression}"]
    assert audit.under_gpl([row], {"other"}, {}) == []  # of the tests alone
    assert audit.under_gpl([row], {"a-b"}, {"a-b": "as it is a program of its own"}) == []


@pytest.mark.parametrize("expression", ["MIT OR GPL-2.0", "LGPL-3.0-only", "LGPLv3", "MPL-2.0"])
def test_what_may_be_had_otherwise_is_not(expression: str) -> None:
    assert audit.under_gpl([("a", "1", expression)], {"a"}, {}) == []


def test_what_could_not_be_looked_up_is_not_said_to_be_well() -> None:
    one: dict[str, object] = {"name": "a", "version": "1", "skip_reason": "x"}
    two: dict[str, object] = {"name": "b", "version": "2", "vulns": []}
    assert audit.told([one]) == (
        True,
        "Known holes: NOT CHECKED, the data cannot be reached from here (1 packages).",
    )
    assert audit.told([one, two]) == (True, "Known holes: none in 1 packages; 1 could not be looked up.")
    well, words = audit.told([two | {"vulns": [{"id": "PYSEC-1"}]}])
    assert not well and "b 2: PYSEC-1" in words
