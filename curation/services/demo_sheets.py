"""Drawn sheets for a project on condition: half of them stained, and some sound ones that look alike.

What a sheet was drawn as stays with its picture (`Image.making`), and so do the places of its stains: they
become regions once the picture is in the project, in a later run too where one stopped in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from curation.drawing.condition import CLEAN, CONTAMINATED, Planned, plan
from curation.drawing.mark import jpeg_bytes
from curation.models import Candidate, Project, Source, User
from curation.services.ingest_items import Item
from curation.services.licences import licence_named
from curation.services.regions import SMALLEST, mark_region

CLASSES = (CLEAN, CONTAMINATED)


@dataclass(frozen=True)
class SheetPiece:
    """One sheet of the set, drawn when it is asked for."""

    planned: Planned

    @property
    def name(self) -> str:
        """What the picture is called; its first part is the class that it was drawn as."""
        label = CONTAMINATED if self.planned.kind == "contaminated" else CLEAN
        return f"{label}/S{self.planned.seed:010d}.jpg"

    def item(self, folder: Path, short_side: int) -> Item:
        """Draw the sheet into a folder."""
        sheet = self.planned.draw(short_side)
        facts = sheet.facts
        path = folder / self.name.replace("/", "-")
        rights = f"{facts['source_name']}, {facts['licence']}"
        path.write_bytes(jpeg_bytes(sheet.image, 92, rights))
        source, _ = Source.objects.get_or_create(
            code=facts["source"], defaults={"name": facts["source_name"], "kind": Source.Kind.SYNTHETIC}
        )
        drawn = {name: facts[name] for name in ("kind", "look_alike", "strength", "year")}
        record = {
            "rights_holder": facts["source_name"],
            "occurrence_id": f"urn:catalog:{facts['source']}:{facts['number']}",
            "catalog_number": facts["number"],
            "scientific_name": facts["scientific_name"],
            "family": facts["family"],
            "genus": facts["genus"],
            "making": {"drawn": {**drawn, "seed": self.planned.seed, "stains": sheet.stains}},
        }
        return Item(path, self.name, source, licence_named(facts["licence"]), record)


def sheet_pieces(per_class: int, seed: int) -> Iterator[SheetPiece]:
    """`per_class` sheets of each of the two classes."""
    return map(SheetPiece, plan(per_class * len(CLASSES), seed))


def mark_stains(project: Project, by: User) -> int:
    """Mark the stains of drawn sheets that have no regions yet, nor ever had; returns on how many sheets."""
    label = project.classes.get(slug=CONTAMINATED)
    unmarked = Candidate.objects.filter(
        project=project,
        image__source__kind=Source.Kind.SYNTHETIC,
        image__making__drawn__kind="contaminated",
        regions__isnull=True,
    ).select_related("image", "project")
    sheets = 0
    for candidate in unmarked.iterator(chunk_size=200):
        sheets += 1
        for left, top, width, height in candidate.image.making["drawn"]["stains"]:
            if min(width, height) >= SMALLEST:
                mark_region(candidate, label, left, top, width, height, by=by)
    return sheets
