"""One panel of a page: a table, and a chart that draws some of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from curation.selectors.release_reports.table import Cell, ReportTable, to_html, words

BARS, GROUPS, LINES = "bars", "groups", "lines"  # parts of a whole; numbers side by side; over time
MOST_BARS = 24  # more rows than that are in the table only


@dataclass(frozen=True)
class Panel:
    """`draws`: keys of the columns in the chart, none for no chart. `words`: what it says, in a sentence."""

    table: ReportTable
    chart: str = BARS
    draws: Sequence[str] = ()
    words: str = ""
    empty: str = ""

    @property
    def key(self) -> str:
        return self.table.key

    @property
    def title(self) -> str:
        return self.table.title

    @property
    def rows(self) -> int:
        return len(self.table.rows)

    @property
    def html(self) -> SafeString:
        return to_html(self.table)

    @property
    def is_drawn(self) -> bool:
        return bool(self.draws and self.table.rows)

    @property
    def bars(self) -> int:
        """How high the chart is, in bars."""
        rows = min(len(self.table.rows), MOST_BARS)
        return 8 if self.chart == LINES else rows

    def drawn(self) -> dict[str, Any]:
        """The chart as JSON: numbers and addresses, no looks."""
        columns = [column.key for column in self.table.columns]
        rows = self.table.rows if self.chart == LINES else self.table.rows[:MOST_BARS]
        kinds = [column.kind for column in self.table.columns]
        return {
            "kind": self.chart,
            "names": [words(row[0], kinds[0]) for row in rows],
            "share": all(kinds[columns.index(key)] == "share" for key in self.draws),
            "left": len(self.table.rows) - len(rows),
            "series": [
                {
                    "key": columns[at],
                    "name": self.table.columns[at].title,
                    "values": [row[at].value or 0 for row in rows],
                    "links": [row[at].url if row[at].value else "" for row in rows],
                }
                for at in (columns.index(key) for key in self.draws)
            ],
        }


def linked(text: str, **numbers: Cell) -> SafeString:
    """A sentence whose numbers lead to their rows; `text` names them as %(name)s."""
    shown = {}
    for name, cell in numbers.items():
        number = words(cell, "count")
        shown[name] = (
            format_html('<a href="{}">{}</a>', cell.url, number) if cell.url and cell.value else number
        )
    return mark_safe(escape(text) % shown)


def csv_rows(table: ReportTable) -> tuple[list[str], list[list[object]]]:
    """Keys of the columns, and the rows as machines read them: parts as parts, nothing for none."""
    rows: list[list[object]] = [
        ["" if cell.value is None else cell.value for cell in row] for row in table.lines()
    ]
    return [column.key for column in table.columns], rows


def sum_of(cells: Sequence[Sequence[Cell]], at: int) -> int:
    return sum(int(row[at].value or 0) for row in cells)
