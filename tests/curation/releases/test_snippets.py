"""The code on the public page does load the release: it is run on exports as their ZIPs unpack."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import Context
from django.template.loader import get_template

from curation.models import Release
from curation.selectors.release_page import public_page
from curation.selectors.release_snippets import FILES, snippets
from curation.services.freeze import freeze
from curation.services.release_page import set_public
from tests.curation.releases.conftest import AsRole, MakeGarden, text
from tests.curation.releases.test_public_page import finished
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SPLITS = {"train": "train", "test": "test", "validation": "validate"}


@pytest.fixture
def release(make_garden: MakeGarden) -> Release:
    """With a class whose number is not its place in the alphabet, and one that is called like a split."""
    garden = make_garden(3, key="flora")
    for slug, label in zip(("zinnia", "test", "anemone"), garden.classes, strict=True):
        label.slug = slug
        label.save()
    garden.fill(5, files=True)
    made = freeze(garden.project, seed=7, name="first", train=3, test=1, validate=1)
    set_public(make_user("admin"), made, True)
    return made


def unpacked(release: Release, format: str, as_role: AsRole, where: Path) -> None:
    """What a stranger gets who downloads and unpacks the ZIP."""
    export = finished(release, format)
    whole = b"".join(as_role("").get(f"/r/first/exports/{export.pk}/all.zip"))  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        archive.extractall(where)


def code_of(key: str, as_role: AsRole) -> str:
    """The code as the page shows it."""
    page = text(as_role(""), "/r/first/")
    library = next(library for each, library, _format in FILES if each == key)
    shown = page.partition(f'aria-label="Python code for {library}"><code>')[2].partition("</code>")[0]
    return unescape(shown)


def run(code: str, monkeypatch: pytest.MonkeyPatch, where: Path) -> dict[str, Any]:
    names: dict[str, Any] = {}
    monkeypatch.chdir(where)
    exec(compile(code, "snippet", "exec"), names)
    return names


def wanted(release: Release, split: str) -> list[int]:
    return sorted(release.members.filter(split=SPLITS[split]).values_list("category_index", flat=True))


def classes_of(release: Release) -> dict[str, int]:
    """SHA-256 -> number of the class. The release is balanced: counting labels would not tell them apart."""
    return dict(release.members.values_list("sha256", "category_index"))


def test_tf_data_loads_it(
    release: Release, as_role: AsRole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(release, "tfrecord", as_role, tmp_path)
    data = run(code_of("tfdata", as_role), monkeypatch, tmp_path)["data"]
    assert data.keys() == SPLITS.keys()
    for split, batches in data.items():
        found: list[int] = []
        for pictures, labels in batches:
            assert pictures.shape[1:] == (96, 96, 3) and pictures.dtype.name == "uint8"
            found += labels.numpy().tolist()
        assert sorted(found) == wanted(release, split)


def test_keras_loads_it(
    release: Release, as_role: AsRole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(release, "imagefolder", as_role, tmp_path)
    data = run(code_of("keras", as_role), monkeypatch, tmp_path)["data"]
    assert data.keys() == SPLITS.keys()
    for split, batches in data.items():
        found: list[int] = []
        for pictures, labels in batches:
            assert pictures.shape[1:] == (192, 192, 3)
            found += labels.numpy().tolist()
        assert sorted(found) == wanted(release, split)
        if split != "train":  # shuffled
            right = [classes_of(release)[Path(path).stem] for path in batches.file_paths]
            assert found == right


def test_hugging_face_loads_it(release: Release, as_role: AsRole, tmp_path: Path) -> None:
    """In a process of its own, without the network and with its cache in a folder of the test."""
    unpacked(release, "imagefolder", as_role, tmp_path)
    code = code_of("huggingface", as_role) + (
        "\nimport json\n"
        "print(json.dumps({split: [[row['label'], row['id'], *row['image'].size] for row in rows]"
        " for split, rows in data.items()}))\n"
    )
    offline = {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=offline, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    data = ast.literal_eval(done.stdout.splitlines()[-1])
    assert data.keys() == SPLITS.keys()
    for split, rows in data.items():
        members = release.members.filter(split=SPLITS[split])
        assert {(row[0], row[1]) for row in rows} == set(members.values_list("category_index", "sha256"))
        assert all(min(row[2:]) == 192 for row in rows)


def test_pytorch_code_is_whole(release: Release, as_role: AsRole, tmp_path: Path) -> None:
    """Compiled and its names looked at, not run: the torch wheel brings gigabytes of CUDA libraries that
    nothing else here needs, and the CPU one is not on PyPI. What needs no torch is run: which files it finds,
    and which class it gives them."""
    unpacked(release, "imagefolder", as_role, tmp_path)
    code = code_of("pytorch", as_role)
    tree = ast.parse(code)
    compile(tree, "snippet", "exec")
    values = {
        node.targets[0].id: ast.get_source_segment(code, node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    folder = tmp_path / eval(values["FOLDER"], {"Path": Path})
    classes, splits = eval(values["CLASSES"]), eval(values["SPLITS"])
    assert sorted(splits) == sorted(SPLITS)
    for split in splits:
        files = sorted(folder.joinpath(split).glob("*/*.jpg"))
        found = {file.stem: classes.index(file.parent.name) for file in files}
        members = release.members.filter(split=SPLITS[split])
        assert found == dict(members.values_list("sha256", "category_index"))


def test_where_there_is_no_export_the_page_says_how_to_make_one(release: Release, as_role: AsRole) -> None:
    page = text(as_role(""), "/r/first/")
    assert "python manage.py export --release first --format tfrecord --out first-tfrecord" in page
    assert page.count("--format imagefolder") == 3
    assert all(not each.code for each in snippets(public_page(release)))


def test_the_whole_export_goes_before_one_of_some_licences(release: Release) -> None:
    finished(release, "tfrecord", licences=["CC0-1.0"])
    [part] = [each.code for each in snippets(public_page(release)) if each.key == "tfdata"]
    whole = finished(release, "tfrecord")
    finished(release, "tfrecord", licences=["CC-BY-4.0"])
    [code] = [each.code for each in snippets(public_page(release)) if each.key == "tfdata"]
    assert f'FOLDER = Path("tfrecord-{whole.pk}")' in code and code != part


def test_the_files_are_python_before_names_are_put_in() -> None:
    folder = Path(settings.BASE_DIR) / "templates" / "releases" / "snippets"
    assert {path.stem for path in folder.glob("*.py")} == {key for key, _library, _format in FILES}
    for path in folder.glob("*.py"):
        ast.parse(path.read_text())
        template = get_template(f"releases/snippets/{path.name}").template  # type: ignore[attr-defined]
        ast.parse(template.render(Context({}, autoescape=False)))
