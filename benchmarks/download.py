"""Pictures from 50 hosts into the database: the download job against a plain loop.

python -m benchmarks.download [--hosts 50] [--pictures 40] [--json]

A server in a process of its own answers all hosts on a loopback port; the waits between requests are set
to 0, so that the CPU is what there is to wait for. Ours does all that it does in earnest: robots.txt, checks,
hashes, decoding, three renditions, rows, candidates, near-duplicates. The plain loop fetches with httpx,
makes the same renditions with Pillow and writes no row.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.database import own_database
from benchmarks.fetch import serving
from benchmarks.fetch_programs import places
from benchmarks.summary import number
from benchmarks.timing import ROOT, Program, python, run

WAYS = ("vasculum", "plain")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.download", description=__doc__)
    parser.add_argument("--hosts", type=number, default=50)
    parser.add_argument("--pictures", type=number, default=40, help="of each host")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "ADDRESS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        way, address = arguments.one
        print(json.dumps(measure_one(way, address, arguments.hosts, arguments.pictures)))
        return 0
    found = measure(arguments.hosts, arguments.pictures)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0


def measure(hosts: int, pictures: int) -> dict[str, Any]:
    with own_database() as work:
        picture = work / "picture.jpg"
        run(Program("drawing", python("benchmarks.fetch_programs", "draw", picture)))
        with serving(picture, 0.0) as address:
            runs = {way: _measured(way, address, hosts, pictures) for way in WAYS}
    return {"hosts": hosts, "pictures": hosts * pictures, "cpus": os.cpu_count(), **runs}


def _measured(way: str, address: str, hosts: int, pictures: int) -> dict[str, Any]:
    command = python("benchmarks.download", "--one", way, address, "--hosts", hosts, "--pictures", pictures)
    environment = os.environ | {
        "VASCULUM_FETCH_CONTACT": "benchmark@localhost",
        "VASCULUM_FETCH_WAIT_SECONDS": "0",
        "VASCULUM_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        "VASCULUM_FETCH_HOST_MAP": f"*={address}",
    }
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure_one(way: str, address: str, hosts: int, pictures: int) -> dict[str, Any]:
    urls = [url for some in zip(*places(hosts, pictures).values(), strict=True) for url in some]
    work = _vasculum(urls) if way == "vasculum" else _plain(urls, address)
    wall, cpu, machine = time.perf_counter(), time.process_time(), _busy()
    kept = work()
    seconds = time.perf_counter() - wall
    used = time.process_time() - cpu
    busy = _busy() - machine
    if kept != len(urls):
        raise SystemExit(f"{way}: {kept} of {len(urls)} pictures came in")
    return {
        "seconds": round(seconds, 2),
        "pictures_per_second": round(len(urls) / seconds, 1),
        "cpu_share": round(used / seconds, 2),
        "machine_share": round(busy / seconds / (os.cpu_count() or 1), 2),
    }


def _busy() -> float:
    """Seconds in which any CPU of the machine was busy: the program's, the database's and the server's."""
    times = psutil.cpu_times()
    return float(times.user + times.system)


def _vasculum(urls: list[str]) -> Any:
    import django

    django.setup()
    from curation.models import Image
    from curation.services import deliveries
    from curation.services.download import request_download
    from curation.services.jobs import run_here_or_follow
    from curation.services.licences import licence_named
    from curation.services.progress import NullProgress
    from curation.services.projects import ensure_herbariograph
    from curation.services.sources import source_for

    path = Path(os.environ["VASCULUM_VAR"]) / "list.tsv"
    path.write_text("url\n" + "".join(f"{url}\n" for url in urls))
    project, _ = ensure_herbariograph()
    batch = deliveries.receive(
        path, source=source_for("BENCH"), licence=licence_named("CC0"), project=project
    )
    deliveries.start(batch)
    deliveries.bring_in(batch)

    def work() -> int:
        run_here_or_follow(request_download(), NullProgress())
        return Image.objects.count()

    return work


def _plain(urls: list[str], address: str) -> Any:
    import io

    import httpx
    from PIL import Image

    from curation.imaging.renditions import ALL

    out = Path(tempfile.mkdtemp(dir=os.environ["VASCULUM_VAR"]))

    def work() -> int:
        with httpx.Client(trust_env=False) as client:
            for n, url in enumerate(urls):
                host, _, path = url.removeprefix("http://").partition("/")
                answer = client.get(f"http://{address}/{path}", headers={"Host": host}).raise_for_status()
                (out / f"{n}.jpg").write_bytes(answer.content)
                picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
                for each in ALL:
                    small = picture.resize(each.size_for(*picture.size), Image.Resampling.LANCZOS)
                    small.save(out / f"{n}-{each.name}{each.suffix}", each.format, **each.options)
        return len(list(out.glob("*-review.*")))

    return work


def as_text(found: dict[str, Any]) -> str:
    lines = [f"{found['pictures']:,} pictures from {found['hosts']} hosts, no waits, {found['cpus']} CPUs"]
    for way in WAYS:
        one = found[way]
        lines.append(
            f"{way:10}{one['seconds']:>8.1f} s{one['pictures_per_second']:>9.1f} pictures/s, "
            f"{one['cpu_share']:.0%} of one CPU; with database and server "
            f"{one['machine_share']:.0%} of the machine"
        )
    ratio = found["vasculum"]["pictures_per_second"] / found["plain"]["pictures_per_second"]
    return "\n".join([*lines, f"vasculum is {ratio:.1f} times as fast as plain"])


if __name__ == "__main__":
    sys.exit(main())
