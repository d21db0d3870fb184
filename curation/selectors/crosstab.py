"""Class x source counts, of a release or of a labels table, in four forms.

The Markdown form is that of the published Herbariograph README: rows by class slug, columns by source code in
byte order, `Total` last, thousands separators, padded cells.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from curation.errors import Refused
from curation.models import Release
from curation.selectors.release_reports.counts import composition
from curation.templatetags.vasculum import share_mark

FORMATS = ("md", "tsv", "json", "html")
COLUMNS = ("category", "source")
Link = Callable[[str | None, str | None], str]  # category slug and source (None: all of them) -> address


@dataclass(frozen=True)
class Crosstab:
    """counts: (category slug, source code) -> pictures. All orders are by bytes (UTF-8)."""

    counts: Mapping[tuple[str, str], int]
    categories: list[str]
    sources: list[str]

    @classmethod
    def of(cls, counts: Mapping[tuple[str, str], int]) -> Crosstab:
        present = {key: n for key, n in counts.items() if n}
        return cls(
            present,
            sorted({category for category, _ in present}, key=str.encode),
            sorted({source for _, source in present}, key=str.encode),
        )

    def count(self, category: str | None, source: str | None) -> int:
        """One cell, or with None the total over the categories, the sources or both."""
        if category is not None and source is not None:
            return self.counts.get((category, source), 0)
        return sum(
            n
            for (each, other), n in self.counts.items()
            if category in (None, each) and source in (None, other)
        )

    def lines(self) -> list[tuple[str | None, list[int]]]:
        """Category (None: all) with its count per source and in total; the totals of all come last."""
        wanted: list[str | None] = [*self.sources, None]
        return [
            (category, [self.count(category, source) for source in wanted])
            for category in [*self.categories, None]
        ]


def title(slug: str) -> str:
    """illustrations-color -> Illustrations color."""
    words = slug.replace("-", " ")
    return words[:1].upper() + words[1:]


def of_release(release: Release, split: str | None = None) -> Crosstab:
    """Counts of a release, of one split or of all; one query the first time."""
    counts: Counter[tuple[str, str]] = Counter()
    for part in composition(release).parts:
        if split in (None, part.split):
            counts[part.label.slug, part.source] += part.n
    return Crosstab.of(counts)


def of_rows(rows: Iterable[tuple[str, str]]) -> Crosstab:
    """Counts of pairs of category slug and source."""
    return Crosstab.of(Counter(rows))


def of_labels(path: Path) -> Crosstab:
    """Counts of a labels .tsv with a header; it may hold other columns than category and source.

    Raises Refused with the file, the line and the column that is wrong.
    """
    counts: Counter[tuple[str, str]] = Counter()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, dialect="excel-tab", strict=True)
            header = next(rows, [])
            missing = [column for column in COLUMNS if column not in header]
            if missing:
                raise Refused(
                    f"{path}: column {missing[0]!r} is missing; a labels table begins with a line of column "
                    f"names that holds {' and '.join(COLUMNS)}."
                )
            at = [header.index(column) for column in COLUMNS]
            for row in rows:
                if len(row) != len(header):
                    raise Refused(
                        f"{path}, line {rows.line_num}: {len(row)} cells, the header has {len(header)}."
                    )
                category, source = row[at[0]], row[at[1]]
                if not category or not source:
                    empty = COLUMNS[0] if not category else COLUMNS[1]
                    raise Refused(f"{path}, line {rows.line_num}: column {empty!r} is empty.")
                counts[category, source] += 1
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    except csv.Error as error:
        raise Refused(f"{path} is not a table of tab-separated values: {error}.") from error
    return Crosstab.of(counts)


def to_markdown(table: Crosstab) -> str:
    """The table of the README, with a line feed at the end."""
    rows = [["Category", *table.sources, "Total"]]
    for category, numbers in table.lines():
        rows.append([_name(category), *(f"{n:,}" for n in numbers)])
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |\n"
        for row in rows
    )


def to_tsv(table: Crosstab) -> str:
    """Plain numbers, tabs between them; the same rows and columns."""
    rows = [["Category", *table.sources, "Total"]]
    rows.extend([_name(category), *map(str, numbers)] for category, numbers in table.lines())
    return "".join("\t".join(row) + "\n" for row in rows)


def to_json(table: Crosstab) -> str:
    """For machines: slugs, every count, totals."""

    def row(category: str | None, numbers: list[int]) -> dict[str, object]:
        return {
            "category": category,
            "name": _name(category),
            "counts": dict(zip(table.sources, numbers, strict=False)),
            "total": numbers[-1],
        }

    lines = [row(*line) for line in table.lines()]
    document = {"sources": table.sources, "rows": lines[:-1], "total": lines[-1]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def to_html(table: Crosstab, link: Link | None = None) -> SafeString:
    """A table element; with `link` each count that is not 0 leads to the pictures behind it."""
    cells = mark_safe('<th scope="col">Category</th>')
    cells += format_html_join(
        "", '<th scope="col" class="num">{}</th>', ((s,) for s in [*table.sources, "Total"])
    )
    head = format_html("<thead><tr>{}</tr></thead>", cells)
    *body, foot = [_html_row(table, category, numbers, link) for category, numbers in table.lines()]
    return format_html(
        '<table class="data crosstab">{}<tbody>{}</tbody><tfoot>{}</tfoot></table>\n',
        head,
        mark_safe("".join(body)),
        foot,
    )


def _html_row(table: Crosstab, category: str | None, numbers: list[int], link: Link | None) -> SafeString:
    largest = max(numbers[:-1], default=0) or 1
    columns: list[str | None] = [*table.sources, None]
    cells = format_html('<th scope="row">{}</th>', _name(category))
    for source, n in zip(columns, numbers, strict=True):
        text = (
            format_html('<a href="{}">{}</a>', link(category, source), f"{n:,}") if link and n else f"{n:,}"
        )
        if n and category is not None and source is not None:
            cells += format_html('<td class="num" data-share="{}">{}</td>', share_mark(n / largest), text)
        else:
            cells += format_html('<td class="num">{}</td>', text)
    return format_html("<tr>{}</tr>", cells)


def render(table: Crosstab, form: str, link: Link | None = None) -> str:
    """The table in one of FORMATS."""
    if form == "html":
        return to_html(table, link)
    return {"md": to_markdown, "tsv": to_tsv, "json": to_json}[form](table)


def _name(category: str | None) -> str:
    return "Total" if category is None else title(category)


def member_link(address: str, split: str | None = None) -> Link:
    """Links to the page of a release's members, with the filters that a cell stands for."""

    def link(category: str | None, source: str | None) -> str:
        asked = {"category": category, "source": source, "split": split}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{address}?{query}" if query else address

    return link
