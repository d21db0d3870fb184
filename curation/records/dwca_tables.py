"""The tables of a Darwin Core Archive, read as meta.xml describes them."""

from __future__ import annotations

from collections.abc import Iterator

from curation.records.checks import unclosed, wrong_columns
from curation.records.medium import Problem, RecordsError, shown
from curation.records.members import FolderMembers, ZipMembers
from curation.records.meta import DataFile
from curation.records.tables import Layout, header_of, table_rows
from curation.records.terms import Picker, make_picker


class Table:
    """One file of an archive, unpacked, with its layout."""

    def __init__(
        self, files: ZipMembers | FolderMembers, member: str, name: str, described: DataFile
    ) -> None:
        path = files.path(member)
        self.path = path
        self.name = name
        self.described = described
        self.layout: Layout = described.layout(path, name)
        self.least = described.least_columns
        self.most: int | None = None
        if described.header_lines:
            header = header_of(name, table_rows(path, self.layout._replace(skip=described.header_lines - 1)))
            self.most = max(len(header[1]), self.least)

    def rows(self) -> Iterator[tuple[int, list[str]] | Problem]:
        """Line and cells of each row; a row with too few or too many cells is a problem."""
        if self.layout.encoding.note:
            yield self.layout.encoding.note
        least, most = self.least, self.most
        for line, cells in table_rows(self.path, self.layout):
            if cells is None:
                yield unclosed(line, self.name)
            elif len(cells) < least or (most is not None and len(cells) > most):
                yield wrong_columns(line, self.name, cells, most or least)
            else:
                if most is not None and len(cells) < most:
                    cells += [""] * (most - len(cells))
                elif most is None:
                    del cells[least:]
                yield line, cells

    def picker(self, fields: tuple[str, ...], wanted: dict[str, tuple[str, ...]]) -> Picker:
        described = self.described
        width = self.most or self.least
        return make_picker(fields, wanted, list(described.terms.items()), width, described.defaults)


def tables_of(files: ZipMembers | FolderMembers, prefix: str, described: DataFile, name: str) -> list[Table]:
    tables = []
    for each in described.files:
        member = prefix + each.removeprefix("./")
        if member not in files.names:
            raise RecordsError(
                name,
                "missing-file",
                f"meta.xml names the file {shown(each)}, which the archive does not hold. "
                "Fetch the archive again.",
            )
        tables.append(Table(files, member, shown(each), described))
    return tables
