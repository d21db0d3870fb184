"""The published ConvNeXt-N comes in whole, and predicts what TensorFlow 2.13 predicts with it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from inference.engine import load_engine
from inference.errors import ModelError
from inference.folder import load_folder
from inference.predict import predict_files
from inference.published import PUBLISHED_CLASSES, PUBLISHED_SHA256, import_model, load_published
from tests.shared import PUBLISHED_MODEL, SHARED, SPECIMENS


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    classes = _table(SHARED / "herbariograph" / "classes.tsv")
    return import_model(PUBLISHED_MODEL, "ConvNeXt-N", tmp_path_factory.mktemp("models"), classes)


@pytest.mark.shared_data
def test_the_folder_says_where_it_comes_from(published: Path) -> None:
    folder = load_folder(published)
    assert folder.parameters == 955_385
    assert folder.image_size == 96
    assert folder.licence == "MIT"
    assert folder.source.startswith("https://github.com/dpl10/herbariograph/")
    assert folder.source_sha256 == PUBLISHED_SHA256
    assert folder.classes[13].name == "Ordinary"
    assert folder.classes[13].key == "N"


@pytest.mark.shared_data
def test_the_published_class_order() -> None:
    rows = _table(SHARED / "herbariograph" / "classes.tsv")
    assert [int(row["index"]) for row in rows] == list(range(17))
    assert [row["name"] for row in rows] == list(PUBLISHED_CLASSES)


@pytest.mark.shared_data
@pytest.mark.parametrize("backend", ["openvino", "keras"])
def test_logits_of_real_photographs(published: Path, backend: str, record_property: Any) -> None:
    reference = {row["file"]: row for row in _table(SPECIMENS / "reference_logits.tsv")}
    assert len(reference) == 25
    engine = load_engine(published, batch=8, threads=2, backend=backend)
    largest = 0.0
    for one in predict_files(engine, [SPECIMENS / name for name in reference]):
        assert one.logits is not None, f"{one.item}: {one.error}"
        row = reference[one.item.name]
        expected = [float(row[f"logit_{index}"]) for index in range(17)]
        largest = max(largest, float(np.abs(one.logits - expected).max()))
        assert engine.folder.class_names[int(one.logits.argmax())] == row["prediction"]
    record_property("largest_difference", largest)
    assert largest <= 1e-3


@pytest.mark.shared_data
def test_a_changed_archive_is_refused(tmp_path: Path) -> None:
    content = bytearray(PUBLISHED_MODEL.read_bytes())
    content[len(content) // 2] ^= 1
    changed = tmp_path / "changed.keras"
    changed.write_bytes(content)
    with pytest.raises(ModelError, match=f"SHA-256 must be {PUBLISHED_SHA256}.*got [0-9a-f]{{64}}"):
        import_model(changed, "x", tmp_path / "models")
    with pytest.raises(ModelError, match="is damaged: Bad CRC-32"):
        load_published(changed, any_checksum=True)
    assert not (tmp_path / "models").exists()


def _rewritten(where: Path, change: Any) -> Path:
    """The published archive with its configuration and its weights passed through ``change``."""
    with zipfile.ZipFile(PUBLISHED_MODEL) as archive:
        config = json.loads(archive.read("config.json"))
        stream = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(stream, "r+") as weights:
        change(config, weights["_layer_checkpoint_dependencies"])
    with zipfile.ZipFile(where, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", stream.getvalue())
    return where


def _other_shape(config: Any, weights: Any) -> None:
    del weights["conv2d_2/vars/0"]
    weights["conv2d_2/vars/0"] = np.zeros((1, 1, 24, 47), np.float32)


def _one_missing(config: Any, weights: Any) -> None:
    del weights["conv2d_2"]


def _no_head(config: Any, weights: Any) -> None:
    config["config"]["layers"] = [one for one in config["config"]["layers"] if one["name"] != "output_dense"]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            _other_shape,
            r"conv2d_2 must have the shapes \[\(1, 1, 24, 48\)\] of convNeXt0_block0_expand_conv2D",
        ),
        (_one_missing, "the network has 40 Conv2D layers, got 39 weights"),
        (_no_head, "config.json does not describe a ConvNeXt .*output_dense"),
    ],
)
def test_an_archive_that_does_not_fit_itself_is_refused(tmp_path: Path, change: Any, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        load_published(_rewritten(tmp_path / "other.keras", change), any_checksum=True)


@pytest.mark.shared_data
def test_classes_in_another_order_are_refused(tmp_path: Path) -> None:
    names = list(PUBLISHED_CLASSES)
    names[0], names[1] = names[1], names[0]
    with pytest.raises(ModelError, match="class 0 is 'Animal', got 'Biocultural'"):
        import_model(PUBLISHED_MODEL, "x", tmp_path, names)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.keras"
    with pytest.raises(ModelError, match="does not exist; the published model is at https"):
        import_model(file, "x", tmp_path / "models")
    file.write_bytes(b"no zip")
    with pytest.raises(ModelError, match="it is not a zip file"):
        import_model(file, "x", tmp_path / "models")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "")
    with pytest.raises(ModelError, match="is not a Keras archive: .*config.json"):
        load_published(file, any_checksum=True)
    with pytest.raises(ModelError, match="it has no model.json"):
        import_model(tmp_path, "x", tmp_path / "models")


def test_the_conversion_reports_to_nobody(tmp_path: Path) -> None:
    """In a process of its own, since others may have imported the module before."""
    code = (
        "import sys; from tests.tiny_model import make_tiny_model; from pathlib import Path; "
        f"make_tiny_model(Path({str(tmp_path)!r}), ['A', 'B']); "
        "assert sys.modules['openvino_telemetry'] is None; "
        "from openvino.tools.ovc import convert_impl; print(convert_impl.tm.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("telemetry_stub")
