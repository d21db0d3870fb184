"""Records of a list into PostgreSQL: the import against a plain loop of csv and bulk_create.

python -m benchmarks.import_records [--rows 20000 208896] [--baseline-rows 20000] [--json]

A database of its own is started in a temporary folder. Each size is imported into an emptied table by a
process of its own, so that its peak memory can be told.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number
from benchmarks.timing import ROOT

HEADER = [
    "occurrenceID",
    "institutionCode",
    "collectionCode",
    "catalogNumber",
    "scientificName",
    "family",
    "genus",
    "url",
    "license",
    "rightsHolder",
    "references",
]
LICENCES = [
    "http://creativecommons.org/licenses/by/4.0/",
    "CC BY-NC 4.0",
    "http://creativecommons.org/publicdomain/zero/1.0/legalcode",
    "CC-BY-SA (Attribution for share alike)",
]
HOSTS = 40


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_records", description=__doc__)
    parser.add_argument("--rows", type=number, nargs="+", default=[20_000, 208_896])
    parser.add_argument("--baseline-rows", type=number, default=20_000)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure_one(*arguments.one)))
        return 0
    found = measure(arguments.rows, arguments.baseline_rows)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0


def measure(sizes: list[int], baseline: int) -> dict[str, Any]:
    with own_database() as work:
        runs = [("plain", baseline), *(("vasculum", rows) for rows in sizes)]
        return {"runs": [_measured(way, rows, work) for way, rows in runs]}


def _measured(way: str, rows: int, work: Path) -> dict[str, Any]:
    path = write_list(work / f"{rows}.tsv", rows)
    command = [sys.executable, "-m", "benchmarks.import_records", "--one", way, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=os.environ)
    return {"way": way, "rows": rows, **json.loads(done.stdout.splitlines()[-1])}


def write_list(path: Path, rows: int) -> Path:
    """A list as collections send them: eleven columns, some blank, `rows` addresses on 40 hosts."""
    with path.open("w", encoding="utf-8") as out:
        out.write("\t".join(HEADER) + "\n")
        for n in range(rows):
            genus = f"Genus{n % 900}"
            cells = (
                f"urn:uuid:{n:032x}",
                f"INST{n % 60}",
                f"COLL{n % 7}",
                f"{n:07d}",
                f"{genus} species{n % 9} L.",
                f"Fam{n % 80}",
                genus,
                f"https://media{n % HOSTS}.example.org/sheets/{n:07d}.jpg",
                LICENCES[n % 4],
                "Botanic garden" if n % 3 else "",
                f"https://collections.example.org/{n}",
            )
            out.write("\t".join(cells) + "\n")
    return path


def measure_one(way: str, file: str) -> dict[str, Any]:
    """Import `file` into this process's database; seconds, rows a second, peak memory."""
    import django

    django.setup()
    from django.db import connection

    from curation.models import MediaRecord

    path = Path(file)
    begun = time.perf_counter()
    (_vasculum if way == "vasculum" else _plain)(path)
    seconds = time.perf_counter() - begun
    rows = MediaRecord.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE curation_mediarecord")
    return {
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _vasculum(path: Path) -> None:
    from curation.services import deliveries
    from curation.services.sources import source_for

    batch = deliveries.receive(path, source=source_for("BENCH"))
    deliveries.start(batch)
    deliveries.bring_in(batch)


def _plain(path: Path) -> None:
    """What a script would do: csv.DictReader, one object a row, bulk_create by the thousand."""
    import csv
    from itertools import islice

    from curation.licensing import parse
    from curation.models import Batch, LicenceText, MediaRecord
    from curation.services.imports.write import address_hash, host_of
    from curation.services.licences import texts_for
    from curation.services.sources import source_for

    batch, source = Batch.objects.create(origin=str(path), kind="list"), source_for("BENCH")
    texts: dict[str, LicenceText] = {}
    with path.open(encoding="utf-8") as lines:
        reader = csv.DictReader(lines, delimiter="\t")
        row = 1
        while some := list(islice(reader, 1000)):
            objects = []
            for cells in some:
                row += 1
                parse(cells["license"])
                if cells["license"] not in texts:
                    texts |= texts_for([cells["license"]])
                objects.append(
                    MediaRecord(
                        batch=batch,
                        source=source,
                        file=path.name,
                        row=row,
                        access_uri=cells["url"],
                        access_hash=address_hash(cells["url"]),
                        host=host_of(cells["url"]),
                        licence_text=texts[cells["license"]],
                        occurrence_id=cells["occurrenceID"],
                        institution_code=cells["institutionCode"],
                        collection_code=cells["collectionCode"],
                        catalog_number=cells["catalogNumber"],
                        scientific_name=cells["scientificName"],
                        family=cells["family"],
                        genus=cells["genus"],
                        rights_holder=cells["rightsHolder"],
                        further_information_url=cells["references"],
                        state=MediaRecord.State.WAITING,
                    )
                )
            MediaRecord.objects.bulk_create(objects)


def as_text(found: dict[str, Any]) -> str:
    lines = [f"{'':10}{'rows':>10}{'seconds':>10}{'rows/s':>10}{'peak MiB':>10}"]
    for run in found["runs"]:
        lines.append(
            f"{run['way']:10}{run['rows']:>10,}{run['seconds']:>10.2f}{run['rows_per_second']:>10,}"
            f"{run['peak_mib']:>10,}"
        )
    plain, *ours = found["runs"]
    lines.append(
        f"vasculum is {ours[0]['rows_per_second'] / plain['rows_per_second']:.1f} times as fast as plain"
    )
    if len(ours) > 1:
        kept = ours[-1]["rows_per_second"] / ours[0]["rows_per_second"]
        lines.append(f"at {ours[-1]['rows']:,} rows it keeps {kept:.0%} of its speed at {ours[0]['rows']:,}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
