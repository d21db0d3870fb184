"""The whole way of an image on the command line, in processes of their own: folder to verified export."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_database import own_database
from tests.shared import PUBLISHED_MODEL, SPECIMENS

ROOT = Path(__file__).resolve().parents[1]
NAME = "vasculum_whole_way"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An own database on the tests' server, and an own var/."""
    with own_database(NAME) as url:
        yield os.environ | {
            "DATABASE_URL": url,
            "VASCULUM_VAR": str(tmp_path_factory.mktemp("var")),
            "VASCULUM_MODEL": "",
            "COLUMNS": "200",
        }


@pytest.mark.shared_data
def test_from_a_folder_of_photographs_to_verified_exports(
    environment: dict[str, str], tmp_path: Path
) -> None:
    def call(*words: object, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def manage(*words: object, status: int = 0) -> str:
        return call("manage.py", *words, status=status)

    manage("migrate", "--verbosity", 0)
    assert "Sign in as  admin" in manage("setup", "--no-demo")
    assert "Sign in" not in manage("setup", "--no-demo")

    # In: 25 photographs and 11 drawn pictures of each class.
    report = json.loads(manage("ingest", SPECIMENS, "--source", "REAL", "--licence", "CC-BY", "--json"))
    assert (report["added"], report["refused"]) == (25, 1)
    again = json.loads(manage("ingest", SPECIMENS, "--source", "REAL", "--licence", "CC-BY", "--json"))
    assert (again["added"], again["duplicates"]) == (0, 25)
    manage("demo", "--per-class", 11, "--short-side", 256)

    # Looked at by the published model.
    manage("import_model", PUBLISHED_MODEL, "--name", "convnext-n")
    told = json.loads(manage("preclassify", "--project", "herbariograph", "--model", "convnext-n", "--json"))
    assert told["state"] == "done"
    table = tmp_path / "predictions.tsv"
    call("-m", "inference", "predict", "--model", "convnext-n", "--images", SPECIMENS, "--output", table)
    with table.open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    predicted = {Path(row["file"]).name: row["prediction"] for row in rows}
    with (SPECIMENS / "reference_logits.tsv").open() as file:
        expected = {row["file"]: row["prediction"] for row in csv.DictReader(file, delimiter="\t")}
    assert predicted == expected

    # Nothing is decided yet: the shortage is said and nothing is frozen.
    counts = ["--train", 6, "--test", 2, "--validate", 2]
    freeze = ["freeze", "--project", "herbariograph", "--seed", 1, *counts, "--name", "first"]
    manage(*freeze, status=1)
    manage("demo", "--per-class", 0, "--answer")
    manage(*freeze)
    crosstab = manage("crosstab", "--release", "first", "--format", "tsv").splitlines()
    assert len(crosstab) == 19 and crosstab[-1].endswith("\t170")

    # Out: both formats, checked by our own verify; a byte that changes is found.
    manage("export", "--release", "first", "--format", "dryad", "--out", tmp_path / "no", status=1)
    dryad, records = tmp_path / "dryad", tmp_path / "records"
    manage("export", "--release", "first", "--format", "dryad", "--acknowledge-licences", "--out", dryad)
    manage("export", "--release", "first", "--format", "tfrecord", "--out", records)
    manage("verify", dryad)
    manage("verify", records)
    archive = next(dryad.glob("*.zip"))
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    manage("verify", dryad, status=1)
