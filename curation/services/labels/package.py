"""The Frictionless data package of the tables: the type and meaning of every column.

https://datapackage.org/ — of the files with separated values; JSON and Parquet say of each value what it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from curation.models import Release
from curation.selectors.label_columns import TABLES, Table
from curation.services.exports import tables
from curation.services.labels.write import DELIMITERS

PACKAGE_FILE = "datapackage.json"
MEDIA_TYPES = {"tsv": "text/tab-separated-values", "csv": "text/csv"}


def resource(table: Table, form: str, path: str) -> dict[str, Any]:
    """One file of a package. form: tsv or csv."""
    return {
        "profile": "tabular-data-resource",
        "name": f"{table.name}-{form}",
        "path": path,
        "description": table.words,
        "format": form,
        "mediatype": MEDIA_TYPES[form],
        "encoding": "utf-8",
        "dialect": {"csv": {"delimiter": DELIMITERS[form]}},
        "schema": {
            "fields": [
                {"name": column.name, "type": column.type, "description": column.words}
                for column in table.columns
            ],
            "missingValues": [""],
        },
    }


def package(name: str, title: str, resources: Iterable[dict[str, Any]]) -> bytes:
    document = {
        "profile": "tabular-data-package",
        "name": name.lower(),
        "title": title,
        "resources": list(resources),
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def all_resources(forms: Iterable[str] = tuple(MEDIA_TYPES)) -> list[dict[str, Any]]:
    """Both tables in these forms, under the names that exports and downloads give them."""
    return [
        resource(table, form, f"{table.name}.{form}")
        for table in TABLES.values()
        for form in forms
        if form in MEDIA_TYPES
    ]


def release_package(
    release: Release, common: Mapping[str, Sequence[str]], resources: Iterable[dict[str, Any]]
) -> bytes:
    """The package of a release: the tables that all exports have (file name -> columns), then these."""
    shared = json.loads(tables.data_package(release.name, release.project.title, common))["resources"]
    return package(release.name, release.project.title, [*shared, *resources])
