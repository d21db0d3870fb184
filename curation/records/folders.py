"""Folders of pictures: what a folder's name says about the pictures in it."""

from __future__ import annotations

from collections.abc import Mapping

from curation.records.fields import bare


def label_of(relative_path: str, names: Mapping[str, str]) -> str:
    """The class that a folder on the path is called like, the innermost first; "" where none is.

    relative_path: of a picture, with forward slashes. names: what a class may be called (slug, name, plural)
    -> what to return for it. Compared without case, spaces, dashes and underscores.
    """
    known = {bare(name): label for name, label in names.items()}
    folders = relative_path.replace("\\", "/").split("/")[:-1]
    return next((known[bare(folder)] for folder in reversed(folders) if bare(folder) in known), "")
