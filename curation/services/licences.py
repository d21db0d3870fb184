"""Licences and the texts that name them: what publishers wrote, what people say of it, what projects use."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.licensing import Reading, parse
from curation.licensing.codes import CODES, address_of, title_of, versions_of
from curation.licensing.policy import ACCEPTED as ACCEPTED_CODES
from curation.models import Licence, LicenceText, Project, User
from curation.services.audit import record

Meaning = LicenceText.Meaning

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What is offered for a folder of pictures; a version is kept only where the source states one.
ACCEPTED = [
    ("CC0", "1.0"),
    *((code, "4.0") for code in ACCEPTED_CODES[1:]),
    *((code, "") for code in ACCEPTED_CODES[1:]),
]


def licence_row(code: str, version: str) -> Licence:
    """The row of a licence, made where it is new. Raises Refused where no such licence exists."""
    if code not in CODES:
        raise Refused(
            _("There is no licence %(code)r here. Known: %(codes)s.")
            % {"code": code, "codes": ", ".join(CODES)}
        )
    if version and version not in versions_of(code):
        raise Refused(
            _("%(code)s has no version %(version)r. It has %(versions_of)s.")
            % {"code": code, "version": version, "versions_of": ", ".join(versions_of(code))}
        )
    licence, _made = Licence.objects.get_or_create(
        code=code, version=version, defaults=_described(code, version)
    )
    return licence


def _described(code: str, version: str) -> dict[str, str]:
    return {"title": title_of(code, version), "url": address_of(code, version)}


def licence_named(text: str) -> Licence:
    """The row for a licence that somebody typed or picked, such as CC0, CC-BY or CC-BY-NC-3.0.

    Raises Refused for any that is not accepted by default.
    """
    reading = parse(text)
    if reading.meaning != "licence" or reading.code not in ACCEPTED_CODES:
        accepted = ", ".join("-".join(filter(None, key)) for key in ACCEPTED)
        raise Refused(
            _("Licence %(text)r is not one that is accepted here. Accepted: %(accepted)s.")
            % {"text": text, "accepted": accepted}
        )
    # Whoever types CC0 means the only one there is; nothing is invented for the others.
    version = reading.version or ("1.0" if reading.code == "CC0" else "")
    return licence_row(reading.code, version)


def texts_for(verbatims: Iterable[str]) -> dict[str, LicenceText]:
    """The row of each text, with its licence; new texts are read and written. A handful of queries, however
    many texts. The keys are the texts as given."""
    stored = {verbatim: storable(verbatim) for verbatim in verbatims}
    digests = {text: hashlib.sha256(text.encode()).hexdigest() for text in stored.values()}
    found = _by_digest(digests.values())
    new = [text for text, digest in digests.items() if digest not in found]
    if new:
        readings = [(text, parse(text)) for text in new]
        licences = _licences({(one.code, one.version) for _, one in readings if one.meaning == "licence"})
        LicenceText.objects.bulk_create(
            [
                LicenceText(verbatim=text, digest=digests[text], **_read(one, licences))
                for text, one in readings
            ],
            ignore_conflicts=True,  # another delivery may bring the same text at the same moment
            batch_size=1000,
        )
        found |= _by_digest([digests[text] for text in new])
    return {verbatim: found[digests[text]] for verbatim, text in stored.items()}


def storable(text: str) -> str:
    """`text` with what PostgreSQL can't hold, NULs and lone surrogates, replaced by U+FFFD."""
    return UNSTORABLE.sub("\ufffd", text)


def _by_digest(digests: Iterable[str]) -> dict[str, LicenceText]:
    rows = LicenceText.objects.select_related("licence").filter(digest__in=list(digests))
    return {row.digest: row for row in rows}


def _licences(keys: set[tuple[str, str]]) -> dict[tuple[str, str], Licence]:
    """Rows for codes with versions, made where they are new."""
    if not keys:
        return {}
    wanted = Q()
    for code, version in keys:
        wanted |= Q(code=code, version=version)
    found = {(one.code, one.version): one for one in Licence.objects.filter(wanted)}
    if missing := keys - found.keys():
        Licence.objects.bulk_create(
            [Licence(code=code, version=version, **_described(code, version)) for code, version in missing],
            ignore_conflicts=True,
        )
        found = {(one.code, one.version): one for one in Licence.objects.filter(wanted)}
    return found


def _read(reading: Reading, licences: dict[tuple[str, str], Licence]) -> dict[str, object]:
    """The columns of a text that hold what the parser says."""
    return {
        "code": reading.code,
        "version": reading.version,
        "jurisdiction": reading.jurisdiction,
        "reason": reading.reason[:500],
        "meaning": reading.meaning,
        "licence": licences[reading.code, reading.version] if reading.meaning == "licence" else None,
    }


@transaction.atomic
def settle_text(
    text: LicenceText, licence: Licence | None, by: User, reason: str = "", *, again: bool = False
) -> dict[str, int]:
    """Say what a text means, for all records that share it: a licence, or (None) no free licence.

    Returns how many records moved to which state. Raises Refused where somebody else has settled it
    (`again`: that is known, and changed), or where pictures are in under it and it shall mean no licence.
    """
    row = LicenceText.objects.select_for_update(of=("self",)).select_related("settled_by").get(pk=text.pk)
    if row.settled_at and not again:
        raise Refused(
            _("%(settled_by)s has settled this text meanwhile: %(meaning)s. Look at it again first.")
            % {"settled_by": row.settled_by, "meaning": _meaning(row)}
        )
    before = _meaning(row)
    row.meaning = Meaning.LICENCE if licence else Meaning.NONE
    row.licence = licence
    said = f"A person read it as {licence.short}" if licence else "A person found no free licence in it"
    row.reason = f"{said}: {reason}"[:500] if reason else said
    row.settled_by, row.settled_at = by, timezone.now()
    row.save()
    moved = _reconsider(texts=[row.pk])
    record(
        by, "licence.settle", row.pk, text=row.verbatim[:500], was=before, now=_meaning(row), reason=reason
    )
    return moved


@transaction.atomic
def unsettle(text: LicenceText, by: User) -> dict[str, int]:
    """Take a person's word about a text back: it means again what the parser reads in it."""
    row = LicenceText.objects.select_for_update(of=("self",)).get(pk=text.pk)
    if not row.settled_at:
        raise Refused(_("Nobody has settled this text, so there is nothing to take back."))
    before = _meaning(row)
    reading = parse(row.verbatim)
    keys = {(reading.code, reading.version)} if reading.meaning == "licence" else set()
    for name, value in _read(reading, _licences(keys)).items():
        setattr(row, name, value)
    row.settled_by = row.settled_at = None
    row.save()
    moved = _reconsider(texts=[row.pk])
    record(by, "licence.unsettle", row.pk, text=row.verbatim[:500], was=before, now=_meaning(row))
    return moved


@transaction.atomic
def set_policy(
    project: Project, accepted: Collection[str], review: Collection[str], by: User
) -> dict[str, int]:
    """Say which licences a project uses, and which wait for a person; every other one is refused.

    Returns how many records moved to which state.
    """
    if unknown := sorted({*accepted, *review} - set(CODES)):
        raise Refused(
            _("There is no licence %(unknown)s here. Known: %(codes)s.")
            % {"unknown": ", ".join(unknown), "codes": ", ".join(CODES)}
        )
    if both := sorted(set(accepted) & set(review)):
        raise Refused(_("%(both)s can't be accepted and reviewed at once.") % {"both": ", ".join(both)})
    if not accepted:
        raise Refused(_("Accept at least one licence: without any, no picture can be used."))
    row = Project.objects.select_for_update().get(pk=project.pk)
    before = {"accepted": row.licences_accepted, "review": row.licences_review}
    row.licences_accepted = [code for code in CODES if code in accepted]
    row.licences_review = [code for code in CODES if code in review]
    row.save(update_fields=["licences_accepted", "licences_review"])
    moved = _reconsider(project=row)
    now = {"accepted": row.licences_accepted, "review": row.licences_review}
    record(by, "licence.policy", row.key, row, was=before, now=now)
    return moved


def _meaning(text: LicenceText) -> str:
    return text.licence.identifier if text.licence else text.get_meaning_display()


def _reconsider(*, texts: list[int] | None = None, project: Project | None = None) -> dict[str, int]:
    # Here and not above: the import of records reads their texts with this module.
    from curation.services.imports import reconsider

    return reconsider(texts=texts, project=project)
