"""Small deliveries, written by the tests."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from curation.records import Delivery, Medium, Problem, open_delivery

DWC = "http://rs.tdwg.org/dwc/terms/"
DCTERMS = "http://purl.org/dc/terms/"
DC = "http://purl.org/dc/elements/1.1/"
AC = "http://rs.tdwg.org/ac/terms/"
XMP = "http://ns.adobe.com/xap/1.0/rights/"
GBIF = "http://rs.gbif.org/terms/1.0/"
OCCURRENCE = DWC + "Occurrence"
SIMPLE = GBIF + "Multimedia"
AUDUBON = AC + "Multimedia"


def write_zip(path: Path, members: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def section(
    tag: str, row_type: str, location: str, terms: Iterable[str], *, more: str = "", **attributes: str
) -> str:
    """One table of meta.xml: the id in column 0 and the terms behind it."""
    given = {
        "encoding": "UTF-8",
        "fieldsTerminatedBy": "\\t",
        "linesTerminatedBy": "\\n",
        "fieldsEnclosedBy": "",
        "ignoreHeaderLines": "1",
        **attributes,
    }
    key = "id" if tag == "core" else "coreid"
    fields = "".join(f'<field index="{at}" term="{term}"/>' for at, term in enumerate(terms, 1))
    said = " ".join(f"{name}={quoteattr(value)}" for name, value in given.items())
    return (
        f'<{tag} {said} rowType="{row_type}"><files><location>{location}</location></files>'
        f'<{key} index="0"/>{fields}{more}</{tag}>'
    )


def meta(*sections: str, metadata: str = "") -> str:
    said = f' metadata="{metadata}"' if metadata else ""
    return f'<archive xmlns="http://rs.tdwg.org/dwc/text/"{said}>{"".join(sections)}</archive>'


def tsv(*rows: Iterable[str]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


def opened(path: Path, work: Path, columns: Mapping[str, str] | None = None) -> Delivery:
    work.mkdir(exist_ok=True)
    return open_delivery(path, work=work, columns=columns)


def rows_of(delivery: Delivery) -> tuple[list[Medium], list[Problem]]:
    media: list[Medium] = []
    problems: list[Problem] = []
    for row in delivery.rows():
        if isinstance(row, Medium):
            media.append(row)
        else:
            problems.append(row)
    delivery.close()
    return media, problems
