"""A delivery that can be read: what `open_delivery` gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

from curation.records.medium import Medium, Problem


def _nothing() -> None:
    return None


@dataclass
class Delivery:
    """kind: "list", "dwca", "idigbio" or "export". headers: the columns of what names the media.
    columns: field -> header it is read from. unknown: headers that nothing is read from.
    suggestions: for each field the header that would be chosen without a person, or "".
    """

    kind: str
    name: str
    headers: list[str]
    columns: dict[str, str]
    unknown: list[str]
    suggestions: dict[str, str]
    read: Callable[[], Iterator[Medium | Problem]]
    shut: Callable[[], None] = field(default=_nothing)

    def rows(self) -> Iterator[Medium | Problem]:
        """Each medium, or the problem that keeps it out, in the order of the file. May be called again; it
        reads the file again. One bad row is one Problem and never an error."""
        return self.read()

    def close(self) -> None:
        """Let go of what is open. Files in the work folder are the caller's to remove."""
        self.shut()

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
