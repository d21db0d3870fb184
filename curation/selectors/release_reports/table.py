"""One table of a report, and its four forms: TSV and JSON for machines, Markdown and HTML for people.

A cell holds what machines read (`value`), what people read where that is something else (`text`), and the
address of the rows behind it. TSV and JSON name columns by key and are the same in every language.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from curation.languages import in_words
from curation.selectors.tsv import line

FORMS = ("md", "tsv", "json")  # of files; a page shows the fourth, HTML
Kind = Literal["text", "count", "share", "figure"]  # share: 0 to 1; figure: any number, two decimals
Value = str | int | float | None


class Column(NamedTuple):
    key: str
    title: str
    kind: Kind = "count"


class Cell(NamedTuple):
    value: Value
    url: str = ""
    text: str = ""


@dataclass(frozen=True)
class ReportTable:
    """`rows`: a cell a column. The first column names the row. `query`: SQL that anybody can run again."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    notes: Sequence[str] = ()
    query: str = ""

    def lines(self) -> list[Sequence[Cell]]:
        return [*self.rows, *([self.total] if self.total else [])]


def words(cell: Cell, kind: Kind) -> str:
    """The cell as people read it, in the language of the page: 1,234, 61.5 %, 0.91; a dash for none."""
    if cell.text:
        return cell.text
    if cell.value is None:
        return "–"
    if kind == "count":
        return in_words(f"{cell.value:,}")
    if kind == "share":
        return in_words(f"{cell.value * 100:.1f}") + " %"
    return in_words(f"{cell.value:.2f}") if kind == "figure" else str(cell.value)


def to_tsv(table: ReportTable) -> str:
    """Plain values; parts are written as parts (0.615), not per cent. The total is called `total`."""
    rows = [line(column.key for column in table.columns)]
    rows.extend(line(_plain(cell.value) for cell in cells) for cells in table.lines())
    return "".join(rows)


def _plain(value: Value) -> Value:
    return round(value, 6) if isinstance(value, float) else value


def to_markdown(table: ReportTable) -> str:
    """A heading, the table with padded cells as that of the README, the notes, the query."""
    rows = [[column.title for column in table.columns]]
    kinds = [column.kind for column in table.columns]
    for cells in table.lines():
        rows.append([words(cell, kind).replace("|", "\\|") for cell, kind in zip(cells, kinds, strict=True)])
    widths = [max(3, *(len(row[at]) for row in rows)) for at in range(len(kinds))]
    rows.insert(1, ["-" * width for width in widths])
    text = f"## {table.title}\n\n"
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        text += "| " + " | ".join(padded) + " |\n"
    text += "".join(f"\n{note}\n" for note in table.notes)
    return text + (f"\n```sql\n{table.query}\n```\n" if table.query else "")


def as_json(table: ReportTable) -> dict[str, Any]:
    """Rows as objects by the keys of the columns; `links`: per row the addresses that there are."""
    keys = [column.key for column in table.columns]

    def values(cells: Sequence[Cell]) -> dict[str, Value]:
        return {key: _plain(cell.value) for key, cell in zip(keys, cells, strict=True)}

    def links(cells: Sequence[Cell]) -> dict[str, str]:
        return {key: cell.url for key, cell in zip(keys, cells, strict=True) if cell.url}

    return {
        "table": table.key,
        "title": table.title,
        "columns": [column._asdict() for column in table.columns],
        "rows": [values(cells) for cells in table.rows],
        "total": values(table.total) if table.total else None,
        "links": [links(cells) for cells in table.rows],
        "notes": list(table.notes),
        "query": table.query or None,
    }


def to_json(table: ReportTable) -> str:
    return json.dumps(as_json(table), indent=2, ensure_ascii=False) + "\n"


def to_html(table: ReportTable) -> SafeString:
    """A table element; every number that is not 0 and has rows behind it leads to them."""
    head = format_html_join(
        "",
        '<th scope="col"{}>{}</th>',
        ((_number(column.kind), column.title) for column in table.columns),
    )
    body = mark_safe("".join(_html_row(table, cells) for cells in table.rows))
    foot = format_html("<tfoot>{}</tfoot>", _html_row(table, table.total)) if table.total else ""
    return format_html(
        '<table class="data report-table"><caption class="visually-hidden">{}</caption>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody>{}</table>",
        table.title,
        head,
        body,
        foot,
    )


def _number(kind: Kind) -> SafeString:
    return mark_safe("" if kind == "text" else ' class="num"')


def _html_row(table: ReportTable, cells: Sequence[Cell]) -> SafeString:
    found = []
    for at, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
        text = words(cell, column.kind)
        shown = format_html('<a href="{}">{}</a>', cell.url, text) if cell.url and cell.value else text
        if at == 0:
            found.append(format_html('<th scope="row">{}</th>', shown))
        else:
            found.append(format_html("<td{}>{}</td>", _number(column.kind), shown))
    return format_html("<tr>{}</tr>", mark_safe("".join(found)))


def render(table: ReportTable, form: str) -> str:
    """The table in one of FORMS."""
    return {"md": to_markdown, "tsv": to_tsv, "json": to_json}[form](table)


def total_of(text: str = "") -> Cell:
    """The first cell of the last row."""
    return Cell("total", text=text or _("Total"))
