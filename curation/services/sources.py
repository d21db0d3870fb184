"""Sources, and the rules that say which records come from which."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Batch, Source, SourceRule, User
from curation.services import source_ids
from curation.services.audit import record
from curation.services.source_rules import FIELDS, Codes, Resolver, Rule

PUBLISHED = Path(__file__).resolve().parent.parent / "data" / "herbariograph" / "sources.tsv"
RESERVED = {"new", "rules"}  # /sources/new/ and /sources/rules/ are pages
EDITABLE = ("name", "kind", "country", "index_herbariorum", "grscicoll", "ror")


def source_for(code: str, name: str = "", kind: str = Source.Kind.HERBARIUM) -> Source:
    """The source with this code, made now where it is new (then named by its code unless a name is given)."""
    code = code.strip()
    existing = Source.objects.filter(code=code).first()
    if existing:
        return existing
    source = Source(code=code, name=name.strip() or code, kind=kind)
    _check(source, f"Source code {code!r}")
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError:  # another process made it at this moment
        return Source.objects.get(code=code)
    return source


def ensure_published_sources() -> int:
    """Add those of the published sources that are missing; how many. Rows that are here stay as they are."""
    published = read_published()
    here = set(
        Source.objects.filter(code__in=[source.code for source in published]).values_list("code", flat=True)
    )
    missing = [source for source in published if source.code not in here]
    if missing:  # another start may add them at the same moment
        Source.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def read_published() -> list[Source]:
    """The rows of `PUBLISHED`, not saved."""
    with PUBLISHED.open(encoding="utf-8", newline="") as lines:
        return [Source(**row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


@transaction.atomic
def source_add(actor: User, *, code: str, **fields: str) -> Source:
    """A new source. `fields`: those of EDITABLE. Raises Refused with the reasons by field."""
    source = Source(code=code.strip())
    _fill(source, fields)
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise Refused(
            _("Source %(code)r was not added: there is one with this code already.") % {"code": code}
        ) from error
    record(actor, "source.add", source.code, **{name: getattr(source, name) for name in EDITABLE})
    return source


@transaction.atomic
def source_edit(actor: User, source: Source, **fields: str) -> Source:
    """Change fields of EDITABLE. The code stays: releases, exports and addresses carry it."""
    fresh = Source.objects.select_for_update().get(pk=source.pk)
    before = {name: getattr(fresh, name) for name in EDITABLE}
    _fill(fresh, fields)
    if (fresh.kind == Source.Kind.SYNTHETIC) != (before["kind"] == Source.Kind.SYNTHETIC):
        raise Refused(
            _(
                "Source %(code)s: drawn pictures and pictures of real things are kept apart, so the kind "
                "stays %(before)s."
            )
            % {"code": fresh.code, "before": before["kind"]},
            fields={"kind": [_("Drawn stays drawn, and real stays real.")]},
        )
    changed: dict[str, Any] = {
        name: [old, getattr(fresh, name)] for name, old in before.items() if old != getattr(fresh, name)
    }
    if changed:
        fresh.save(update_fields=list(changed))
        record(actor, "source.edit", fresh.code, **changed)
    return fresh


def _fill(source: Source, fields: dict[str, str]) -> None:
    """Set `fields` on `source` and check all of it; raises Refused."""
    reasons: dict[str, list[str]] = {}
    for name, value in fields.items():
        if name not in EDITABLE:
            raise TypeError(f"Source field {name!r} cannot be set; those that can: {', '.join(EDITABLE)}.")
        try:
            setattr(source, name, source_ids.CHECKS.get(name, str.strip)(value))
        except ValueError as error:
            reasons[name] = [str(error)]
    _check(source, f"Source {source.code!r}", reasons)


def _check(source: Source, what: str, reasons: dict[str, list[str]] | None = None) -> None:
    """Raise Refused unless the row is valid and `reasons` against its fields are none."""
    reasons = dict(reasons or {})
    if source.code in RESERVED:
        reasons["code"] = [_("%(code)r stands for a page; take another code.") % {"code": source.code}]
    try:
        source.full_clean()
    except ValidationError as error:
        reasons = error.message_dict | reasons
    if reasons:
        words = " ".join(text for texts in reasons.values() for text in texts)
        raise Refused(f"{what}: {words}", fields=reasons)


def resolver() -> Resolver:
    """All rules as they stand now, in one query."""
    return Resolver(
        Rule(pk, source, Codes(*codes))
        for pk, source, *codes in SourceRule.objects.order_by().values_list("pk", "source_id", *FIELDS)
    )


@transaction.atomic
def add_rule(
    actor: User,
    *,
    source: Source,
    dataset_key: str = "",
    institution_code: str = "",
    collection_code: str = "",
) -> tuple[SourceRule, int]:
    """A new rule, and the number of waiting records that got their source by it."""
    rule = SourceRule(source=source, created_by=actor)
    _save_rule(rule, Codes(dataset_key, institution_code, collection_code))
    record(actor, "source.rule.add", source.code, rule=rule.pk, **_codes(rule))
    return rule, _reconsider(rule=rule)


@transaction.atomic
def change_rule(
    actor: User,
    rule: SourceRule,
    *,
    source: Source,
    dataset_key: str = "",
    institution_code: str = "",
    collection_code: str = "",
) -> tuple[SourceRule, int]:
    """The rule with other codes or another source; records that have a source already keep it."""
    fresh = SourceRule.objects.select_for_update().select_related("source").get(pk=rule.pk)
    before = {"source": fresh.source.code, **_codes(fresh)}
    fresh.source = source
    _save_rule(fresh, Codes(dataset_key, institution_code, collection_code))
    after = {"source": source.code, **_codes(fresh)}
    if after == before:
        return fresh, 0
    record(actor, "source.rule.change", source.code, rule=fresh.pk, before=before, after=after)
    return fresh, _reconsider(rule=fresh)


@transaction.atomic
def remove_rule(actor: User, rule: SourceRule) -> None:
    """Forget a rule. Records that got their source by it keep it."""
    record(actor, "source.rule.remove", rule.source.code, rule=rule.pk, **_codes(rule))
    rule.delete()


@transaction.atomic
def settle_batch(actor: User, batch: Batch, source: Source) -> int:
    """Give all records of a batch that have no source yet this one; how many."""
    _may_supply(source)
    moved = _reconsider(batch=batch, source=source)
    record(actor, "source.batch", source.code, batch=batch.pk, records=moved)
    return moved


def _save_rule(rule: SourceRule, codes: Codes) -> None:
    _may_supply(rule.source)
    for name, value in zip(FIELDS, codes.stripped(), strict=True):
        setattr(rule, name, value)
    if not any(codes.stripped()):
        raise Refused(_("A rule needs at least one of dataset key, institution code and collection code."))
    try:
        rule.full_clean(validate_unique=False, validate_constraints=False)
        with transaction.atomic():
            rule.save()
    except ValidationError as error:
        raise Refused(
            _("Source rule: %(messages)s") % {"messages": " ".join(error.messages)}, fields=error.message_dict
        ) from error
    except IntegrityError as error:
        raise Refused(
            _("There is a rule for %(describe)s already. Change that one, or use fewer or other fields.")
            % {"describe": describe(codes)}
        ) from error


def _may_supply(source: Source) -> None:
    if source.kind == Source.Kind.SYNTHETIC:
        raise Refused(
            _("%(code)s stands for pictures drawn by software: no published record comes from it.")
            % {"code": source.code}
        )


def _codes(rule: SourceRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in FIELDS}


def describe(codes: Codes) -> str:
    """In words: institution K, collection Herbarium."""
    words = zip(("dataset", "institution", "collection"), codes.stripped(), strict=True)
    return ", ".join(f"{word} {value}" for word, value in words if value) or _("no codes")


def _reconsider(**which: Any) -> int:
    from curation.services.imports import reconsider_sources  # it resolves records by `resolver`

    return reconsider_sources(**which)
