"""Change what a class is called. Its address and its place in the class order stay, and so do its votes."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import LabelClass, Project, Role, User
from curation.services.audit import record

FIELDS = ("name", "plural", "key", "definition", "translations")
WORDS = ("name", "plural", "definition")


@transaction.atomic
def rename(
    lead: User,
    label: LabelClass,
    *,
    name: str,
    plural: str,
    key: str,
    definition: str,
    translations: Mapping[str, Mapping[str, str]] | None = None,
) -> LabelClass:
    """Give a class another name, key or definition. translations: {"es": {"name": …}}; none leaves them.

    Votes name the class by its id, so what is on somebody's screen meanwhile counts for the same class.
    Raises Refused, with `fields` saying which value is wrong, and where nothing changes.
    """
    if not lead.has_role(Role.LEAD):
        raise Refused(
            _("%(who)s is %(role)s; changing classes needs the role lead curator.")
            % {"who": lead, "role": Role(lead.role).label.lower()}
        )
    # The project's row first: two people who give one key to two classes come one after the other.
    project = Project.objects.select_for_update(no_key=True).get(pk=label.project_id)
    row = LabelClass.objects.select_for_update().get(pk=label.pk)
    before = {field: getattr(row, field) for field in FIELDS}
    row.name, row.plural, row.definition = name.strip(), plural.strip(), definition.strip()
    row.key = key.strip().upper()
    if translations is not None:
        row.translations = _spoken(translations)
    after = {field: getattr(row, field) for field in FIELDS}
    changed = [field for field in FIELDS if before[field] != after[field]]
    if not changed:
        raise Refused(
            _("Nothing about %(class)s differs: name, plural, key, definition and translations stay.")
            % {"class": row.name}
        )
    _check(project, row)
    if row.name != before["name"]:
        row.former_names = [name for name in (*row.former_names, before["name"]) if name != row.name]
    row.save(update_fields=[*changed, "former_names"])
    record(
        lead,
        "class.rename",
        f"{project.key}/{row.slug}",
        project,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )
    return row


def _check(project: Project, row: LabelClass) -> None:
    wrong: dict[str, list[str]] = {}
    try:
        row.full_clean(
            exclude=["project", "index", "slug"], validate_unique=False, validate_constraints=False
        )
    except ValidationError as error:
        wrong = error.message_dict
    for other in project.classes.exclude(pk=row.pk):
        if other.key == row.key:
            free = sorted(
                set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(project.classes.values_list("key", flat=True))
            )
            wrong["key"] = [
                _("Key %(key)s is that of %(class)s. Free are %(free)s.")
                % {"key": row.key, "class": other.name, "free": ", ".join(free) or "–"}
            ]
        if other.name.casefold() == row.name.casefold():
            wrong["name"] = [_("Another class is called %(name)s already.") % {"name": other.name}]
    if wrong:
        reasons = " ".join(text for texts in wrong.values() for text in texts)
        raise Refused(
            _("%(class)s was not changed: %(reasons)s") % {"class": row.slug, "reasons": reasons},
            fields=wrong,
        )


def _spoken(translations: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Without what is empty, so that two ways of saying nothing are one."""
    tidy = {
        language: {name: said[name].strip() for name in WORDS if said.get(name, "").strip()}
        for language, said in translations.items()
    }
    return {language: said for language, said in tidy.items() if said}
