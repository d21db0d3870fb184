"""`labels` and `import_label_studio` on the command line: output, files that are whole, exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from curation.selectors.label_rows import Scope
from curation.services.labels import files, write
from tests.curation.labels.conftest import Herbarium, content
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


def call(*words: object) -> str:
    out = StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


def fails(status: int, *words: object) -> str:
    with pytest.raises(CommandError) as caught:
        call(*words)
    assert caught.value.returncode == status
    return str(caught.value)


@pytest.mark.parametrize("form", write.FORMS)
def test_a_table_to_a_file_with_its_columns_beside(herbarium: Herbarium, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"d.{form}"
    said = call("labels", "--project", "flora", "--table", "decisions", "--form", form, "--out", out)
    assert out.read_bytes() == content("decisions", form, Scope(herbarium.project))
    assert f"Written: {out}, {out.stat().st_size:,} bytes" in said
    beside = tmp_path / f"d.{form}.datapackage.json"
    assert beside.exists() == (form in ("tsv", "csv"))
    if beside.exists():
        [resource] = json.loads(beside.read_text())["resources"]
        assert resource["path"] == out.name and resource["schema"]["fields"][0]["name"] == "sha256"
    assert len(list(tmp_path.iterdir())) == 1 + beside.exists()


def test_to_standard_output(herbarium: Herbarium, capfdbinary: Any) -> None:
    call_command("labels", "--project", "flora")
    assert capfdbinary.readouterr().out == content("votes", "tsv", Scope(herbarium.project))
    call_command("labels", "--project", "flora", "--names", "--form", "jsonl")
    assert b"flora-ada" in capfdbinary.readouterr().out
    call_command("labels", "--project", "flora", "--table", "label-studio-config")
    assert capfdbinary.readouterr().out.startswith(b"<View>")


def test_a_file_is_replaced_whole_or_stays(
    herbarium: Herbarium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "votes.tsv"
    out.write_text("older")

    def broken(*args: Any) -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "pieces", broken)
    assert "No space left" in fails(1, "labels", "--project", "flora", "--out", out)
    assert out.read_text() == "older" and list(tmp_path.iterdir()) == [out]
    monkeypatch.undo()
    call("labels", "--project", "flora", "--out", out)
    assert out.read_bytes() == content("votes", "tsv", Scope(herbarium.project))


def test_what_cannot_be_is_refused(herbarium: Herbarium, tmp_path: Path) -> None:
    said = fails(1, "labels", "--project", "none")
    assert said == "There is no project 'none'; there are: flora."
    assert "is a folder" in fails(2, "labels", "--project", "flora", "--out", tmp_path)
    assert "label-studio is written as json only" in fails(
        2, "labels", "--project", "flora", "--table", "label-studio", "--form", "csv"
    )
    assert "expected one of tsv" in fails(2, "labels", "--project", "flora", "--form", "xml")
    (tmp_path / "file").write_text("")
    assert "cannot be written" in fails(1, "labels", "--project", "flora", "--out", tmp_path / "file" / "x")


def test_import_with_a_map_and_with_one_user(herbarium: Herbarium, tmp_path: Path) -> None:
    call("labels", "--project", "flora", "--table", "label-studio", "--out", tmp_path / "t.json")
    other = make_project(3, key="fauna", votes_needed=3)
    for candidate in herbarium.pictures.values():
        other.candidates.create(image=candidate.image)
    for name in ("ann", "bob", "cyn", "dee"):
        make_user("curator", username=name)
    users = tmp_path / "map.tsv"
    users.write_text("reviewer-1\tann\nreviewer-2\tbob\nreviewer-3\tcyn\nreviewer-4\tdee\n")
    words = ["import_label_studio", tmp_path / "t.json", "--project", "fauna"]
    said = call(*words, "--users", users)
    assert said == "7 tasks: 8 votes saved, 0 known before, 0 cancelled, 0 wrong.\n"
    assert json.loads(call(*words, "--users", users, "--json"))["known"] == 8
    # As one user: a person has one vote a picture, so the second ones are named.
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(*map(str, [*words, "--as-user", "dee"]), stdout=out)
    assert ended.value.code == 1
    assert "t.json: task 1, annotations[1]" in out.getvalue()


def test_import_says_what_it_lacks(herbarium: Herbarium, tmp_path: Path) -> None:
    words = ["import_label_studio", tmp_path / "t.json", "--project"]
    assert "there are: flora" in fails(1, *words, "none")
    assert "Whose are the votes?" in fails(2, *words, "flora")
    assert "no user 'nobody'" in fails(1, *words, "flora", "--as-user", "nobody")
    assert "t.json cannot be read" in fails(1, *words, "flora", "--as-user", "flora-ada")
    assert "map.tsv cannot be read" in fails(1, *words, "flora", "--users", tmp_path / "map.tsv")
    (tmp_path / "map.tsv").write_bytes(b"\xff\t\xfe\n")
    assert "map.tsv cannot be read" in fails(1, *words, "flora", "--users", tmp_path / "map.tsv")
