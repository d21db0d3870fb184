"""Training from a config to a model folder, on drawn exports."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest

from inference.errors import ModelError
from inference.export_engine import save_model_folder
from inference.folder import load_folder
from tests.training.drawn import make_tfrecord_export
from training.__main__ import main
from training.backend import keras
from training.config import ConfigError, read_config
from training.data.errors import DataError
from training.load import load_trainable
from training.loop import FitResult, fit
from training.models.convnext import build_convnext
from training.progress import Silent
from training.runs.folder import RunFolder
from training.runs.weights import read_arrays
from training.train import _best_stage, run_training
from training.train_config import resolve

SMALL = Path("training/configs/small.toml")
PUBLISHED = Path("training/configs/herbariograph.toml")


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return make_tfrecord_export(tmp_path_factory.mktemp("release") / "drawn")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """An untrained model for the classes of the drawn release."""
    model = build_convnext(3, 32, blocks=(1, 1), width=4, expansion=2, seed=3)
    path = tmp_path_factory.mktemp("start")
    return save_model_folder(model, path, "start", ["Kind 0", "Kind 1", "Kind 2"], openvino=False)


def staged(export, start, **more):
    return {
        "data": str(export),
        "model": str(start),
        "seed": 5,
        "batch": 12,
        "learning_rate": 0.01,
        "openvino": False,
        "monitor": "loss",
        "mode": "min",
        "keep_checkpoints": "all",
        "stages": [
            {"unfreeze_after": "output_gap", "epochs": 3, "learning_rate": 2.0},
            {"unfreeze_after": "rescale", "epochs": 2},
        ],
        **more,
    }


@pytest.fixture(scope="module")
def trained(export, tmp_path_factory):
    """The example of a training from scratch."""
    config = read_config(SMALL, [f"data={export}", "openvino=true", "licence=MIT"])
    return run_training(config, tmp_path_factory.mktemp("small") / "run", progress=Silent())


def test_the_small_example_learns_the_classes(trained):
    folder = load_folder(trained.model_folder)

    assert folder.metrics["validate_macro_f1"] >= 0.9
    assert set(folder.metrics) == {"validate_loss", "validate_accuracy", "validate_macro_f1"}
    best = max(line["val_macro_f1"] for line in trained.metrics())
    assert folder.metrics["validate_macro_f1"] == best


def test_the_model_folder_says_where_it_is_from_and_loads_in_one_call(trained, export):
    folder = load_folder(trained.model_folder)
    model = load_trainable(trained.model_folder)

    assert folder.training_release == "drawn"
    assert [one.slug for one in folder.classes] == ["kind-0", "kind-1", "kind-2"]
    assert folder.openvino_file is not None
    assert (folder.name, folder.licence) == ("run", "MIT")
    assert model.output_shape == (None, 3)
    [kept] = trained.checkpoints()
    for value, saved in zip(model.variables, read_arrays(kept.path).values(), strict=True):
        assert (value.numpy() == saved).all()


def test_the_card_says_what_it_is(trained):
    text = (trained.path / "README.md").read_text()

    for words in (
        "# run\n",
        "Release `drawn`",
        trained.data["manifest_sha256"],
        "| 2 | Kind 2 | 8 | 4 |",
        "| CC0-1.0 | 16 |",
        "From scratch: a ConvNeXt with width 8, blocks [1, 1], expansion 2, seed 7",
        "loss cross-entropy (smoothing 0.1)",
        "| validate_macro_f1 |",
        "- range: 0-255 float32",
        "load_trainable(",
        "Licence of the model: MIT",
        "- keras ",
    ):
        assert words in text, words


def test_the_data_are_named_by_their_sums(trained, export):
    sums = (export / "SHA256SUMS").read_text()

    assert trained.data["release"] == "drawn"
    assert len(trained.data["files"]) == 2
    for name, sha256 in trained.data["files"].items():
        assert f"{sha256}  {name}" in sums
    assert trained.data["counts"]["train"] == {"kind-0": 8, "kind-1": 8, "kind-2": 8}


def test_a_finished_run_is_not_run_again(trained):
    before = {one: one.stat().st_mtime_ns for one in trained.path.rglob("*") if one.is_file()}

    again = run_training(
        trained.config | {"stages": trained.config["stages"]}, trained.path, progress=Silent()
    )

    assert again.config == trained.config
    after = {one: one.stat().st_mtime_ns for one in trained.path.rglob("*") if one.is_file()}
    assert {one.name for one in after if after[one] != before.get(one)} <= {".lock"}


class Ended(BaseException):
    pass


class Until(Silent):
    """Ends the work after some steps."""

    def __init__(self, steps):
        self.left = steps

    def check(self):
        self.left -= 1
        if self.left < 0:
            raise Ended


def values(model):
    return [one.numpy() for one in model.variables]


def same(one, other):
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def stages(export, start, tmp_path_factory):
    """A run of two stages, and the weights at the beginning of each."""
    begun = []

    def watched(model, *arguments, **options):
        begun.append(values(model))
        return fit(model, *arguments, **options)

    with patch("training.loop.fit", watched):
        run = run_training(
            staged(export, start), tmp_path_factory.mktemp("staged") / "run", progress=Silent()
        )
    return run, begun


def test_stages_unfreeze_more_and_more(stages, start):
    run, begun = stages

    lines = run.metrics()
    assert [(line["stage"], line["epoch"]) for line in lines] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    assert [(one.stage, one.epoch) for one in run.checkpoints()] == [
        (1, 1), (1, 2), (1, 3), (2, 1), (2, 2),
    ]  # fmt: skip
    initial = load_trainable(start)
    assert same(begun[0], values(initial))
    first, last = (list(read_arrays(run.checkpoints()[place].path).values()) for place in (0, -1))
    for variable, value in zip(initial.variables, first, strict=True):
        after_pooling = variable.path.startswith("output_")
        assert (variable.numpy() != value).any() == after_pooling, variable.path
    assert all((one != other).any() for one, other in zip(first, last, strict=True))


def test_a_stage_begins_with_the_best_weights_of_the_one_before(stages):
    run, begun = stages
    losses = [line["val_loss"] for line in run.metrics()[:3]]
    best = losses.index(min(losses))

    # Else it would not be known whether it is the best one or the last one that was taken.
    assert best != 2
    assert same(begun[1], read_arrays(run.checkpoints()[best].path).values())


def test_the_model_is_that_of_the_best_epoch_of_all_stages(stages):
    run, _ = stages
    best = min(run.checkpoints(), key=lambda one: one.metrics["val_loss"])

    assert same(values(load_trainable(run.model_folder)), read_arrays(best.path).values())
    metrics = load_folder(run.model_folder).metrics
    assert metrics["validate_loss"] == best.metrics["val_loss"]


def test_no_layer_of_the_model_stays_frozen(tmp_path, export, start):
    """Where the best stage trained few layers: who trains on from the file would train no others."""
    stages = [{"unfreeze_after": "output_gap", "epochs": 1}]
    run = run_training(staged(export, start, stages=stages), tmp_path / "run", progress=Silent())
    model = keras.models.load_model(run.model_folder / "model.keras")
    assert len(model.trainable_variables) == len(model.weights)


def test_a_run_goes_on_in_the_stage_where_it_was_ended(tmp_path, export, start, stages):
    whole, _ = stages
    # Three epochs of two steps, one whole epoch of the second stage, and a step of its second.
    with pytest.raises(Ended):
        run_training(staged(export, start), tmp_path / "parts", progress=Until(9))
    assert len(RunFolder.open(tmp_path / "parts").metrics()) == 4
    parts = run_training(staged(export, start), tmp_path / "parts", progress=Silent())

    def lines(run):
        return [{key: value for key, value in line.items() if key != "seconds"} for line in run.metrics()]

    assert lines(parts) == lines(whole)
    for one, other in zip(whole.checkpoints(), parts.checkpoints(), strict=True):
        assert same(read_arrays(one.path).values(), read_arrays(other.path).values())
    models = [load_trainable(run.model_folder) for run in (whole, parts)]
    assert same(values(models[0]), values(models[1]))


def test_mixed_precision_ends_with_a_model_in_float32(tmp_path, export, start):
    """Of two stages; the second has a rate that ruins it, so the model is that of the first."""
    config = staged(
        export,
        start,
        precision="mixed_float16",
        accumulate=2,
        batch=6,
        stages=[{"epochs": 1}, {"epochs": 1, "learning_rate": 5.0}],
    )

    run = run_training(config, tmp_path / "run", progress=Silent())

    model = load_trainable(run.model_folder)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    first, second = run.checkpoints()
    assert second.metrics["val_loss"] > first.metrics["val_loss"]
    assert same(values(model), read_arrays(first.path).values())
    assert run.metrics()[0]["step"] == 2


@pytest.mark.parametrize(
    ("bests", "mode", "stage"),
    [([0.9, 0.8], "max", 1), ([0.9, 0.8], "min", 2), ([0.9, 0.8, 0.9], "max", 3), ([0.1, 0.1], "min", 2)],
)
def test_of_stages_that_are_as_good_the_later_is_the_best(bests, mode, stage):
    assert _best_stage([FitResult(1, best, 1) for best in bests], mode) == stage


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"model": None}, ConfigError, "either model .* or build .* must be given, got neither"),
        ({"build": {"width": 4}}, ConfigError, "must be given, got both"),
        (
            {"model": None, "build": {"wide": 4}},
            ConfigError,
            "build.wide is not a key here; known are blocks, width",
        ),
        ({"image_size": 64}, ConfigError, "image_size must be that of the model, 32, got 64"),
        (
            {"stages": [{}, {"unfreeze_after": "output"}]},
            ConfigError,
            "stages.1: unfreeze_after must be a layer .*, got 'output'; its layers: input, rescale, conv",
        ),
        (
            {"stages": [{"unfreeze_after": "output_dense"}]},
            ConfigError,
            "leaves no layer with weights to train",
        ),
        ({"stages": [{"loss": {"name": "focall"}}]}, ConfigError, "stages.0: loss: name must be one of"),
        ({"optimizer": {"name": "adam", "decay": 1}}, ConfigError, "optimizer: adam has no option 'decay'"),
        ({"augment": "publishd"}, ConfigError, "stages.0.augment: augment: unknown preset 'publishd'"),
        ({"validation_split": "survey"}, DataError, "survey"),
        ({"model": "nowhere.keras"}, ModelError, "nowhere.keras does not exist"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_written(tmp_path, export, start, changes, kind, words):
    with pytest.raises(kind, match=words):
        run_training(staged(export, start) | changes, tmp_path / "run", progress=Silent())
    assert not (tmp_path / "run").exists()


def test_a_model_with_classes_in_another_order_is_refused(tmp_path, export, start):
    model = load_trainable(start)
    other = save_model_folder(model, tmp_path, "other", ["Kind 0", "Kind 2", "Kind 1"], openvino=False)

    with pytest.raises(DataError, match="class 1 must be the same"):
        run_training(staged(export, other), tmp_path / "run", progress=Silent())


def test_a_model_with_other_outputs_is_refused(tmp_path, export):
    file = tmp_path / "four.keras"
    build_convnext(4, 32, blocks=(1,), width=4, expansion=2).save(file)

    with pytest.raises(ModelError, match="must have 3 outputs, one for each class of drawn, got 4"):
        run_training(staged(export, file), tmp_path / "run", progress=Silent())


def test_changed_data_are_refused(tmp_path, export, start):
    damaged = tmp_path / "export"
    shutil.copytree(export, damaged)
    [shard] = damaged.glob("*train*.tfr")
    shard.write_bytes(shard.read_bytes()[:-20])

    with pytest.raises(DataError, match="SHA-256 must be"):
        run_training(staged(damaged, start), tmp_path / "run", progress=Silent())


def test_the_published_protocol_is_what_the_example_says(start):
    found = resolve(read_config(PUBLISHED, ["data=x", f"model={start}"]))

    stages = found["stages"]
    assert [one["unfreeze_after"] for one in stages] == [
        "output_gap",
        "convNeXt3_downSample_layerNormalization",
        "convNeXt2_downSample_layerNormalization",
        "convNeXt1_downSample_layerNormalization",
        "rescale",
    ]
    for one in stages:
        assert (one["batch"], one["epochs"], one["learning_rate"]) == (256, 4096, 5e-5)
        assert one["optimizer"] == {"name": "adamw", "weight_decay": 5e-5}
        assert one["schedule"] == {"name": "cyclical", "step": 4}
        assert one["loss"] == {"name": "cross-entropy", "smoothing": 0.2}
        assert [op["name"] for op in one["augment"]["ops"]] == ["random_resized_crop"]
        assert "mixup" in one["augment"]
    assert [one["patience"] for one in stages] == [256, 256, 256, 256, 4096]
    assert [one["keep_checkpoints"] for one in stages] == ["best"] * 4 + ["all"]
    assert (found["monitor"], found["mode"]) == ("macro_f1", "max")
    # The defaults are the same, for who trains without a file.
    plain = resolve({"data": "x", "model": str(start)})["stages"][0]
    assert plain == stages[0] | {"unfreeze_after": ""}


def test_the_layers_of_the_published_stages_are_those_of_the_network():
    from training.freeze import unfreeze_after

    model = build_convnext(2, 32, blocks=(1, 1, 1, 1), width=4, expansion=2)
    first = []
    for stage in read_config(PUBLISHED)["stages"]:
        trained = unfreeze_after(model, stage["unfreeze_after"])
        assert trained == [layer.name for layer in model.layers if layer.trainable and layer.weights]
        # The boundary itself is not trained.
        assert not model.get_layer(stage["unfreeze_after"]).trainable
        first.append(trained[0])

    assert first == [
        "output_layerNormalization",
        "convNeXt3_downSample_conv2D",
        "convNeXt2_downSample_conv2D",
        "convNeXt1_downSample_conv2D",
        "convNeXt0_downSample_conv2D",
    ]
    assert len(trained) == len([layer for layer in model.layers if layer.weights])


def with_batch_statistics(path):
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 4, strides=4, name="stem")(inputs)
    x = keras.layers.BatchNormalization(name="statistics")(x)
    x = keras.layers.GlobalAveragePooling2D(name="output_gap")(x)
    keras.Model(inputs, keras.layers.Dense(3, name="output_dense")(x)).save(path)
    return path


def test_frozen_batch_statistics_stay_and_the_log_says_so(tmp_path, export):
    file = with_batch_statistics(tmp_path / "start.keras")
    lines = []
    progress = Silent()
    progress.log = lines.append

    run = run_training(
        staged(export, file, stages=[{"unfreeze_after": "output_gap", "epochs": 1}]),
        tmp_path / "run",
        progress=progress,
    )

    assert "1 frozen batch normalisations use the statistics that they came with" in lines[0]
    statistics = load_trainable(run.model_folder).get_layer("statistics")
    assert (statistics.moving_mean.numpy() == 0).all() and (statistics.moving_variance.numpy() == 1).all()
    with pytest.raises(ModelError, match="mirrored is for models without batch normalisation"):
        run_training(staged(export, file, mirrored=True, stages=[{}]), tmp_path / "other", progress=Silent())


def test_ctrl_c_ends_it_cleanly_and_the_same_command_goes_on(tmp_path, export, capsys):
    out = tmp_path / "run"
    words = ["train", "--config", str(SMALL), "--data", str(export), "--out", str(out)]
    words += ["--set", "epochs=25", "--set", "patience=25", "--set", "stages=[{}]"]
    command = [sys.executable, "-m", "training", *words]
    # Whoever runs the tests in the background has Ctrl-C ignored, and children inherit that.
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **heard) as process:
        deadline = time.monotonic() + 200
        while not (out / "metrics.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=90)
    assert process.returncode == 1, said
    assert f"stopped. {out} keeps what was done" in said
    assert f"go on with: python -m training train --config {SMALL}" in said
    assert "Traceback" not in said
    run = RunFolder.open(out)
    reached = len(run.metrics())
    assert 1 <= reached < 25
    assert run.environment["command"] == ["python", "-m", "training", *words]

    assert main([*words, "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["stages"][0]["epochs"] == 25
    assert report["metrics"]["validate_macro_f1"] >= 0.9
    assert load_folder(Path(report["model"])).name == "run"
    assert main([*words, "--set", "batch=8"]) == 1
    assert "another stages.0.batch: it has 16, got 8" in capsys.readouterr().err
    assert main([*words, "--fresh"]) == 1
    assert "--fresh asks for a new one" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main([*words, "--set", "epoch=8"])
    assert ended.value.code == 2
    assert "epoch is not a key here" in capsys.readouterr().err
