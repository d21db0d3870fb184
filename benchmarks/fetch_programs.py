"""The programs that `benchmarks.fetch` runs: draw, serve, vasculum, httpx.

Each picture of the server is the drawn JPEG with its own path as a comment at the end, so that no two
have the same bytes. The programs print a JSON object: "host/path" -> SHA-256.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections import deque
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

BYTES = 200_000


def draw(path: Path) -> None:
    """A drawn herbarium sheet of about 200 kB."""
    from curation.drawing import CLASS_SLUGS
    from curation.drawing import draw as drawn

    image = drawn(CLASS_SLUGS[13], 1, short_side=1_000)
    for quality in range(40, 100, 3):
        image.save(path, "JPEG", quality=quality)
        if path.stat().st_size >= BYTES:
            return


async def serve(path: Path, delay: float) -> None:
    """Answers every path with the picture, robots.txt with 404; prints its address first."""
    content = path.read_bytes()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                place = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
                if place == b"/robots.txt":
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                    continue
                if delay:
                    await asyncio.sleep(delay)
                length = len(content) + len(place)
                head = f'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nETag: "1"\r\nContent-Length: {length}'
                writer.writelines((head.encode(), b"\r\n\r\n", content, place))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    address, port = server.sockets[0].getsockname()
    print(f"{address}:{port}", flush=True)
    await server.serve_forever()


def places(hosts: int, pictures: int) -> dict[str, list[str]]:
    return {
        f"host{h}.test": [f"http://host{h}.test/{h}-{n}.jpg" for n in range(pictures)] for h in range(hosts)
    }


def vasculum(urls: dict[str, list[str]], address: str, out: Path) -> dict[str, str]:
    from curation.fetching import FetchSettings, HostPolicy, Result, Target, fetch_all

    class Work:
        def __init__(self) -> None:
            ids = iter(range(1_000_000))
            self.waiting = {host: deque(Target(next(ids), url) for url in all) for host, all in urls.items()}
            self.digests: dict[str, str] = {}

        async def hosts(self, exclude: Collection[str]) -> list[HostPolicy]:
            return [HostPolicy(name) for name, left in self.waiting.items() if left and name not in exclude]

        async def take(self, host: str, n: int) -> list[Target]:
            left = self.waiting[host]
            return [left.popleft() for _ in range(min(n, len(left)))]

        async def settle(self, result: Result) -> None:
            if result.path is None:
                raise SystemExit(f"{result.url}: {result.failure}: {result.message}")
            result.path.rename(out / result.path.name)
            self.digests[result.url] = result.sha256

        async def host_note(
            self, name: str, *, failures: int, paused_until: datetime | None, last_request_at: datetime | None
        ) -> None:
            pass

    work = Work()
    settings = FetchSettings(
        folder=out / "fetching",
        version="benchmark",
        info_url="http://localhost",
        allow_no_contact=True,
        host_map={"*": address},
        wait_seconds=0.0,
    )
    asyncio.run(fetch_all(work, settings))
    return work.digests


def plain(urls: dict[str, list[str]], address: str, out: Path) -> dict[str, str]:
    """What most scripts do: one client, one picture after the other."""
    import httpx

    digests = {}
    with httpx.Client(trust_env=False) as client:
        for host, all_of_host in urls.items():
            for url in all_of_host:
                path = url.removeprefix(f"http://{host}")
                content = (
                    client.get(f"http://{address}{path}", headers={"Host": host}).raise_for_status().content
                )
                (out / path.strip("/")).write_bytes(content)
                digests[url] = hashlib.sha256(content).hexdigest()
    return digests


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fetch_programs")
    parser.add_argument("program", choices=["draw", "serve", "vasculum", "httpx"])
    parser.add_argument("picture", type=Path, nargs="?")
    parser.add_argument("--address")
    parser.add_argument("--hosts", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.program == "draw":
        draw(arguments.picture)
    elif arguments.program == "serve":
        asyncio.run(serve(arguments.picture, arguments.delay))
    else:
        arguments.out.mkdir(parents=True, exist_ok=True)
        program = vasculum if arguments.program == "vasculum" else plain
        urls = places(arguments.hosts, arguments.pictures)
        json.dump(program(urls, arguments.address, arguments.out), sys.stdout)


if __name__ == "__main__":
    main()
