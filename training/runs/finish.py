"""The end of a run: its model folder and its card."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.export_engine import save_model_folder
from inference.files import put_in_place
from inference.folder import DESCRIPTION_FILE, ModelFolder, load_folder
from training.runs.card import write_card
from training.runs.folder import RunFolder


def finish(
    run: RunFolder,
    model: Any,
    *,
    metrics: Mapping[str, float],
    name: str = "",
    licence: str = "",
    openvino: bool = True,
) -> ModelFolder:
    """Write RUN/model from a Keras model (float32) and RUN/README.md, each whole.

    metrics: figures by name, the split they were made on first: "validate_macro_f1". name: of the model, by
    default made of the run folder's. The classes are those of the run's data; without data, of nothing.
    """
    if run.data is None:
        raise ModelError(f"{run.path} has no data, so the classes of its model are not known")
    # Beside its place and under the model's own name, which save_model_folder takes from the folder.
    work = run.path / ".model"
    shutil.rmtree(work, ignore_errors=True)
    try:
        written = save_model_folder(
            model,
            work,
            name or model_name(run.path),
            run.data["classes"],
            licence=licence,
            source=f"{run.kind} run {run.name}",
            training_release=run.data["release"],
            metrics=metrics,
            openvino=openvino,
        )
        put_in_place(written, run.model_folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    folder = load_folder(run.model_folder)
    write_card(run, folder)
    return folder


def finished_model(run: RunFolder) -> ModelFolder | None:
    """The model that the run has ended with, None before; its files are verified."""
    if not (run.model_folder / DESCRIPTION_FILE).is_file() or not (run.path / "README.md").is_file():
        return None
    return load_folder(run.model_folder)


def model_name(path: Path) -> str:
    """A name for a model from that of its run folder."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().name).lstrip("._-")
    return name[:100] or "model"
