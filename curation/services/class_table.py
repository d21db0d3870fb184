"""The table of classes that a project begins with, and what it calls them in other languages."""

from __future__ import annotations

import csv
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import LabelClass, Project

COLUMNS = ["index", "key", "name", "slug", "plural", "definition"]
SPOKEN = ["name", "plural", "definition"]


def read_classes(project: Project, path: Path) -> list[LabelClass]:
    """Classes from a TSV with the columns index, key, name, slug, plural, definition, checked, not saved."""
    reader = _table(path, COLUMNS)
    rows: list[LabelClass] = []
    seen: dict[tuple[str, str], int] = {}
    for line, values in enumerate(reader, start=2):
        for name in ("index", "key", "name", "slug"):
            value = values[name] or ""
            if first := seen.get((name, value)):
                raise Refused(
                    _("%(name)s line %(line)s: %(name_2)s %(value)r stands in line %(first)s already.")
                    % {"name": path.name, "line": line, "name_2": name, "value": value, "first": first}
                )
            seen[name, value] = line
        row = LabelClass(project=project, **{name: values[name] or "" for name in COLUMNS})
        must_be_valid(row, f"{path.name} line {line}")
        rows.append(row)
    if not rows:
        raise Refused(_("%(name)s holds no classes. Give one line a class.") % {"name": path.name})
    return rows


def translate_classes(rows: list[LabelClass], path: Path) -> list[LabelClass]:
    """The same rows with what the files beside `path` call them in other languages."""
    by_index = {str(row.index): row for row in rows}
    for beside in sorted(path.parent.glob(f"{path.stem}.*{path.suffix}")):
        language = beside.name.removeprefix(f"{path.stem}.").removesuffix(path.suffix)
        for line, values in enumerate(_table(beside, ["index", *SPOKEN]), start=2):
            row = by_index.get(values["index"] or "")
            if row is None:
                raise Refused(
                    _("%(name)s line %(line)s: no class has the index %(value)r.")
                    % {"name": beside.name, "line": line, "value": values["index"]}
                )
            row.translations[language] = {name: values[name] for name in SPOKEN if values[name]}
    return rows


def _table(path: Path, columns: list[str]) -> csv.DictReader[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            _("%(path)s cannot be read as a UTF-8 table: %(error)s") % {"path": path, "error": error}
        ) from error
    reader = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [name for name in columns if name not in (reader.fieldnames or [])]
    if missing:
        raise Refused(
            _("%(name)s: the columns %(missing)s are missing.")
            % {"name": path.name, "missing": ", ".join(missing)}
        )
    return reader


def must_be_valid(row: Project | LabelClass, where: str) -> None:
    """Raise Refused with the field and the reason; `where` begins the sentence."""
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        reasons = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Refused(f"{where}: {reasons}", fields=error.message_dict) from error
