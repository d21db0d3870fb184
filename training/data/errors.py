"""What can be wrong with the data that a model is trained on."""

from pathlib import Path


class DataError(ValueError):
    """An export can't be trained or evaluated on; the message names the file, the rule and the value."""


def read_text(path: Path) -> str:
    """A file of an export; DataError where it isn't there or isn't text."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataError(f"{path.parent} is not an exported release: it has no {path.name}") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
