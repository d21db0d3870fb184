"""The dry run of a delivery in words: what would be added, held and refused, and how long it would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from curation.languages import in_words
from curation.models import Batch, MediaRecord
from curation.selectors.batches import RECORD_KINDS
from curation.selectors.hosts import Expected, expected_of
from curation.selectors.rules import words

State = MediaRecord.State
# In the order in which people ask: what must be there, whose it is, what it shows, the rest.
FIELDS = {
    "access_uri": (gettext_lazy("Address of the picture"), "accessURI"),
    "licence": (gettext_lazy("Licence of the picture"), "dcterms:rights, xmpRights:UsageTerms"),
    "rights_holder": (gettext_lazy("Rights holder"), "dcterms:rightsHolder"),
    "creator": (gettext_lazy("Creator"), "dcterms:creator"),
    "occurrence_id": (gettext_lazy("Occurrence"), "occurrenceID"),
    "catalog_number": (gettext_lazy("Catalogue number"), "catalogNumber"),
    "institution_code": (gettext_lazy("Institution"), "institutionCode"),
    "collection_code": (gettext_lazy("Collection"), "collectionCode"),
    "dataset_key": (gettext_lazy("Dataset"), "datasetKey"),
    "scientific_name": (gettext_lazy("Scientific name"), "scientificName"),
    "family": (gettext_lazy("Family"), "family"),
    "genus": (gettext_lazy("Genus"), "genus"),
    "proposed_label": (gettext_lazy("Class that is proposed"), "label"),
    "further_information_url": (gettext_lazy("Page about it"), "furtherInformationURL"),
    "format": (gettext_lazy("Format"), "dc:format"),
    "record_licence": (gettext_lazy("Licence of the record (a hint)"), "license"),
    "dataset_licence": (gettext_lazy("Licence of the dataset (a hint)"), "license"),
}


@dataclass(frozen=True)
class Forecast:
    """What `Batch.preview` says, ready to be shown."""

    batch: Batch
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def error(self) -> str:
        return str(self.found.get("error", ""))

    @property
    def states(self) -> Mapping[str, int]:
        return self.found.get("states", {})

    @property
    def of_records(self) -> bool:
        return self.batch.kind in RECORD_KINDS

    @property
    def rows(self) -> int:
        return int(self.found.get("rows", 0))

    @property
    def coming(self) -> int:
        """Pictures that would be fetched, or taken out of files."""
        return self.states.get(State.WAITING if self.of_records else State.ADDED, 0)

    @property
    def here(self) -> int:
        return self.states.get(State.DUPLICATE, 0)

    @property
    def held(self) -> int:
        return self.states.get(State.HELD, 0)

    @property
    def refused(self) -> int:
        wrong = sum(row["n"] for row in self.problems if row["kind"] == "refused")
        return self.states.get(State.REFUSED, 0) + wrong

    @property
    def comes(self) -> int:
        """Rows that would go on, now or after a decision."""
        return self.coming + self.held

    @property
    def button(self) -> str:
        if self.coming:
            return ngettext("Bring in %(n)s picture", "Bring in %(n)s pictures", self.coming) % _n(
                self.coming
            )
        return ngettext("Bring in %(n)s row to wait", "Bring in %(n)s rows to wait", self.held) % _n(
            self.held
        )

    @property
    def problems(self) -> list[dict[str, Any]]:
        return self.found.get("problems", [])

    @property
    def refusals(self) -> list[dict[str, Any]]:
        return [row for row in self.problems if row["kind"] == "refused"]

    @property
    def notes(self) -> list[dict[str, Any]]:
        return [row for row in self.problems if row["kind"] == "note"]

    @property
    def held_reasons(self) -> list[dict[str, Any]]:
        return self._reasons(State.HELD)

    @property
    def refused_reasons(self) -> list[dict[str, Any]]:
        return self._reasons(State.REFUSED)

    def _reasons(self, state: str) -> list[dict[str, Any]]:
        return [
            row | {"message": words(row["rule"], row["message"])}
            for row in self.found.get("reasons", [])
            if row["state"] == state
        ]

    @cached_property
    def expected(self) -> Expected:
        """At the waits as they are now, which may have been changed since the check."""
        return expected_of({row["host"]: row["n"] for row in self.found.get("hosts", [])})

    @property
    def host_count(self) -> int:
        return int(self.found.get("host_count", len(self.found.get("hosts", []))))

    @property
    def sentence(self) -> str:
        """7,478 rows: 7,478 pictures would be fetched from 1 host in about 6 h 14 min; 0 are here already."""
        if self.batch.kind != Batch.Kind.FOLDER:
            rows = ngettext("%(n)s row", "%(n)s rows", self.rows) % _n(self.rows)
        else:
            rows = ngettext("%(n)s file", "%(n)s files", self.rows) % _n(self.rows)
        parts = [f"{rows}: {self._coming}"]
        parts.append(ngettext("%(n)s is here already", "%(n)s are here already", self.here) % _n(self.here))
        if self.held:
            parts.append(_("%(held)s would be held for a decision") % {"held": in_words(f"{self.held:,}")})
        if self.refused:
            parts.append(_("%(refused)s would be refused") % {"refused": in_words(f"{self.refused:,}")})
        return "; ".join(parts) + "."

    @property
    def _coming(self) -> str:
        if not self.of_records:
            size = self.found.get("bytes")
            more = f" ({filesizeformat(size).replace(chr(160), ' ')})" if size else ""
            added = ngettext("%(n)s picture would be added", "%(n)s pictures would be added", self.coming)
            return added % _n(self.coming) + more
        if not self.coming:
            return _("no picture would be fetched")
        hosts = ngettext("%(n)s host", "%(n)s hosts", self.host_count) % _n(self.host_count)
        return ngettext(
            "%(n)s picture would be fetched from %(hosts)s in about %(time)s",
            "%(n)s pictures would be fetched from %(hosts)s in about %(time)s",
            self.coming,
        ) % (_n(self.coming) | {"hosts": hosts, "time": self.expected.words})

    @property
    def states_licence(self) -> bool:
        """Whether stating a licence for all rows would help: some have none of their own."""
        return any(row["rule"] == "no-licence" for row in self.refused_reasons)

    @property
    def states_source(self) -> bool:
        return any(row["rule"] == "source-unmapped" for row in self.held_reasons) or bool(
            self.found.get("unmapped")
        )

    @property
    def is_list(self) -> bool:
        return self.batch.kind == Batch.Kind.LIST

    @property
    def sample(self) -> list[dict[str, Any]]:
        return self.found.get("sample", [])

    @property
    def sample_fields(self) -> list[str]:
        """Which fields of the sample have anything in them."""
        return [name for name in FIELDS if any(row.get(name) for row in self.sample)]

    @property
    def sample_words(self) -> list[str]:
        return [str(FIELDS[name][0]) for name in self.sample_fields]

    @property
    def sample_rows(self) -> list[tuple[int, list[str]]]:
        return [
            (row["row"], [str(row.get(name) or "") for name in self.sample_fields]) for row in self.sample
        ]


def _n(n: int) -> dict[str, str]:
    return {"n": in_words(f"{n:,}")}
