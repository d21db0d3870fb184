"""Projects and their classes from tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from curation.errors import Refused
from curation.models import Project
from curation.selectors.queue import class_rows, classes_of
from curation.services.projects import create_project, ensure_herbariograph, project_with_key
from tests.shared import SHARED

pytestmark = pytest.mark.django_db
HEADER = "index\tkey\tname\tslug\tplural\tdefinition\n"


def test_herbariograph_has_the_published_classes_and_targets() -> None:
    project, created = ensure_herbariograph()
    assert created and not ensure_herbariograph()[1]
    assert (project.target, project.train, project.test, project.validate) == (12_288, 10_240, 1_024, 1_024)
    assert "".join(project.classes.order_by("index").values_list("key", flat=True)) == "ABCFIGLERTSMONPXU"


@pytest.mark.shared_data
def test_herbariograph_classes_are_those_of_the_shared_table() -> None:
    project, _ = ensure_herbariograph()
    lines = (SHARED / "herbariograph" / "classes.tsv").read_text().splitlines()[1:]
    rows = project.classes.order_by("index").values_list(
        "index", "key", "name", "slug", "plural", "definition"
    )
    assert ["\t".join(map(str, row)) for row in rows] == lines


def test_a_project_from_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "classes.tsv"
    table.write_text(HEADER + "0\tC\tClean\tclean\tClean sheets\t\n1\tS\tStained\tstained\tStained\tDark.\n")
    call_command("create_project", "condition", title="Condition", classes=table, train=7, test=1, validate=2)
    assert capsys.readouterr().out == "Project condition: 2 classes.\n"
    assert project_with_key("condition").target == 10


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "holds no classes"),
        ("0\tc\tClean\tclean\tClean\t\n", "line 2: key: One letter, A to Z"),
        ("x\tC\tClean\tclean\tClean\t\n", "line 2: index"),
        ("0\tC\tClean\tclean\tClean\t\n1\tC\tB\tb\tB\t\n", "line 3: key 'C' stands in line 2 already"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(tmp_path: Path, rows: str, message: str) -> None:
    table = tmp_path / "classes.tsv"
    table.write_text(HEADER + rows)
    with pytest.raises(Refused, match=message):
        create_project("p", title="P", classes=table)
    assert not Project.objects.filter(key="p").exists()


def test_missing_columns_and_files_are_named(tmp_path: Path) -> None:
    table = tmp_path / "classes.tsv"
    table.write_text("index\tkey\n0\tA\n")
    with pytest.raises(Refused, match="columns name, slug, plural, definition are missing"):
        create_project("p", title="P", classes=table)
    with pytest.raises(CommandError, match="nowhere.tsv cannot be read"):
        call_command("create_project", "p", title="P", classes=tmp_path / "nowhere.tsv")


def test_an_unknown_project_names_those_there_are() -> None:
    ensure_herbariograph()
    with pytest.raises(Refused, match="no project 'x'. Projects: herbariograph"):
        project_with_key("x")


def test_the_published_classes_are_called_by_their_names_in_spanish_too() -> None:
    project, _ = ensure_herbariograph()
    said = {label.slug: label.translations["es"] for label in project.classes.all()}
    assert len(said) == 17
    assert said["corrupted-images"]["plural"] == "Imágenes corruptas"
    assert all({"name", "plural", "definition"} <= set(words) for words in said.values())
    with translation.override("es"):
        called = {row["slug"]: row["name"] for row in class_rows(project, classes_of(project))}
    assert called["corrupted-images"] == "Corrupta"


def test_a_translation_of_a_class_that_is_not_there_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "classes.tsv"
    table.write_text("index\tkey\tname\tslug\tplural\tdefinition\n0\tA\tSheet\tsheet\tSheets\t\n")
    (tmp_path / "classes.es.tsv").write_text("index\tname\tplural\tdefinition\n7\tPliego\tPliegos\t\n")
    with pytest.raises(Refused, match=r"classes.es.tsv line 2: no class has the index '7'"):
        create_project("sheets", title="Sheets", classes=table)
    assert not Project.objects.exists()
