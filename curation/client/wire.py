"""Requests and answers: tokens, errors, waiting where the server says so, lists that fetch on, ETags."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from curation.client.errors import ApiError, of_answer
from curation.client.shapes import read

T = TypeVar("T")
ROOT = "/api/v1/"
BUSY = (429, 503)


class Wire:
    """server: its address, such as https://vasculum.example.org. token: from your account page there.

    patience: how often an answer that says "later" (429, 503) is waited out. For another way of connecting,
    such as a proxy or a certificate of your own, give an httpx.Client as `http`.
    """

    def __init__(
        self,
        server: str,
        token: str,
        *,
        timeout: float = 30.0,
        patience: int = 5,
        http: httpx.Client | None = None,
    ) -> None:
        self._http = http or httpx.Client(timeout=timeout)
        self._server = server.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._patience = patience
        self._seen: dict[str, tuple[str, Any]] = {}  # address -> ETag, what it said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, address: str, asked: Mapping[str, str] | None = None) -> Any:
        """What an address says. Nothing is sent again that has not changed since it was asked for last."""
        url = str(httpx.URL(self._url(address)).copy_merge_params(dict(asked or {})))
        etag, known = self._seen.get(url, ("", None))
        answer = self._ask("GET", url, headers={"If-None-Match": etag} if etag else {})
        if answer.status_code == 304:
            return known
        told = answer.json()
        if tag := answer.headers.get("ETag"):
            if len(self._seen) >= 256:
                self._seen.clear()
            self._seen[url] = (tag, told)
        return told

    def post(self, address: str, told: Mapping[str, Any] | None = None, *, once: bool = False) -> Any:
        """once: with an Idempotency-Key, so that it can be sent again where the answer gets lost."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if once else {}
        return as_json(self._ask("POST", address, json=dict(told or {}), headers=headers))

    def patch(self, address: str, told: Mapping[str, Any]) -> Any:
        return as_json(self._ask("PATCH", address, json=dict(told)))

    def put(self, address: str, told: Mapping[str, Any]) -> Any:
        return as_json(self._ask("PUT", address, json=dict(told)))

    def rows(self, address: str, **filters: str) -> Iterator[Mapping[str, Any]]:
        """The rows of any list, as the API gives them: `rows("hosts/")`."""
        asked: Mapping[str, str] = {"limit": "200", **filters}
        following: str | None = address
        while following is not None:
            told = self.get(following, asked)
            yield from told["results"]
            following, asked = told["next"], {}

    def _list(self, shape: type[T], address: str, filters: Mapping[str, str] | None = None) -> Iterator[T]:
        return (read(shape, row) for row in self.rows(address, **(filters or {})))

    def _url(self, address: str) -> str:
        if address.startswith(("http://", "https://")):
            if not address.startswith(f"{self._server}/"):
                raise ValueError(f"{address}: the token goes to {self._server} only")
            return address
        return self._server + (address if address.startswith("/") else ROOT + address)

    def _ask(self, method: str, address: str, **options: Any) -> httpx.Response:
        headers = self._headers | options.pop("headers", {})
        again = method == "GET" or "Idempotency-Key" in headers  # what may be sent twice
        for patience in range(self._patience, -1, -1):
            try:
                answer = self._http.request(method, self._url(address), headers=headers, **options)
            except httpx.TransportError:
                if not (again and patience):
                    raise
                time.sleep(1.0)
                continue
            if answer.status_code not in BUSY or not patience:
                break
            wait = answer.headers.get("Retry-After", "")
            time.sleep(min(float(wait) if wait.isdigit() else 1.0, 120.0))
        if answer.status_code >= 400:
            raise of_answer(answer.status_code, as_json(answer))
        if answer.is_redirect and answer.status_code != 304:
            raise ApiError(answer.status_code, "redirect", f"to {answer.headers.get('Location')}", {})
        return answer


def as_json(answer: httpx.Response) -> Any:
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None
