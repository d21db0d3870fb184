"""The network of a feature model, made faster on a CPU: converted to OpenVINO in memory, in float32.

It takes several batches at once, each on one core, which keeps all cores at work while pictures are decoded
beside it. Its features are those of Keras to far below what float16 keeps, or it is not taken.
"""

from __future__ import annotations

import queue
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engine import usable_threads

TOLERANCE = 1e-4  # of the largest feature of a picture of noise; float16 keeps 5e-4 of each


class NotConverted(Exception):
    """Why a network is better left to Keras."""


class OpenVinoNetwork:
    """batch: pictures of a call, fewer are filled up. threads: calls that may run at once; safe to call from
    as many. Raises NotConverted, also where Keras has a GPU."""

    def __init__(self, model: Any, size: tuple[int, int], batch: int, threads: int | None = None) -> None:
        # OpenVINO's converter reports each use to its makers over the network; without this it does not.
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
        import openvino

        from training.backend import tf

        if tf.config.list_physical_devices("GPU"):
            raise NotConverted("there is a GPU")
        self.threads = threads or usable_threads()
        self._shape = (batch, *size, 3)
        signature = tf.TensorSpec((None, *size, 3), tf.float32, name="input")
        function = tf.function(lambda pictures: model(pictures, training=False))
        try:
            network = openvino.convert_model(function.get_concrete_function(signature))
            network.reshape(list(self._shape))
            settings = {
                "INFERENCE_PRECISION_HINT": "f32",
                "NUM_STREAMS": self.threads,
                "INFERENCE_NUM_THREADS": self.threads,
            }
            compiled = openvino.Core().compile_model(network, "CPU", settings)
        except (RuntimeError, openvino.frontend.OpConversionFailure) as error:
            raise NotConverted(f"OpenVINO cannot take it: {' '.join(str(error).split())[:200]}") from error
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(self.threads):
            self._requests.put(compiled.create_infer_request())
        # Also the first call of the process, which must be made by one thread (inference.engine).
        self._compare(model)

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features (N, dimension) of at most `batch` prepared pictures (N, height, width, 3)."""
        count = len(pictures)
        if count < self._shape[0]:
            padded = np.zeros(self._shape, np.float32)
            padded[:count] = pictures
            pictures = padded
        request = self._requests.get()
        try:
            request.infer([np.ascontiguousarray(pictures)])
            return np.array(request.get_output_tensor().data[:count], np.float32)
        finally:
            self._requests.put(request)

    def _compare(self, model: Any) -> None:
        noise = np.random.default_rng(0).uniform(0, 255, (1, *self._shape[1:])).astype(np.float32)
        wanted = model(noise, training=False).numpy()
        difference = float(np.abs(self(noise) - wanted).max())
        if not difference <= TOLERANCE * max(float(np.abs(wanted).max()), 1e-6):
            raise NotConverted(f"its features differ from those of Keras by {difference:g} for noise")
