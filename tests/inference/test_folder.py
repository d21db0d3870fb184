"""A model folder appears whole, says what it is, and is refused when it does not agree with itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.engine import load_engine
from inference.errors import ModelError
from inference.export_engine import save_model_folder
from inference.files import whole_file, whole_folder
from inference.folder import as_classes, find_model, load_folder
from inference.published import import_model
from tests.inference.conftest import CLASSES
from tests.tiny_model import IMAGE_SIZE


def _edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "model.json"
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


def _swap_names(classes: list[dict[str, Any]]) -> None:
    classes[0]["name"], classes[1]["name"] = classes[1]["name"], classes[0]["name"]


def test_a_folder_carries_what_is_needed_to_use_it(tiny: Path) -> None:
    data = json.loads((tiny / "model.json").read_text())
    assert (data["format"], data["version"], data["name"]) == ("vasculum-model", 1, "tiny")
    assert data["classes"] == [{"index": index, "name": name} for index, name in enumerate(CLASSES)]
    assert data["preprocessing"]["size"] == [IMAGE_SIZE, IMAGE_SIZE]
    assert data["outputs"] == "logits"
    assert set(data["files"]) == {"model.keras", "openvino/model.xml", "openvino/model.bin"}
    assert data["engine"]["precision"] == "float32"
    folder = load_folder(tiny)
    assert folder.class_names == list(CLASSES)
    assert folder.training_release is None


@pytest.mark.parametrize("file", ["model.keras", "openvino/model.bin", "openvino/model.xml"])
def test_one_flipped_byte_is_refused(tiny: Path, file: str) -> None:
    load_folder(tiny)
    content = bytearray((tiny / file).read_bytes())
    content[len(content) // 2] ^= 1
    (tiny / file).write_bytes(content)
    expected = json.loads((tiny / "model.json").read_text())["files"][file]["sha256"]
    with pytest.raises(ModelError, match=f"{file}: SHA-256 must be {expected}.* got [0-9a-f]{{64}}"):
        load_folder(tiny)


def test_a_missing_file_is_named(tiny: Path) -> None:
    (tiny / "openvino" / "model.bin").unlink()
    with pytest.raises(ModelError, match="openvino/model.bin is missing"):
        load_folder(tiny)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data.update(format="other"), "format must be 'vasculum-model', got 'other'"),
        (lambda data: data.update(version=2), "format version 1, got 2"),
        (lambda data: data.update(outputs="probabilities"), "outputs must be 'logits', got 'probabilities'"),
        (lambda data: data.pop("classes"), "'classes' is missing"),
        (lambda data: data["classes"].reverse(), r"classes\[0\] must have .* the index 0"),
        (lambda data: _swap_names(data["classes"]), r"classes must be .* got \['Slide', 'Sheet', 'Text'\]"),
        (lambda data: data["classes"][1].update(name="Sheet"), r"distinct, non-empty names, got \['Sheet', "),
        (lambda data: data["classes"][2].update(name="Texts"), "every picture would get a wrong name"),
        (lambda data: data["preprocessing"].update(exif="applied"), "exif must be 'ignored'"),
        (
            lambda data: data["preprocessing"].update(id="rgb-2"),
            "unknown preprocessing 'rgb-2': this version",
        ),
        (lambda data: data["preprocessing"].update(size=[48, 48]), r"must be \[32, 32\] .* got \[48, 48\]"),
        (lambda data: data.update(image_size=48), r"must be \[48, 48\] as image_size says, got \[32, 32\]"),
        (lambda data: data.update(preprocessing="rgb"), "preprocessing must be an object, got 'rgb'"),
        (lambda data: data.update(name="../tiny"), "model name must be .* got '../tiny'"),
        (
            lambda data: data["files"].update({"../x": {"sha256": "", "bytes": 0}}),
            "inside the folder, got '../x'",
        ),
        (
            lambda data: data["files"].update({"/x": {"sha256": "", "bytes": 0}}),
            "inside the folder, got '/x'",
        ),
        (lambda data: data["files"].pop("model.keras"), "files must list model.keras"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(
    tiny: Path, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    _edit(tiny, change)
    with pytest.raises(ModelError, match=f"{tiny}/model.json: .*{reason}"):
        load_folder(tiny)


def test_a_folder_from_before_its_class_order_was_sealed(tiny: Path) -> None:
    _edit(tiny, lambda data: data.pop("classes_sha256"))
    assert load_folder(tiny).class_names == list(CLASSES)


def test_a_description_that_is_no_json_is_refused(tiny: Path) -> None:
    (tiny / "model.json").write_text("{")
    with pytest.raises(ModelError, match="model.json cannot be read"):
        load_folder(tiny)


def test_a_model_is_found_by_name_and_by_path(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VASCULUM_VAR", str(tiny.parents[1]))
    assert find_model("tiny") == tiny
    assert find_model(str(tiny)) == tiny
    with pytest.raises(ModelError, match=r"no model 'large'.*\(tiny\).*import FILE --name large"):
        find_model("large")
    with pytest.raises(ModelError, match="no model '../models/tiny'"):
        find_model("../models/tiny")


def test_a_model_is_found_in_the_run_that_trained_it(tiny: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "first"
    run.mkdir(parents=True)
    with pytest.raises(ModelError, match="no model .*runs/first"):
        find_model(run)
    model = import_model(tiny, "model", run)
    assert find_model(run) == find_model(str(run)) == model
    assert load_engine(run).folder.name == "model"


@pytest.mark.parametrize("classes", [[], ["a", "a"], ["a", ""], [{"name": "a", "index": 1}], [{"key": "a"}]])
def test_classes_must_be_named_once_and_in_order(classes: list[Any]) -> None:
    with pytest.raises(ModelError, match="classes"):
        as_classes(classes)


def test_class_names_must_be_as_many_as_outputs(tmp_path: Path) -> None:
    from training.models.convnext import build_convnext

    model = build_convnext(3, 32, blocks=(1, 1, 1, 1), width=4)
    with pytest.raises(ModelError, match="the model has 3 outputs, got 2 class names"):
        save_model_folder(model, tmp_path, "tiny", ["a", "b"])
    assert list(tmp_path.iterdir()) == []


class TestImport:
    def test_a_folder_is_copied_under_its_new_name(self, tiny: Path, tmp_path: Path) -> None:
        classes = [{"name": name, "key": name[0], "slug": name.lower()} for name in CLASSES]
        copy = import_model(tiny, "second", tmp_path / "elsewhere", classes)
        assert copy == tmp_path / "elsewhere" / "second"
        assert load_folder(copy).name == "second"
        assert load_folder(copy).files == load_folder(tiny).files
        assert [one.key for one in load_folder(copy).classes] == ["S", "S", "T"]

    def test_another_class_order_is_refused(self, tiny: Path, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="class 0 is 'Sheet', got 'Slide'"):
            import_model(tiny, "second", tmp_path / "elsewhere", ["Slide", "Sheet", "Text"])
        with pytest.raises(ModelError, match="has 3 classes, got 1"):
            import_model(tiny, "second", tmp_path / "elsewhere", ["Sheet"])
        assert not (tmp_path / "elsewhere").exists()

    def test_the_model_card_goes_along_and_may_be_corrected(self, tiny: Path, tmp_path: Path) -> None:
        (tiny / "README.md").write_text("# A card\n")
        copy = import_model(tiny, "second", tmp_path / "elsewhere")
        assert (copy / "README.md").read_text() == "# A card\n"
        assert "README.md" not in load_folder(copy).files
        (copy / "README.md").write_text("# A better card\n")
        again = import_model(copy, "third", tmp_path / "elsewhere")
        assert (again / "README.md").read_text() == "# A better card\n"
        assert load_folder(again).files == load_folder(tiny).files

    def test_a_run_comes_in_with_its_card(self, tiny: Path, tmp_path: Path) -> None:
        run = tmp_path / "runs" / "first"
        import_model(tiny, "model", run)
        (run / "README.md").write_text("# The run's card\n")
        assert not (import_model(run, "no-run", tmp_path / "elsewhere") / "README.md").exists()
        (run / "config.json").write_text("{}")
        copy = import_model(run, "second", tmp_path / "elsewhere")
        assert load_folder(copy).name == "second"
        assert (copy / "README.md").read_text() == "# The run's card\n"

    def test_a_damaged_folder_is_not_copied(self, tiny: Path, tmp_path: Path) -> None:
        (tiny / "model.keras").write_bytes(b"no model")
        with pytest.raises(ModelError, match="SHA-256"):
            import_model(tiny, "second", tmp_path / "elsewhere")
        assert not (tmp_path / "elsewhere").exists()

    def test_an_existing_name_is_kept_unless_replaced(self, tiny: Path, tmp_path: Path) -> None:
        target = import_model(tiny, "second", tmp_path / "elsewhere")
        (target / "mark").touch()
        with pytest.raises(ModelError, match="second exists"):
            import_model(tiny, "second", tmp_path / "elsewhere")
        assert (target / "mark").exists()
        import_model(tiny, "second", tmp_path / "elsewhere", replace=True)
        assert not (target / "mark").exists()
        assert [entry.name for entry in (tmp_path / "elsewhere").iterdir()] == ["second"]

    @pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "ä", "x" * 101])
    def test_a_name_that_is_no_folder_name_is_refused(self, name: str, tiny: Path, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="model name must be"):
            import_model(tiny, name, tmp_path / "elsewhere")


class TestWhole:
    def test_a_file_that_fails_leaves_the_old_one(self, tmp_path: Path) -> None:
        file = tmp_path / "table.tsv"
        file.write_text("old")
        with pytest.raises(RuntimeError), whole_file(file) as temporary:
            temporary.write_text("half")
            raise RuntimeError
        assert file.read_text() == "old"
        assert list(tmp_path.iterdir()) == [file]

    def test_a_folder_that_fails_leaves_the_old_one(self, tmp_path: Path) -> None:
        folder = tmp_path / "model"
        folder.mkdir()
        (folder / "old").touch()
        with pytest.raises(RuntimeError), whole_folder(folder, replace=True) as fresh:
            (fresh / "half").touch()
            raise RuntimeError
        assert [entry.name for entry in folder.iterdir()] == ["old"]
        assert list(tmp_path.iterdir()) == [folder]
