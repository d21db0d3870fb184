"""A network up to one of its layers: what makes features of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.files import sha256_of
from inference.folder import KERAS_FILE
from inference.preprocess import Preprocessing, make_preprocessing
from training.representation.features.network import NotConverted, OpenVinoNetwork
from training.representation.features.store import FeatureError


class FeatureModel:
    """Pictures in, features out.

    model: a Keras model that gives (N, dimension). sha256: of the file that it came from, or of its weights.
    layer: whose output it is, "" for that of the whole. preprocessing: how its pictures are to be prepared.
    """

    def __init__(self, model: Any, sha256: str, layer: str, preprocessing: Preprocessing, name: str) -> None:
        self.model = model
        self.sha256 = sha256
        self.layer = layer
        self.preprocessing = preprocessing
        self.name = name
        self._function: Any = None
        self._network: OpenVinoNetwork | None = None

    @property
    def dimension(self) -> int:
        return int(self.model.output_shape[-1])

    @property
    def of(self) -> dict[str, Any]:
        """What the features depend on beside the model, as the store keeps it."""
        return {"layer": self.layer, "preprocessing": dict(self.preprocessing.describe())}

    @property
    def threads(self) -> int:
        """Calls that may run at once."""
        return self._network.threads if self._network else 1

    def make_ready(self, batch: int) -> str:
        """Convert the network for calls of at most `batch` pictures; "", or why Keras goes on computing."""
        size = (self.preprocessing.height, self.preprocessing.width)
        try:
            self._network = OpenVinoNetwork(self.model, size, batch)
        except NotConverted as error:
            return str(error)
        return ""

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features (N, dimension) of prepared pictures (N, size, size, 3)."""
        if self._network is not None:
            return self._network(pictures)
        if self._function is None:
            from training.backend import tf

            # One trace for any number of pictures: the last batch is smaller.
            signature = tf.TensorSpec((None, *pictures.shape[1:]), tf.float32)
            self._function = tf.function(lambda some: self.model(some, training=False), [signature])
        found: NDArray[np.float32] = self._function(pictures).numpy()
        return found


def feature_model(model: Path | str | Any, layer: str = "", image_size: int | None = None) -> FeatureModel:
    """The features of a model at a layer.

    model: a run, an encoder's folder, a model folder or its name, a .keras file, or a Keras model. layer: the
    name of one that gives a vector; "": the output, which of a model folder is its logits and so refused.
    image_size: for a model that takes pictures of any size. Raises FeatureError for a layer that is not there
    or gives no vectors, and for another size than the model's; ModelError for a model that cannot be read.
    """
    opened = _open(model)
    if not layer and opened.classifies:
        raise FeatureError(
            f"layer must be named for {opened.name}, whose output is logits; "
            f"those that give vectors: {_vectors(opened.model)}"
        )
    cut = _cut(opened.model, layer, opened.name)
    side = opened.model.input_shape[1]
    if side is None and image_size is None:
        raise FeatureError(f"image_size must be given for {opened.name}, which takes pictures of any size")
    if side is not None and image_size not in (None, side):
        raise FeatureError(f"image_size must be that of {opened.name}, {side}, got {image_size}")
    preparation = opened.preprocessing or make_preprocessing(side or image_size or 0)
    return FeatureModel(cut, opened.sha256, layer, preparation, opened.name)


@dataclass(frozen=True)
class _Opened:
    model: Any
    sha256: str
    preprocessing: Preprocessing | None
    name: str
    classifies: bool = False


def _open(model: Path | str | Any) -> _Opened:
    if not isinstance(model, str | Path):
        from training.fingerprint import sha256_of_weights

        return _Opened(model, sha256_of_weights(model), None, model.name)
    from training.load import load_trainable, model_folder_at
    from training.representation.encoders.folder import encoder_at

    path = Path(model)
    encoder = encoder_at(path)
    if encoder is not None:
        preparation = make_preprocessing(encoder.image_size, str(encoder.preprocessing["id"]))
        return _Opened(load_trainable(encoder.keras_file), encoder.sha256, preparation, encoder.name)
    folder = model_folder_at(path)
    if folder is None:
        return _Opened(load_trainable(path), sha256_of(path), None, path.stem)
    sha256 = str(folder.files[KERAS_FILE]["sha256"])
    return _Opened(load_trainable(folder.path), sha256, folder.make_preprocessing(), folder.name, True)


def _cut(model: Any, layer: str, name: str) -> Any:
    from training.backend import keras

    if not layer:
        output = model.outputs[0]  # a Sequential has no output until it is called
    else:
        names = [one.name for one in model.layers]
        if layer not in names:
            raise FeatureError(f"{name} has no layer {layer!r}; those that give vectors: {_vectors(model)}")
        output = model.get_layer(layer).output
    shape = tuple(output.shape)
    if len(shape) != 2 or shape[1] is None:
        raise FeatureError(
            f"layer {layer!r} of {name} must give a vector a picture, it gives the shape {shape}; "
            f"those that do: {_vectors(model)}"
        )
    return keras.Model(model.inputs[0], output)


def _vectors(model: Any) -> str:
    found = [one.name for one in model.layers if len(getattr(one.output, "shape", ())) == 2]
    return ", ".join(found) or "none"
