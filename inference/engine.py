"""Runs a model folder: OpenVINO in float32 on the CPU, or Keras when the folder holds no OpenVINO files."""

import os
import queue
import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.errors import ModelError
from inference.folder import ModelFolder, find_model, load_folder
from inference.preprocess import Preprocessing

Logits = NDArray[np.float32]


class Engine(Protocol):
    """What predicting needs: a described model that turns pictures into logits. Safe to call from threads."""

    folder: ModelFolder
    preprocessing: Preprocessing
    batch: int
    threads: int

    def predict(self, pictures: NDArray[np.float32]) -> Logits:
        """(N, H, W, 3) float32 as the model's preprocessing gives them to (N, K) logits; any N."""


def softmax(logits: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Probabilities over the last axis, computed in float64."""
    return probabilities_of(logits).astype(np.float32)


def probabilities_of(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """The same in float64, for means of several models."""
    wide = np.asarray(logits, np.float64)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def usable_threads() -> int:
    """CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_engine(
    model: ModelFolder | Path | str,
    *,
    batch: int = 32,
    threads: int | None = None,
    backend: str | None = None,
) -> Engine:
    """Load a model by folder, path or name, verify it and make it ready.

    ``batch`` is the number of pictures a network call takes, ``threads`` the calls that may run at once (all
    usable CPUs by default). ``backend`` is ``openvino`` or ``keras``; left out, OpenVINO when the folder has
    it. Raises ModelError.
    """
    folder = model if isinstance(model, ModelFolder) else load_folder(find_model(model))
    if batch < 1:
        raise ModelError(f"batch must be at least 1, got {batch}")
    threads = threads or usable_threads()
    if backend is None:
        backend = "openvino" if folder.openvino_file else "keras"
    if backend == "openvino":
        return OpenVinoEngine(folder, batch=batch, threads=threads)
    if backend == "keras":
        return KerasEngine(folder, batch=batch, threads=threads)
    raise ModelError(f"backend must be 'openvino' or 'keras', got {backend!r}")


class _BatchedEngine:
    """Cuts any number of pictures into calls of at most ``batch`` and checks what goes in and comes out."""

    def __init__(self, folder: ModelFolder, *, batch: int, threads: int) -> None:
        self.folder = folder
        self.preprocessing = folder.make_preprocessing()
        self.batch = batch
        self.threads = threads

    def predict(self, pictures: NDArray[np.float32]) -> Logits:
        size = (self.preprocessing.height, self.preprocessing.width, 3)
        if pictures.shape[1:] != size or pictures.dtype != np.float32:
            raise ModelError(
                f"{self.folder.name}: pictures must be float32 of shape (N, {size[0]}, {size[1]}, 3), "
                f"got {pictures.dtype} of shape {pictures.shape}"
            )
        parts = [self._run(pictures[at : at + self.batch]) for at in range(0, len(pictures), self.batch)]
        logits = np.concatenate(parts) if parts else np.empty((0, len(self.folder.classes)), np.float32)
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.folder.name}: the model gave a logit that is not a finite number")
        return logits

    def _run(self, pictures: NDArray[np.float32]) -> Logits:
        raise NotImplementedError

    def _check_shapes(self, inputs: tuple[int | None, ...], outputs: int | None) -> None:
        expected = (self.folder.image_size, self.folder.image_size, 3)
        if inputs != expected or inputs[:2] != (self.preprocessing.height, self.preprocessing.width):
            raise ModelError(
                f"{self.folder.path}: the network takes {inputs}, the description says {expected}"
            )
        if outputs != len(self.folder.classes):
            raise ModelError(
                f"{self.folder.path}: the network has {outputs} outputs, "
                f"the description {len(self.folder.classes)} classes"
            )


class OpenVinoEngine(_BatchedEngine):
    """One stream a thread; each call waits for a free one."""

    def __init__(self, folder: ModelFolder, *, batch: int, threads: int) -> None:
        super().__init__(folder, batch=batch, threads=threads)
        import openvino

        if folder.openvino_file is None:
            raise ModelError(f"{folder.path} holds no OpenVINO files")
        core = openvino.Core()
        try:
            network = core.read_model(folder.openvino_file)
        except RuntimeError as error:
            raise ModelError(f"{folder.openvino_file} cannot be read: {str(error).strip()[:300]}") from error
        shape = network.inputs[0].partial_shape
        outputs = network.outputs[0].partial_shape[-1]
        self._check_shapes(
            tuple(None if one.is_dynamic else one.get_length() for one in list(shape)[1:]),
            None if outputs.is_dynamic else outputs.get_length(),
        )
        # With a fixed batch the network runs twice as fast as with an open one, so the last batch is padded.
        network.reshape([batch, *self._input_shape()])
        # Left to itself OpenVINO computes in bfloat16 on newer CPUs, which changes logits in the second
        # decimal.
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": threads,
            "INFERENCE_NUM_THREADS": threads,
        }
        compiled = core.compile_model(network, "CPU", settings)
        precision = compiled.get_property("INFERENCE_PRECISION_HINT")
        if precision != openvino.Type.f32:
            raise ModelError(f"{folder.name}: OpenVINO must compute in float32, got {precision}")
        self._compiled = compiled
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(threads):
            self._requests.put(compiled.create_infer_request())
        # OpenVINO's Python bindings set themselves up in the first call of a process, and two first calls in
        # two threads wait for each other for ever (2026.4.1). So the first call is made here, by one thread.
        self._run(np.zeros((1, *self._input_shape()), np.float32))

    def _input_shape(self) -> tuple[int, int, int]:
        return (self.preprocessing.height, self.preprocessing.width, 3)

    def _run(self, pictures: NDArray[np.float32]) -> Logits:
        count = len(pictures)
        if count < self.batch:
            padded = np.zeros((self.batch, *self._input_shape()), np.float32)
            padded[:count] = pictures
            pictures = padded
        request = self._requests.get()
        try:
            request.infer([np.ascontiguousarray(pictures)])
            return np.array(request.get_output_tensor().data[:count], np.float32)
        finally:
            self._requests.put(request)


class KerasEngine(_BatchedEngine):
    """The Keras model itself: slower on a CPU, but all a folder must have. One call at a time."""

    def __init__(self, folder: ModelFolder, *, batch: int, threads: int) -> None:
        super().__init__(folder, batch=batch, threads=threads)
        import training.models.layers  # noqa: F401  Keras finds our own layers once this is imported
        from training.backend import keras, tf

        try:
            model = keras.models.load_model(folder.keras_file, compile=False)
        except (OSError, TypeError, ValueError) as error:
            raise ModelError(f"{folder.keras_file} cannot be read: {str(error).strip()[:300]}") from error
        self._check_shapes(tuple(model.input_shape[1:]), model.output_shape[-1])
        signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        self._function = tf.function(
            lambda pictures: model(pictures, training=False), input_signature=[signature]
        )
        self._lock = threading.Lock()

    def _run(self, pictures: NDArray[np.float32]) -> Logits:
        with self._lock:
            return np.asarray(self._function(pictures), np.float32)
