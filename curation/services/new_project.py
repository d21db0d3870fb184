"""A project that an admin makes on a page: its kind, its question, and its classes as lines of text."""

from __future__ import annotations

import re
import string
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import LabelClass, Project, ProjectKind, Role, User
from curation.services.audit import record
from curation.services.class_table import must_be_valid, read_classes, translate_classes
from curation.services.projects import USUAL_CLASSES, save_project

_LINE = re.compile(r"(?:(?P<key>[A-Za-z])\s*[:=]\s*)?(?P<name>.+)")
TAKEN = {"new"}  # addresses below /projects/


@transaction.atomic
def new_project(
    by: User,
    *,
    kind: str,
    title: str,
    key: str = "",
    question: str = "",
    classes: str = "",
    **targets: int | None,
) -> Project:
    """A project with its classes, one a line, as "C: Clean" or "Clean"; no lines: the usual ones of the kind.

    key: without it, made from the title. targets: train, test and validate; None: the usual one. Raises
    Refused, with `fields` saying which value is wrong.
    """
    if not by.has_role(Role.ADMIN):
        raise Refused(
            _("%(who)s is %(role)s; making projects needs the role admin.")
            % {"who": by, "role": Role(by.role).label.lower()}
        )
    found = key.strip() or slugify(title)[:60].strip("-")
    if not found or found in TAKEN:
        words = _("Give a key of letters, digits and hyphens; “new” is taken.")
        raise Refused(words, fields={"key": [words]})
    wanted: dict[str, Any] = {split: number for split, number in targets.items() if number is not None}
    project = save_project(
        found,
        title=title.strip(),
        kind=kind,
        question=question.strip(),
        rows=lambda project: class_rows(project, classes),
        **wanted,
    )
    names = list(project.classes.order_by("index").values_list("name", flat=True))
    record(by, "project.new", project.key, project, kind=kind, classes=names)
    return project


def class_rows(project: Project, text: str) -> list[LabelClass]:
    """Classes from lines of text, checked and not saved. Raises Refused naming the line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        usual = USUAL_CLASSES[ProjectKind(project.kind)]
        return translate_classes(read_classes(project, usual), usual)
    if len(lines) > len(string.ascii_uppercase):
        raise _wrong(
            _("A project has at most %(most)s classes, one a letter; here are %(number)s.")
            % {"most": len(string.ascii_uppercase), "number": len(lines)}
        )
    said = [_LINE.fullmatch(line) for line in lines]
    given = [(match["key"] or "").upper() if match else "" for match in said]
    names = [match["name"].strip() if match else "" for match in said]
    taken = set(given)
    rows: list[LabelClass] = []
    for index, (letter, name) in enumerate(zip(given, names, strict=True)):
        letter = letter or _free(name, taken)
        taken.add(letter)
        row = LabelClass(
            project=project,
            index=index,
            key=letter,
            name=name,
            slug=slugify(name) or f"class-{index + 1}",
            plural=name,
        )
        if same := _same(row, rows):
            raise _wrong(
                _("Line %(line)s, %(name)s: the class %(other)s has the same %(what)s.")
                % {"line": index + 1, "name": name, "other": same[0], "what": same[1]}
            )
        try:
            must_be_valid(row, _("Line %(line)s") % {"line": index + 1})
        except Refused as error:
            raise _wrong(error.message) from error
        rows.append(row)
    return rows


def _free(name: str, taken: set[str]) -> str:
    """A letter for a class, if need be not one of its name."""
    letters = [letter for letter in name.upper() if letter in string.ascii_uppercase]
    return next(letter for letter in [*letters, *string.ascii_uppercase] if letter not in taken)


def _same(row: LabelClass, rows: list[LabelClass]) -> tuple[str, str] | None:
    """What another class shares with this one that must be its own."""
    for other in rows:
        if other.key == row.key:
            return other.name, _("key")
        if other.name.casefold() == row.name.casefold() or other.slug == row.slug:
            return other.name, _("name")
    return None


def _wrong(words: str) -> Refused:
    return Refused(words, fields={"classes": [words]})
