"""How the processes of `crew` read a picture. Imports neither Django nor TensorFlow."""

from __future__ import annotations

LOST = "lost"  # said in place of words where a picture's file is gone


def content(picture: str | bytes) -> bytes:
    """The bytes of a picture, given as them or as the path of its file. Raises OSError."""
    if isinstance(picture, bytes):
        return picture
    # Opened without a Path and a buffer, which take longer than to read so little.
    with open(picture, "rb", buffering=0) as file:  # noqa: PTH123
        return file.readall()
