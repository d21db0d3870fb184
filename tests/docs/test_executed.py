"""Every command of the docs is run: here, word by word, in a folder and a database of its own; or in another
test, which is named; or not at all, with the reason. What is printed is compared where it stays the same."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.curation.records.builders import DCTERMS, SIMPLE, meta, section, tsv, write_zip
from tests.docs.commands import ROOT, Command, Key, commands
from tests.docs.elsewhere import ELSEWHERE, LONG, NOT_RUN, OF_DJANGO
from tests.docs.sandbox import Sandbox
from tests.own_database import own_database

README = "README.md"
pytestmark = [pytest.mark.timeout(1200), pytest.mark.xdist_group("docs")]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    work = tmp_path_factory.mktemp("typed")
    redis = os.environ["REDIS_URL"]  # another of its sixteen databases: nobody else's jobs
    with own_database("vasculum_docs") as url:
        sandbox = Sandbox(
            work,
            os.environ
            | {
                "DATABASE_URL": url,
                "REDIS_URL": f"{redis}?db=9" if redis.startswith("unix") else redis.rsplit("/", 1)[0] + "/9",
                "VASCULUM_VAR": str(work / "var"),
                "VASCULUM_MODEL": "",
                "DJANGO_SETTINGS_MODULE": "curation.settings",
            },
        )
        try:
            yield sandbox
        finally:
            sandbox.close()


def test_the_way_of_the_readme(box: Sandbox) -> None:
    """From drawn pictures to a model that predicts; `make run` begins with what `up --prepare` does."""
    assert "Sign in as  admin" in box.manage("up --prepare --no-demo")
    box.manage("draw home/sheets --per-class 1 --seed 9 --short-side 200")
    assert "17 added" in box.type(README, "ingest ~/sheets")
    archive = {
        "meta.xml": meta(section("core", SIMPLE, "m.txt", [DCTERMS + "identifier", DCTERMS + "license"])),
        "m.txt": tsv(["id", "url", "licence"], ["1", "https://pictures.invalid/1.jpg", "CC-BY 4.0"]),
    }
    write_zip(box.work / "gbif-download.zip", archive)
    box.type(README, "ingest gbif-download.zip --dry-run")
    box.type(README, "ingest gbif-download.zip")

    box.manage("demo --per-class 10 --short-side 200")
    box.type(README, "demo --per-class 0 --answer")
    assert "first" in box.type(README, "freeze")
    table = box.type(README, "crosstab").splitlines()
    assert table[0].startswith("| ") and table[-1].rstrip(" |").endswith("170")
    for folder in ("first-dryad", "first-tfrecord"):
        form = folder.partition("-")[2]
        box.type(README, f"export --release first --format {form}")
    assert "170 pictures checked, nothing is wrong" in box.type(README, "verify first-dryad")


def test_the_way_of_the_readme_to_a_model(box: Sandbox) -> None:
    box.type(README, "train")
    assert (box.work / "var/runs/small/model/model.json").is_file()
    box.type(README, "evaluate")
    assert (box.work / "small-evaluation/evaluation.json").is_file()
    box.type(README, "predict")
    rows = (box.work / "predicted.tsv").read_text().splitlines()
    assert rows[0].split("\t")[:4] == ["model", "file", "id", "prediction"] and len(rows) == 1 + 34
    assert "usage: " in box.type(README, "condition --help")


def test_pages_about_releases(box: Sandbox) -> None:
    box.manage("freeze --project herbariograph --seed 2 --train 5 --test 2 --validate 2 --name second")
    said = box.type("docs/reports.md", "report", {"NAME": "first", "--table": "class-split"})
    assert re.search(r"^\| Animal +\| 6 +\| 2 +\| 2 +\| 10 ", said, re.MULTILINE)
    said = box.type("docs/reports.md", "diff", {"A": "first", "B": "second"})
    assert "0 added, 17 removed" in said
    box.type("docs/exports.md", "export", {"NAME": "first", "FORMAT": "imagefolder", "DIR": "folders"})
    said = box.type(
        "docs/releases.md", "verify DIR --manifest-sha256", {"DIR": "first-dryad", "HEX": _sha(box)}
    )
    assert json.loads(said)["ok"] is True and json.loads(said)["faults"] == []
    said = box.type("docs/releases.md", "import_release DIR --json", {"DIR": "first-dryad"})
    assert json.loads(said)
    box.type("docs/labels.md", "labels --project KEY --table votes", {"KEY": "herbariograph"})
    box.type("docs/labels.md", "labels --project KEY --table label-studio", {"KEY": "herbariograph"})
    assert (box.work / "votes.parquet").is_file() and json.loads((box.work / "tasks.json").read_text())
    box.type("docs/labels.md", "export", {"NAME": "first", "DIR": "labels"})


def _sha(box: Sandbox) -> str:
    found: str = json.loads((box.work / "first-dryad/release.json").read_text())["manifest_sha256"]
    return found


def test_pages_for_admins(box: Sandbox) -> None:
    page = "docs/admins.md"
    said = [json.loads(line) for line in box.type("docs/licences.md", "parse_licence CC BY-NC").splitlines()]
    assert [(one["code"], one["verdict"]) for one in said] == [("CC-BY-NC", "accept"), ("", "refuse")]
    assert list(said[0]) == ["verbatim", "code", "version", "jurisdiction", "verdict", "reason"]
    (box.work / "texts.txt").write_text("CC0\npublic domain\n")
    assert len(box.type("docs/licences.md", "parse_licence -").splitlines()) == 2
    box.type(page, "regroup")
    box.type(page, "corrupt", {"KEY": "herbariograph", "N": 2})
    put = {"KEY": "herbariograph", "N": 3, "KIND": "blurred"}
    slugs = {"--from": "ordinary-pressed-specimens", "--as": "corrupted-images"}
    assert json.loads(box.type("docs/derived.md", "corrupt", put | slugs))["added"] == 3
    box.type("docs/condition.md", "create_project mercury")
    (box.work / "classes.tsv").write_text(
        "index\tkey\tname\tslug\tplural\tdefinition\n"
        "0\tS\tSound\tsound\tSound\tNo holes.\n1\tE\tEaten\teaten\tEaten\tHoles.\n"
    )
    box.type("docs/condition.md", "create_project insects")
    box.type("docs/condition.md", "demo --project mercury --per-class 40")
    assert "6" in box.type("docs/condition.md", "demo --project mercury --per-class 0")
    box.type("docs/operation.md", "tidy --dry-run")
    box.type("docs/operation.md", "tidy")
    box.type("docs/operation.md", "backup --out /backups/monday", {"/backups/monday": "monday"})
    days = {"/backups/monday": "monday", "/backups/tuesday": "tuesday"}
    box.type("docs/operation.md", "backup --out /backups/tuesday", days)
    box.type("docs/operation.md", "backup --verify", days)


def test_pages_about_models(box: Sandbox) -> None:
    printed = "27,626,417 parameters -> classifier.keras"
    assert printed in (ROOT / "docs/models.md").read_text() and printed in box.type("docs/models.md", "build")
    assert "train" in box.type("docs/models.md", "--help")
    assert "usage: " in box.type("docs/models.md", "predict --help")
    run = {"RUN": "var/runs/small", "EXPORT": "first-tfrecord", "MODEL": "var/runs/small/model"}
    box.type("docs/encoders.md", "features --model MODEL --layer", run | {"STORE": "store"})
    box.type("docs/predict.md", "import", {"FOLDER": "var/runs/small", "NAME": "small"})
    page = "docs/distill-and-soup.md"
    shutil.copytree(box.work / "var/runs/small", box.work / "var/runs/again")
    box.type(page, "soup --runs RUN RUN2", run | {"RUN2": "var/runs/again", "SOUP": "soup"})
    two = {"A.keras": "var/runs/small/model/model.keras", "B.keras": "soup/model/model.keras"}
    box.type(page, "soup --checkpoints", run | two | {"SOUP": "mean"})


def test_python_in_the_docs(box: Sandbox) -> None:
    """With the files of the tests above in the place of the names that the pages use."""
    box.python(block("docs/models.md", 0))
    put = {"RUN/model": "var/runs/small/model", "RUN": "var/runs/small", "MODEL": "var/runs/small/model",
           "EXPORT": "first-tfrecord", "STORE": "store", "exports/herbarium-1-tfrecord": "first-tfrecord",
           "ConvNeXt-N": "var/runs/small/model", "pictures": "home/sheets/animal-specimens"}  # fmt: skip
    for page, number in [("docs/training.md", 0), ("docs/training.md", 1), ("docs/evaluation.md", 0),
                         ("docs/encoders.md", 0), ("docs/predict.md", 0)]:  # fmt: skip
        box.python(
            re.sub(r'"([^"\n]+)"', lambda found: f'"{put.get(found[1], found[1])}"', block(page, number))
        )


def block(page: str, number: int) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    found: str = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[number]
    return found


def test_what_python_in_the_docs_imports_is_there(box: Sandbox) -> None:
    """Of all pages; that of the API is a program for another machine."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        blocks = re.findall(
            r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        for found in blocks if path.name not in ("api.md", "study.md") else []:
            compile(found, path.name, "exec")
            imports = [one for one in ast.parse(found).body if isinstance(one, ast.Import | ast.ImportFrom)]
            box.python("\n".join(map(ast.unparse, imports)))


def test_nothing_is_left_out(box: Sandbox) -> None:
    """Each command was run above, or is in another test, or there is a reason why it cannot be."""
    assert len(box.done) > 30, "run the whole file: this test asks what those before it have run"
    problems = {(one.page, one.text): why for one in commands() if (why := not_run(one, box.done))}
    assert problems == {}


def not_run(one: Command, done: set[Key]) -> str:
    """Why nothing shows that it works; "" where something does."""
    program, verb, options = one.key
    if not one.words and not program.startswith(("make", "benchmarks")):
        return ""  # the name of a program
    if any((program, verb) == key[:2] and options <= key[2] for key in done):
        return ""
    if program == "make":
        return "" if all(word in NOT_RUN for word in one.words if re.fullmatch("[a-z-]+", word)) else "make"
    if program.removeprefix("benchmarks.") in LONG or program == "tests.fuzz" or verb in OF_DJANGO:
        return ""
    where = ELSEWHERE.get((program, verb))
    if where is None or not (ROOT / where).is_file():
        return f"no test runs it, {where} is not there" if where else "no test runs it"
    text = (ROOT / where).read_text(encoding="utf-8")
    spelled = {word: word.strip("-").replace("-", "[-_]") for word in (verb, *options)}
    missing = [word for word, pattern in spelled.items() if not re.search(rf"\b{pattern}\b", text)]
    return f"{where} does not run it with {', '.join(missing)}" if missing else ""


def test_a_command_that_nothing_runs_is_told() -> None:
    run = {("manage", "demo", frozenset({"--answer"}))}
    assert not_run(Command("page", "python manage.py demo --answer", True), run) == ""
    assert not_run(Command("page", "python manage.py demo --answer --json", True), run) == "no test runs it"
    assert "with --mend" in not_run(Command("page", "python -m training soup --mend", True), run)
    assert not_run(Command("page", "make everything", True), run) == "make"
    assert set(NOT_RUN) <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "text", sorted({one.text for one in commands() if one.program == "make" and one.whole})
)
def test_make_knows_what_to_do(text: str) -> None:
    words = Command("page", text, True).words
    done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "python" in done.stdout or "ruff" in done.stdout
