"""Teachers of every form give the same logits, get the pictures they want, and are proven not to move."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import ModelError
from tests.tiny_model import make_tiny_model
from training.backend import keras, tf
from training.fingerprint import sha256_of_arrays
from training.models.convnext import build_convnext
from training.teachers import Preparation, check_unmoved, load_teacher, state_of

SIZE = 32
CLASSES = 3
PICTURES = np.random.default_rng(3).uniform(0, 255, (5, SIZE, SIZE, 3)).astype(np.float32)
ROWS = np.linspace(0, 2, SIZE, dtype=np.float32)  # so that rows and columns are not the same


class Linear(tf.Module):  # type: ignore[misc]
    """Logits from the mean of each channel of NCHW pictures, as a PyTorch export would take them."""

    def __init__(self, outputs: str | None = "logits") -> None:
        super().__init__()
        self.outputs = outputs
        self.kernel = tf.Variable(np.arange(9, dtype=np.float32).reshape(3, 3) / 10 - 0.4, name="kernel")
        self.bias = tf.Variable([0.3, -0.2, 0.0], name="bias")

    @tf.function(input_signature=[tf.TensorSpec((None, 3, SIZE, SIZE), tf.float32, name="pixels")])
    def __call__(self, pixels: tf.Tensor) -> Any:
        logits = tf.reduce_mean(pixels * ROWS[:, None], axis=(2, 3)) @ self.kernel + self.bias
        return logits if self.outputs is None else {self.outputs: logits, "twice": logits * 2}


def expected_of_linear(pictures: np.ndarray, module: Linear) -> np.ndarray:
    normal = (pictures / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.25, 0.5]
    return (normal * ROWS[:, None, None]).mean(axis=(1, 2)) @ module.kernel.numpy() + module.bias.numpy()


NORMALISED = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.5], "layout": "NCHW"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Linear]:
    module = Linear()
    path = tmp_path_factory.mktemp("teachers") / "deit"
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.__call__})
    return path, module


def test_a_saved_model_gets_its_layout_and_normalisation(saved: tuple[Path, Linear]) -> None:
    path, module = saved
    teacher = load_teacher({"path": str(path), "output": "logits", **NORMALISED})
    assert (teacher.kind, teacher.preparation.image_size) == ("saved-model", SIZE)  # read from the signature
    np.testing.assert_allclose(teacher.logits(PICTURES), expected_of_linear(PICTURES, module), atol=1e-5)
    in_graph = tf.function(teacher.logits)(tf.constant(PICTURES))
    np.testing.assert_allclose(in_graph, expected_of_linear(PICTURES, module), atol=1e-5)
    assert teacher.check(PICTURES) == CLASSES
    assert [one.name for one in teacher.variables] == sorted(one.name for one in teacher.variables)
    assert len(teacher.variables) == 2
    twice = load_teacher({"path": str(path), "output": "twice", **NORMALISED})
    np.testing.assert_allclose(twice.logits(PICTURES), 2 * teacher.logits(PICTURES), atol=1e-5)


def test_a_saved_model_without_signatures_is_called(tmp_path: Path) -> None:
    module = Linear(outputs=None)
    tf.saved_model.save(module, str(tmp_path / "plain"))
    teacher = load_teacher({"path": str(tmp_path / "plain"), "image_size": SIZE, **NORMALISED})
    np.testing.assert_allclose(teacher.logits(PICTURES), expected_of_linear(PICTURES, module), atol=1e-5)
    assert len(teacher.variables) == 2, "a teacher whose variables are missed cannot be proven still"


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({}, "teacher.output must be one of logits, twice"),
        ({"output": "logit"}, "got 'logit'"),
        ({"output": "logits", "signature": "predict"}, "teacher.signature must be one of serving_default"),
        ({"output": "logits", "layout": "NHWC"}, "teacher.layout NHWC give (32, 32, 3)"),
        ({"output": "logits", "image_size": 96}, "give (3, 96, 96)"),
    ],
)
def test_what_does_not_fit_a_saved_model(
    saved: tuple[Path, Linear], config: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ModelError) as caught:
        load_teacher({"path": str(saved[0]), "layout": "NCHW", "mean": 0.5, "std": 0.2, **config}).check(
            PICTURES
        )
    assert reason in str(caught.value)


def test_a_keras_file_a_model_folder_and_a_run(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path, ["leaf", "root", "seed"])
    model = keras.models.load_model(folder / "model.keras")
    wanted = np.asarray(model(PICTURES, training=False))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model").symlink_to(folder)
    for path, names in (
        (folder / "model.keras", None),
        (folder, ["leaf", "root", "seed"]),
        (tmp_path / "run", 3),
    ):
        teacher = load_teacher({"path": str(path)})
        np.testing.assert_array_equal(teacher.logits(PICTURES), wanted)
        assert teacher.check(PICTURES) == CLASSES
        assert (teacher.classes is None) == (names is None)
        assert len(teacher.variables) == len(model.weights)
        assert not teacher.keep.trainable_weights


def test_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_teacher.py").write_text(
        "import numpy as np\n"
        "def logits(pictures):\n"
        "    assert isinstance(pictures, np.ndarray) and pictures.dtype == np.float32\n"
        "    return pictures.mean(axis=(1, 2)).astype('float64')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    teacher = load_teacher({"path": "my_teacher:logits", "image_size": 16, "scale": 2.0, "offset": -1.0})
    assert teacher.check(PICTURES) == 3
    small = np.asarray(tf.image.resize(PICTURES, (16, 16)))
    in_graph = tf.function(teacher.logits)(tf.constant(PICTURES))
    np.testing.assert_allclose(in_graph, small.mean(axis=(1, 2)) * 2 - 1, rtol=1e-4)
    assert in_graph.shape == (5, 3)
    assert len(teacher.sha256) == 64
    sys.modules.pop("my_teacher")


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({}, "teacher.path must name a teacher"),
        ({"path": "/no/such/teacher"}, "no model '/no/such/teacher'"),
        ({"path": "no_such_module:logits", "image_size": 8}, "cannot be imported"),
        ({"path": "math:pi", "image_size": 8}, "must be a function, got float"),
        ({"path": "tests.tiny_model:make_tiny_model"}, "teacher.image_size must be given"),
        (
            {"path": "tests.tiny_model:make_tiny_model", "output": "x"},
            "teacher.output belongs to a SavedModel",
        ),
    ],
)
def test_what_is_no_teacher(config: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_teacher(config)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"image_size": 0}, "teacher.image_size must be a whole number of at least 1, got 0"),
        ({"layout": "HWC"}, "teacher.layout must be one of NHWC, NCHW; got 'HWC'"),
        ({"mean": 0.5, "scale": 2}, "mean cannot be given together with scale"),
        ({"mean": [1, 2]}, "teacher.mean must be a number or a list of 3, got [1, 2]"),
        ({"std": 0.0}, "teacher.std must not be 0"),
        ({"scale": "a"}, "teacher.scale must be a number"),
    ],
)
def test_preparations_that_make_no_sense(config: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError) as caught:
        Preparation.from_config({"image_size": 8, **config})
    assert reason in str(caught.value)


def _answering(answer: Callable[[Any], Any]) -> Any:
    from training.teachers import Teacher

    return Teacher("one", "function", answer, Preparation(SIZE), "0" * 64)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda x: tf.reduce_mean(x, axis=(1, 2, 3)), "must give logits of shape (5, classes)"),
        (lambda x: tf.reduce_mean(x, axis=(1, 2))[:1], "got (1, 3)"),
        (lambda x: tf.reduce_mean(x, axis=(1, 2))[:, :1], "got (5, 1)"),
        (lambda x: tf.math.log(-tf.reduce_mean(x, axis=(1, 2))), "15 of 15 are not"),
        (lambda x: tf.nn.softmax(tf.reduce_mean(x, axis=(1, 2))), "these are probabilities"),
    ],
)
def test_answers_that_are_no_logits(answer: Callable[[Any], Any], reason: str) -> None:
    with pytest.raises(ModelError) as caught:
        _answering(answer).check(PICTURES)
    assert reason in str(caught.value)


def test_a_teacher_that_moves_is_found_out() -> None:
    model = build_convnext(CLASSES, SIZE, blocks=(1, 1), width=4, seed=1)
    teacher = _answering(lambda pictures: model(pictures, training=False))
    teacher.variables = [one.value for one in model.weights]
    before = state_of(teacher, PICTURES)
    assert before.variables == len(model.weights)
    assert check_unmoved("one", before, state_of(teacher, PICTURES)) == 0
    bias = next(one for one in model.weights if one.path.endswith("output_dense/bias"))
    bias.assign_add([0.0, 0.0, 1e-6])  # far less than answers would show
    with pytest.raises(ModelError, match="must not move, and they did"):
        check_unmoved("one", before, state_of(teacher, PICTURES))
    teacher.variables = ()
    hidden = state_of(teacher, PICTURES)
    assert hidden.sha256 is None
    bias.assign_add([0.0, 0.5, 0.0])
    with pytest.raises(ModelError, match="the answers differ by"):
        check_unmoved("one", hidden, state_of(teacher, PICTURES))


def test_no_gradient_reaches_a_teacher() -> None:
    model = build_convnext(CLASSES, SIZE, blocks=(1, 1), width=4, seed=1)
    teacher = _answering(lambda pictures: model(pictures, training=False))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(teacher.logits(tf.constant(PICTURES)) ** 2)
    gradients = tape.gradient(total, [one.value for one in model.trainable_variables])
    assert gradients == [None] * len(model.weights)


def test_fingerprints_tell_kind_shape_and_bytes_apart() -> None:
    ones = np.ones((2, 3), np.float32)
    same = [sha256_of_arrays([ones]), sha256_of_arrays([np.asfortranarray(ones)])]
    others = [
        sha256_of_arrays([ones.reshape(3, 2)]),
        sha256_of_arrays([ones.astype(np.float64)]),
        sha256_of_arrays([ones.ravel()[:3], ones.ravel()[3:]]),
        sha256_of_arrays([np.nextafter(ones, 2, dtype=np.float32)]),
    ]
    assert same[0] == same[1]
    assert len({*same, *others}) == 5
