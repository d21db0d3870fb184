"""Bringing models in: what is written, what is safe to repeat, what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from curation.errors import Refused
from curation.models import AuditEntry, ModelVersion, Project
from curation.services.models import folder_of, import_model
from inference.files import sha256_of
from inference.folder import load_folder
from inference.published import PUBLISHED_ADDRESS, PUBLISHED_CLASSES
from tests.factories import make_project
from tests.shared import PUBLISHED_MODEL
from tests.tiny_model import make_tiny_model

pytestmark = pytest.mark.django_db
CLASSES = ["Class A", "Class B", "Class C"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_tiny_model(tmp_path, CLASSES, name="made-elsewhere")


def call(*words: Any) -> str:
    out = StringIO()
    call_command("import_model", *words, stdout=out)
    return out.getvalue()


def test_a_model_folder_becomes_a_row_and_a_folder(folder: Path, settings: Any) -> None:
    project = make_project(3)
    model = import_model(folder, "mine", project=project)
    assert (model.name, model.folder, model.classes, model.image_size) == ("mine", "mine", CLASSES, 32)
    here = folder_of(model)
    assert here.path == Path(settings.MODELS_DIR) / "mine" and here.name == "mine"
    assert model.parameters == here.parameters > 0
    assert model.manifest_sha256 == sha256_of(here.path / "model.json")
    assert [(one.key, one.slug) for one in here.classes] == [
        ("A", "class-a"),
        ("B", "class-b"),
        ("C", "class-c"),
    ]
    assert AuditEntry.objects.get(action="model.import").subject == "mine"


def test_the_same_again_is_there_already_and_another_is_refused(folder: Path, tmp_path: Path) -> None:
    first = import_model(folder, "mine")
    assert import_model(folder, "mine") == first
    assert AuditEntry.objects.filter(action="model.import").count() == 1
    other = make_tiny_model(tmp_path, CLASSES, seed=1, name="another")
    with pytest.raises(Refused, match="already another model named mine"):
        import_model(other, "mine")
    assert ModelVersion.objects.get().manifest_sha256 == first.manifest_sha256


def test_a_lost_or_damaged_folder_is_made_anew(folder: Path, settings: Any) -> None:
    model = import_model(folder, "mine")
    here = Path(settings.MODELS_DIR) / "mine"
    shutil.rmtree(here)
    assert import_model(folder, "mine").pk == model.pk
    (here / "model.keras").write_bytes(b"damaged")
    model.refresh_from_db()
    with pytest.raises(Refused, match="SHA-256"):
        folder_of(model)
    model = import_model(folder, "mine")
    assert folder_of(model).name == "mine"


def test_a_folder_without_a_row_gets_one_if_it_is_that_model(
    folder: Path, tmp_path: Path, settings: Any
) -> None:
    import_model(folder, "mine")
    ModelVersion.objects.all().delete()
    assert import_model(folder, "mine").classes == CLASSES
    ModelVersion.objects.all().delete()
    with pytest.raises(Refused, match="already another model"):
        import_model(make_tiny_model(tmp_path, CLASSES, seed=1, name="another"), "mine")
    (Path(settings.MODELS_DIR) / "mine" / "model.json").unlink()
    with pytest.raises(Refused, match="is in the way"):
        import_model(folder, "mine")


def test_classes_must_be_the_projects(folder: Path) -> None:
    project = make_project(4)
    with pytest.raises(Refused, match="only the project has Class D"):
        import_model(folder, "mine", project=project)
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize("name", ["", "../up", "a b", "ä", "-x", "x" * 81])
def test_a_name_that_is_no_folder_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(Refused, match="not usable"):
        import_model(folder, name)


def test_the_command_says_where_the_published_model_is(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        call(tmp_path / "none.keras", "--name", "published")
    assert "does not exist" in str(error.value) and PUBLISHED_ADDRESS in str(error.value)


def test_the_command_refuses_what_is_no_archive(tmp_path: Path) -> None:
    file = tmp_path / "x.keras"
    file.write_bytes(b"not a zip")
    with pytest.raises(CommandError, match="not a zip file"):
        call(file, "--name", "published")
    with pytest.raises(CommandError, match="There is no project 'nowhere'"):
        call(file, "--name", "published", "--project", "nowhere")


def test_the_command_reports_in_words_and_in_json(folder: Path) -> None:
    assert "mine is brought in" in call(folder, "--name", "mine")
    assert "mine is there already" in call(folder, "--name", "mine")
    report = json.loads(call(folder, "--name", "mine", "--json"))
    assert report["was_there"] and report["classes"] == CLASSES


def test_the_command_line_exits_with_2_for_wrong_usage() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "import_model", "FILE"],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "--name" in done.stderr


@pytest.mark.shared_data
def test_the_published_archive_comes_in_with_the_projects_classes(settings: Any) -> None:
    project = make_project(17, key="herbariograph")
    for label, name in zip(Project.objects.get().classes.all(), reversed(PUBLISHED_CLASSES), strict=True):
        label.name = name
        label.save()
    assert "955,385 parameters" in call(PUBLISHED_MODEL, "--name", "convnext-n")
    model = ModelVersion.objects.get()
    assert model.classes == list(PUBLISHED_CLASSES) and model.image_size == 96
    folder = load_folder(Path(settings.MODELS_DIR) / "convnext-n")
    keys = dict(project.classes.values_list("name", "key"))
    assert {one.name: one.key for one in folder.classes} == keys  # by name, not by place
    assert folder.licence == "MIT" and folder.source == PUBLISHED_ADDRESS
    assert "is there already" in call(PUBLISHED_MODEL, "--name", "convnext-n")
