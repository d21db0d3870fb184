"""The code on the public page does load the release: it is run on exports as their ZIPs unpack."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from html import unescape
from importlib.util import find_spec
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
# What follows the snippet in its process: what the batches hold, and each picture by itself.
PYTORCH_SAYS = """
import json
said = {}
for split, batches in data.items():
    seen = list(batches)
    pictures = batches.dataset
    said[split] = {
        "shapes": sorted({tuple(images.shape[1:]) for images, labels in seen}),
        "types": sorted({str(images.dtype) for images, labels in seen}),
        "least": min(float(images.min()) for images, labels in seen),
        "most": max(float(images.max()) for images, labels in seen),
        "batches": [int(label) for images, labels in seen for label in labels],
        "pictures": [[pictures.files[at].stem, pictures[at][1]] for at in range(len(pictures))],
    }
print(json.dumps(said))
"""


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


def torch_python() -> str:
    """The Python that has torch: the one that is named, this one, or .venv-torch. Else the test skips."""
    named = os.environ.get("VASCULUM_TORCH_PYTHON", "")
    own = Path(settings.BASE_DIR) / ".venv-torch" / "bin" / "python"
    if named:
        return named
    if find_spec("torch"):
        return sys.executable
    if own.exists():
        return str(own)
    pytest.skip("PyTorch is not installed: `make torch` puts it into .venv-torch")


def test_pytorch_loads_it(release: Release, as_role: AsRole, tmp_path: Path) -> None:
    """In a process of its own, as torch may be in an environment of its own."""
    python = torch_python()
    unpacked(release, "imagefolder", as_role, tmp_path)
    code = code_of("pytorch", as_role) + PYTORCH_SAYS
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said.keys() == SPLITS.keys()
    for split, found in said.items():
        assert found["shapes"] == [[3, 192, 192]] and found["types"] == ["torch.float32"]
        assert 0 <= found["least"] < 0.5 < found["most"] <= 1
        assert sorted(found["batches"]) == wanted(release, split)
        # One by one in the order of the files: the class of each picture is that of the release.
        members = release.members.filter(split=SPLITS[split])
        assert dict(found["pictures"]) == dict(members.values_list("sha256", "category_index"))


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
