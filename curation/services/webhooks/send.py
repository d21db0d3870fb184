"""One message over HTTP/1.1, to a checked address (curation.fetching), without following redirects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from curation.fetching.addresses import host_name, parse
from curation.fetching.connection import Connection
from curation.fetching.failures import FetchFailure
from curation.fetching.settings import FetchSettings, FetchSettingsError
from curation.fetching.transport import Dialer
from curation.services.webhooks.places import sending

SECONDS = 20.0  # for all of it


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str]:
    """The status of the answer (None where none came), and in words why it counts as none; "" for a success.

    What the answer says besides is not read: it could be anything.
    """
    try:
        status = asyncio.run(_post(url, body, headers, sending()))
    except FetchFailure as failure:
        return None, failure.message
    except FetchSettingsError as error:
        return None, f"A VASCULUM_FETCH_ setting cannot be used: {error}"
    except TimeoutError:
        return None, f"The host did not answer within {SECONDS:.0f} s."
    if 200 <= status < 300:
        return status, ""
    more = " Redirects are not followed: give the address that it leads to." if 300 <= status < 400 else ""
    return status, f"The host answered {status}.{more}"


async def _post(url: str, body: bytes, headers: Mapping[str, str], chosen: FetchSettings) -> int:
    place = parse(url, chosen.lowest_port)
    secure = place.scheme == "https"
    port = place.port or (443 if secure else 80)
    sent = {
        "Host": place.netloc.decode("ascii"),
        "User-Agent": chosen.user_agent,
        "Content-Length": str(len(body)),
        "Accept": "*/*",
        "Connection": "close",
        **headers,
    }
    dialer = Dialer(chosen)
    try:
        async with asyncio.timeout(SECONDS):
            streams = await dialer.connect(host_name(place), port, secure)
            connection = Connection(streams, host_name(place), "", chosen.read_seconds)
            try:
                lines = [(name.encode(), value.encode()) for name, value in sent.items()]
                answer = await connection.ask(b"POST", place.raw_path, lines, body)
            finally:
                connection.close()
    finally:
        dialer.close()
    return answer.status_code
