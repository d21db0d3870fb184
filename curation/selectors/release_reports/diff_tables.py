"""The difference of two releases as tables of counts, and as files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from curation.languages import in_words
from curation.models import Release, Split
from curation.selectors.release_reports.composition import label_column, members_url
from curation.selectors.release_reports.diff import (
    ADDED,
    LICENCE,
    MOVED,
    RELABELLED,
    REMOVED,
    SAME,
    SOURCE,
    Diff,
    Row,
    Rows,
)
from curation.selectors.release_reports.table import (
    Cell,
    Column,
    ReportTable,
    as_json,
    to_markdown,
    total_of,
)
from curation.selectors.tsv import line

COLUMNS = ("sha256", "changes", *Row._fields[2:])


def diff_url(found: Diff, **asked: str) -> str:
    """The page of the difference, at the pictures that meet all of `asked`."""
    query = {"a": found.a.name, "b": found.b.name} | {name: value for name, value in asked.items() if value}
    return f"{reverse('release_diff')}?{urlencode(query)}{'#pictures' if asked else ''}"


def tables(found: Diff) -> list[ReportTable]:
    return [per_class(found), splits(found), relabelled(found)]


def per_class(found: Diff) -> ReportTable:
    columns = [
        label_column(),
        Column("before", _("Before")),
        Column("added", _("Added")),
        Column("removed", _("Removed")),
        Column("relabelled_in", _("Relabelled in")),
        Column("relabelled_out", _("Relabelled out")),
        Column("after", _("After")),
        Column("moved", _("Moved")),
        Column("source", _("Another source")),
        Column("licence", _("Another licence")),
        Column("same", _("Same")),
    ]

    def cells(slug: str) -> list[Cell]:
        def of(change: str, side: str = "category_b") -> Cell:
            asked = {"change": change} | ({side: slug} if slug else {})
            return Cell(found.count(**asked), diff_url(found, **asked))

        def size(release: Release, side: str) -> Cell:
            n = sum(c.n for c in found.counts if (getattr(c, side) == slug if slug else getattr(c, side)))
            return Cell(n, members_url(release, category=slug))

        return [
            size(found.a, "category_a"),
            of(ADDED),
            of(REMOVED, "category_a"),
            of(RELABELLED),
            of(RELABELLED, "category_a"),
            size(found.b, "category_b"),
            *(of(change) for change in (MOVED, SOURCE, LICENCE, SAME)),
        ]

    notes = [
        _(
            "Before + added − removed + relabelled in − relabelled out = after. The columns behind that "
            "count pictures in both releases under their class after: moved to another split, from another "
            "source, under another licence, or none of these. One picture may be in several."
        )
    ]
    rows = [[Cell(slug, text=name), *cells(slug)] for slug, name in found.names.items()]
    return ReportTable("classes", _("Changes per class"), columns, rows, [total_of(), *cells("")], notes)


def splits(found: Diff) -> ReportTable:
    """Of the pictures in both: split before x split after."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in found.counts:
        if each.split_a and each.split_b:
            counts[each.split_a, each.split_b] += each.n
    used = [split for split in Split.values if any(split in pair for pair in counts)]

    def cell(before: str, after: str) -> Cell:
        # Those that kept their split may differ otherwise or not: no one filter stands for them.
        moved = diff_url(found, change=MOVED, split_a=before, split_b=after) if before != after else ""
        return Cell(counts[before, after], moved)

    rows = [
        [Cell(before, text=str(Split(before).label)), *(cell(before, after) for after in used)]
        for before in used
    ]
    return ReportTable(
        "splits",
        _("Splits of the pictures in both"),
        [
            Column("split_before", _("Before"), "text"),
            *(Column(split, _("To %(split)s") % {"split": Split(split).label}) for split in used),
        ],
        rows,
        notes=[] if rows else [_("No picture is in both releases.")],
    )


def relabelled(found: Diff) -> ReportTable:
    """Which class gave to which, the most first."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in found.counts:
        if RELABELLED in each.kinds:
            counts[str(each.category_a), str(each.category_b)] += each.n
    names = found.names
    rows = []
    for (a, b), n in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        url = diff_url(found, change=RELABELLED, category_a=a, category_b=b)
        rows.append([Cell(a, text=names.get(a, a)), Cell(b, text=names.get(b, b)), Cell(n, url)])
    return ReportTable(
        "relabelled",
        _("Relabelled, from class to class"),
        [
            Column("category_before", _("Class before"), "text"),
            Column("category_after", _("Class after"), "text"),
            Column("pictures", _("Pictures")),
        ],
        rows,
        notes=[] if rows else [_("No picture in both releases has another class.")],
    )


def facts(release: Release) -> dict[str, Any]:
    return {
        "release": release.name,
        "project": release.project.key,
        "frozen": release.created_at.isoformat(),
        "manifest_sha256": release.manifest_sha256,
    }


def summary(found: Diff) -> str:
    """The difference in a sentence or two."""
    if found.a.project_id == found.b.project_id:
        return _differs(found)
    projects = {"a": found.a.project.key, "b": found.b.project.key}
    return (
        _differs(found)
        + " "
        + _("They are of two projects, %(a)s and %(b)s: classes with the same slug are taken as the same.")
        % projects
    )


def _differs(found: Diff) -> str:
    if found.a.pk == found.b.pk:
        return _("This is one release twice, so nothing differs.")
    n = found.count()
    if not n:
        return _("The same pictures stand in the same classes and splits, from the same sources.")
    numbers = {
        kind: in_words(f"{found.count(change=kind):,}") for kind in (ADDED, REMOVED, MOVED, RELABELLED)
    }
    return (
        _(
            "%(added)s added, %(removed)s removed, %(moved)s moved to another split, "
            "%(relabelled)s relabelled."
        )
        % numbers
    )


def written(found: Diff, form: str, asked: dict[str, str] | None = None) -> Iterator[str]:
    """The difference as md (counts only), tsv (a line a picture) or json (both); some text at a time.

    Whatever is in a language is in the first piece.
    """
    rows = Rows(found, asked or {})
    return {"md": _markdown, "tsv": _tsv, "json": _json}[form](found, rows)


def _markdown(found: Diff, rows: Rows) -> Iterator[str]:
    text = f"# {found.a.name} → {found.b.name}\n\n"
    for release in (found.a, found.b):
        about = facts(release)
        text += f"- {about['release']}: {about['project']}, {about['frozen']}, {about['manifest_sha256']}\n"
    text += f"\n{summary(found)}\n"
    yield text + "".join("\n" + to_markdown(table) for table in tables(found))


def _cells(row: Row) -> list[Any]:
    return [row.sha256, ",".join(row.kinds), *row[2:]]


def _tsv(found: Diff, rows: Rows) -> Iterator[str]:
    yield line(COLUMNS)
    for row in rows.all():
        yield line(_cells(row))


def _json(found: Diff, rows: Rows) -> Iterator[str]:
    head = {
        "a": facts(found.a),
        "b": facts(found.b),
        "summary": summary(found),
        "tables": [as_json(table) for table in tables(found)],
    }
    yield json.dumps(head, indent=2, ensure_ascii=False).removesuffix("\n}") + ',\n  "pictures": ['
    comma = ""
    for row in rows.all():
        one = dict(zip(COLUMNS, _cells(row), strict=True)) | {"changes": row.kinds}
        yield f"{comma}\n    {json.dumps(one, ensure_ascii=False)}"
        comma = ","
    yield "\n  ]\n}\n" if comma else "]\n}\n"
