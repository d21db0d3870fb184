"""The rest of what the API can do: people, policy, what comes in, what is ruled, published and counted.

Those that programs ask for most. For any other, `rows` reads a list and `get`, `post`, `patch` and `put` ask
for one thing, with what the API gives as it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.client import shapes
from curation.client.errors import of_answer
from curation.client.shapes import read
from curation.client.wire import Wire, as_json


class More(Wire):
    # settling

    def set_aside(self, project: str, **filters: str) -> Iterator[shapes.Candidate]:
        """Filters: why, label, source, reviewer, days."""
        return self._list(shapes.Candidate, f"projects/{project}/set-aside/", filters)

    def case(self, candidate: int) -> Mapping[str, Any]:
        """All that is known about a picture that is to be settled; `candidate.seen` goes back with it."""
        found: Mapping[str, Any] = self.get(f"candidates/{candidate}/case/")
        return found

    def settle(self, candidate: int, label: str, reason: str = "", seen: str = "") -> shapes.Decision:
        """label: the key of a class."""
        told = {"label": label, "reason": reason, "seen": seen}
        return read(shapes.Decision, self.post(f"candidates/{candidate}/settle/", told))

    def undo_settlement(self, candidate: int) -> shapes.Candidate:
        return read(shapes.Candidate, self.post(f"candidates/{candidate}/settle/undo/"))

    def send_back(self, candidate: int, question: str) -> shapes.Candidate:
        return read(shapes.Candidate, self.post(f"candidates/{candidate}/send-back/", {"question": question}))

    def close_issues(self, project: str, issues: Sequence[int], resolution: str, then: str = "") -> int:
        """Several alike, all or none. then: "review" sends their pictures back."""
        told = {"issues": list(issues), "resolution": resolution, "then": then}
        return int(self.post(f"projects/{project}/issues/close/", told)["closed"])

    # people and policy

    def people(self) -> Iterator[shapes.Person]:
        return self._list(shapes.Person, "people/")

    def add_person(self, username: str, role: str, name: str = "") -> str:
        """The password to hand over, which is told only here."""
        told = {"username": username, "role": role, "name": name}
        return str(self.post("people/", told)["password"])

    def change_person(self, username: str, **changes: Any) -> shapes.Person:
        """Changes: role, is_active."""
        return read(shapes.Person, self.patch(f"people/{username}/", changes))

    def assign(self, project: str, user: str, label: str = "", source: str = "") -> shapes.Assignment:
        """label: slug of a suggested class; none: every one."""
        told = {"user": user} | {k: v for k, v in (("label", label), ("source", source)) if v}
        return read(shapes.Assignment, self.post(f"projects/{project}/assignments/", told))

    def policy(self, project: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.get(f"projects/{project}/policy/")
        return found

    def change_policy(self, project: str, **changes: Any) -> Mapping[str, Any]:
        """`policy`, the names in `changed`, and the `job` that counts anew, if there is one."""
        found: Mapping[str, Any] = self.patch(f"projects/{project}/policy/", changes)
        return found

    def audit(self, **filters: str) -> Iterator[shapes.AuditEntry]:
        """Filters: actor, action, project, subject, from, to."""
        return self._list(shapes.AuditEntry, "audit/", filters)

    # what comes in

    def send_file(self, upload: uuid.UUID, path: str, file: Path | str) -> int:
        """Send one file into an upload, a UUID of your own; its size. The same again replaces it."""
        with Path(file).open("rb") as content:
            size = Path(file).stat().st_size
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
            place = self._url(f"uploads/{upload}/")
            answer = self._http.put(
                place, params={"path": path}, content=content, headers=self._headers | headers
            )
        if answer.status_code >= 400:
            raise of_answer(answer.status_code, as_json(answer))
        return int(answer.json()["bytes"])

    def bring_in(self, upload: uuid.UUID, project: str, **options: Any) -> shapes.Batch:
        """Options: source, licence, rights_holder, check_only."""
        told = {"upload": str(upload), "project": project, **options}
        return read(shapes.Batch, self.post("batches/", told, once=True))

    def batches(self, **filters: str) -> Iterator[shapes.Batch]:
        """Filters: state, kind."""
        return self._list(shapes.Batch, "batches/", filters)

    def batch(self, pk: int) -> shapes.Batch:
        return read(shapes.Batch, self.get(f"batches/{pk}/")["batch"])

    def import_batch(self, pk: int) -> shapes.Job:
        """Bring in an archive or list that was looked through."""
        return read(shapes.Job, self.post(f"batches/{pk}/import/"))

    # what comes out

    def open_page(self, release: str, **words: Any) -> str:
        """Write the public page of a release and open it to everyone; its address. Words: title, summary,
        creators, publisher, doi."""
        if words:
            self.patch(f"releases/{release}/page/", words)
        return str(self.post(f"releases/{release}/page/open/")["address"])

    def close_page(self, release: str) -> None:
        self.post(f"releases/{release}/page/close/")

    def difference(self, before: str, after: str) -> shapes.Difference:
        return read(shapes.Difference, self.get("release-diff/", {"before": before, "after": after}))

    def supply(self, project: str, **options: Any) -> Mapping[str, Any]:
        """What a release of these sizes would take, and what is short. Options: those of `freeze`."""
        found: Mapping[str, Any] = self.post(f"projects/{project}/supply/", options)
        return found

    def figures(self, of: str = "", **filters: str) -> dict[str, shapes.Table]:
        """Tables by their key. of: such as "projects/flora", "sources/K"; "" for everything."""
        told = self.get(f"figures/{of}/" if of else "figures/", filters)
        return {one["key"]: read(shapes.Table, one) for one in told["tables"]}
