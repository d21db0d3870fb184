"""How a release is cited: as text, as BibTeX and as CITATION.cff (https://citation-file-format.github.io/).

Names are kept as they were written: which part is a family name is not guessed.
"""

from __future__ import annotations

import json
import re

from curation.models import Release
from curation.selectors.release_about import About

FORMS = {"cff": "CITATION.cff", "bib": "CITATION.bib"}
MESSAGE = "If you use these pictures, please cite the release as below, and name the sources."
_TEX = re.compile(r"[\\{}$&#_%^~]")
_TEX_WORDS = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


def link(about: About, address: str) -> str:
    """What the citation leads to: the DOI where there is one, else the page."""
    return f"https://doi.org/{about.doi}" if about.doi else address


def as_text(release: Release, about: About, address: str) -> str:
    """Creators (year). Title. Version NAME [Data set]. Publisher. Address. What is not known is left out."""
    year = release.created_at.year
    title = f"{about.title}. Version {release.name} [Data set]."
    parts = [f"{'; '.join(about.creators)} ({year}). {title}" if about.creators else f"{title} ({year})."]
    if about.publisher:
        parts.append(f"{about.publisher.removesuffix('.')}.")
    return " ".join([*parts, link(about, address)])


def as_bibtex(release: Release, about: About, address: str) -> str:
    fields = {
        "author": " and ".join(f"{{{_tex(name)}}}" for name in about.creators),
        "title": f"{{{_tex(about.title)}}}",
        "year": str(release.created_at.year),
        "publisher": _tex(about.publisher),
        "version": _tex(release.name),
        "doi": _tex(about.doi),
        "url": link(about, address),
        "note": f"Data set, SHA-256 of the manifest: {release.manifest_sha256}",
    }
    lines = [f"  {name:<9} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{release.name},", *lines, "}"]) + "\n"


def _tex(text: str) -> str:
    return _TEX.sub(lambda sign: _TEX_WORDS.get(sign[0], f"\\{sign[0]}"), text)


def as_cff(release: Release, about: About, address: str) -> str:
    """Version 1.2.0. Texts are written as JSON writes them, which YAML reads the same way.

    An author is required, so that where no creators are stated the sources stand there. The licence is left
    out: several would mean that one may choose among them.
    """
    authors = about.creators or [source.name for source in about.institutions] or [release.project.title]
    lines = [
        "cff-version: 1.2.0",
        f"message: {_quoted(MESSAGE)}",
        "type: dataset",
        f"title: {_quoted(about.title)}",
        "authors:",
        *(f"  - name: {_quoted(name)}" for name in authors),
        f"version: {_quoted(release.name)}",
        f"date-released: {release.created_at:%Y-%m-%d}",
    ]
    if about.doi:
        lines.append(f"doi: {_quoted(about.doi)}")
    lines.append(f"url: {_quoted(address)}")
    if about.summary:
        lines.append(f"abstract: {_quoted(about.summary)}")
    lines += [
        "identifiers:",
        "  - type: other",
        f"    value: {_quoted('sha256:' + release.manifest_sha256)}",
        f"    description: {_quoted('SHA-256 of the manifest')}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def render(form: str, release: Release, about: About, address: str) -> str:
    """One of FORMS."""
    return {"cff": as_cff, "bib": as_bibtex}[form](release, about, address)
