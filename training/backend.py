"""Keras on TensorFlow, imported quietly.

Import Keras from here and not directly: the backend and the log level have to be in the environment before
the first import. Importing this module costs seconds and hundreds of megabytes, so the web process never
does.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# For what TensorFlow's C++ side logs after its logging has been set up.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

# For what it writes before that, which no setting reaches: notes on oneDNN, CPU features and an absent GPU.
_NOISE = (
    b"WARNING: All log messages before absl::InitializeLog()",
    b"I0000 ",
    b"To enable the following instructions",
)
_NO_GPU = b"failed call to cuInit"


@contextmanager
def _without_start_up_notes() -> Iterator[None]:
    """Hold back what is written to file descriptor 2, then pass on every line that is not a known note."""
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            held.seek(0)
            for line in held:
                if not line.startswith(_NOISE) and _NO_GPU not in line:
                    os.write(original, line)
            os.close(original)


with _without_start_up_notes():
    import keras
    import tensorflow as tf

    # Looking for a GPU is what writes the last of these notes, so it is done here and not at the first model.
    tf.config.list_physical_devices("GPU")

__all__ = ["keras", "tf"]
