"""Static files that come with Python packages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PLOTLY = "plotly.min.js"


class PlotlyFinder(BaseFinder):
    """The one script of the package plotly that pages load, as plotly/plotly.min.js.

    The package itself is not imported: the web process draws nothing.
    """

    def __init__(self) -> None:
        spec = find_spec("plotly")
        assert spec is not None and spec.origin is not None, "plotly stands in requirements.txt"
        self._folder = Path(spec.origin).parent / "package_data"
        self._storage = FileSystemStorage(location=self._folder)
        self._storage.prefix = "plotly"  # type: ignore[attr-defined]  # where collectstatic puts it

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = str(self._folder / PLOTLY) if path == f"plotly/{PLOTLY}" else ""
        return ([found] if found else []) if find_all else found or []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        yield PLOTLY, self._storage
