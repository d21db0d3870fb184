"""One method for each thing that the API can do. Lists are iterators that fetch on as they are read."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.client import shapes
from curation.client.errors import JobFailed, of_answer
from curation.client.more import More
from curation.client.shapes import read
from curation.client.wire import as_json

VOTES_AT_ONCE = 200


class Client(More):
    """server: its address, such as https://vasculum.example.org. token: from your account page there.

    patience: how often an answer that says "later" (429, 503) is waited out. For another way of connecting,
    such as a proxy or a certificate of your own, give an httpx.Client as `http`.
    """

    # what there is

    def whoami(self) -> Mapping[str, Any]:
        """user, role, scopes of the token, places."""
        found: Mapping[str, Any] = self.get("")
        return found

    def projects(self) -> Iterator[shapes.Project]:
        return self._list(shapes.Project, "projects/")

    def project(self, key: str) -> shapes.Project:
        return read(shapes.Project, self.get(f"projects/{key}/"))

    def sources(self) -> Iterator[shapes.Source]:
        return self._list(shapes.Source, "sources/")

    def licences(self) -> Iterator[shapes.Licence]:
        return self._list(shapes.Licence, "licences/")

    def candidates(self, project: str, **filters: str) -> Iterator[shapes.Candidate]:
        """Filters: state, label, predicted, source, licence, reviewer, tag, batch."""
        return self._list(shapes.Candidate, f"projects/{project}/candidates/", filters)

    def candidate(self, pk: int) -> shapes.Candidate:
        return read(shapes.Candidate, self.get(f"candidates/{pk}/"))

    def picture(self, sha256: str) -> shapes.Picture:
        return read(shapes.Picture, self.get(f"pictures/{sha256}/"))

    def picture_links(
        self, pictures: Sequence[str], rendition: str = "review", seconds: int = 900
    ) -> list[shapes.PictureLink]:
        """Addresses of files that open without a token, for up to 500 pictures, in that order."""
        asked = {"pictures": list(pictures), "rendition": rendition, "seconds": seconds}
        return [read(shapes.PictureLink, one) for one in self.post("pictures/links/", asked)["links"]]

    def votes(self, project: str, **filters: str) -> Iterator[shapes.Vote]:
        return self._list(shapes.Vote, f"projects/{project}/votes/", filters)

    def issues(self, project: str, **filters: str) -> Iterator[shapes.Issue]:
        return self._list(shapes.Issue, f"projects/{project}/issues/", filters)

    def tags(self, project: str) -> Iterator[shapes.Tag]:
        return self._list(shapes.Tag, f"projects/{project}/tags/")

    def releases(self, project: str = "") -> Iterator[shapes.Release]:
        return self._list(shapes.Release, "releases/", {"project": project} if project else {})

    def release(self, name: str) -> shapes.Release:
        return read(shapes.Release, self.get(f"releases/{name}/")["release"])

    def members(self, release: str, **filters: str) -> Iterator[shapes.Member]:
        """Filters: category, split, source, licence."""
        return self._list(shapes.Member, f"releases/{release}/members/", filters)

    def crosstab(self, release: str, split: str = "") -> dict[str, dict[str, int]]:
        """Slug of the class -> source -> pictures."""
        told = self.get(f"releases/{release}/crosstab/", {"split": split} if split else {})
        return {slug: dict(zip(told["sources"], row, strict=True)) for slug, row in told["rows"].items()}

    def exports(self, release: str) -> Iterator[shapes.Export]:
        return self._list(shapes.Export, f"releases/{release}/exports/")

    def models(self) -> Iterator[shapes.Model]:
        return self._list(shapes.Model, "models/")

    def runs(self, project: str = "") -> Iterator[shapes.Run]:
        return self._list(shapes.Run, "runs/", {"project": project} if project else {})

    def run(self, name: str) -> shapes.Run:
        return read(shapes.Run, self.get(f"runs/{name}/"))

    def evaluations(self, **filters: str) -> Iterator[shapes.Evaluation]:
        """Filters: model, release."""
        return self._list(shapes.Evaluation, "evaluations/", filters)

    def screenings(self, project: str) -> Iterator[shapes.Screening]:
        return self._list(shapes.Screening, f"projects/{project}/screenings/")

    def scores(self, screening: int) -> Iterator[shapes.Score]:
        return self._list(shapes.Score, f"screenings/{screening}/scores/")

    def jobs(self, **filters: str) -> Iterator[shapes.Job]:
        """Filters: state, kind."""
        return self._list(shapes.Job, "jobs/", filters)

    def job(self, pk: int) -> shapes.Job:
        return read(shapes.Job, self.get(f"jobs/{pk}/"))

    # what can be done

    def vote(self, votes: Iterable[shapes.NewVote]) -> list[shapes.Outcome]:
        """Cast votes, any number, in their order. To be sure of one, cast it again: it counts once."""
        waiting, outcomes = [vote.as_json() for vote in votes], []
        for start in range(0, len(waiting), VOTES_AT_ONCE):
            told = self.post("votes/", {"votes": waiting[start : start + VOTES_AT_ONCE]})
            outcomes += [read(shapes.Outcome, one) for one in told["outcomes"]]
        return outcomes

    def tag(self, project: str, name: str, candidates: Sequence[int]) -> Mapping[str, Any]:
        """`tag` (its id), `added` (candidates), `already` (how many)."""
        told = {"name": name, "candidates": list(candidates)}
        found: Mapping[str, Any] = self.post(f"projects/{project}/tags/", told)
        return found

    def untag(self, project: str, tag: int, candidates: Sequence[int]) -> int:
        told = self.post(f"projects/{project}/tags/{tag}/remove/", {"candidates": list(candidates)})
        return int(told["removed"])

    def open_issue(self, project: str, candidate: int, kind: str, text: str) -> shapes.Issue:
        told = {"candidate": candidate, "kind": kind, "text": text}
        return read(shapes.Issue, self.post(f"projects/{project}/issues/", told))

    def close_issue(self, pk: int, resolution: str) -> shapes.Issue:
        return read(shapes.Issue, self.post(f"issues/{pk}/close/", {"resolution": resolution}))

    def freeze(self, project: str, seed: int, **options: Any) -> shapes.Job:
        """Options: name, train, test, validate, balance, largest, only_sources, only_licences, test_sources,
        survey_sources."""
        return read(
            shapes.Job, self.post(f"projects/{project}/freeze/", {"seed": seed, **options}, once=True)
        )

    def export(self, release: str, format: str, **options: Any) -> shapes.Export:
        """Options: licences, acknowledged, options."""
        told = {"format": format, **options}
        return read(shapes.Export, self.post(f"releases/{release}/exports/", told, once=True))

    def preclassify(self, project: str, model: str) -> shapes.Job:
        return read(shapes.Job, self.post(f"projects/{project}/preclassify/", {"model": model}, once=True))

    def train(
        self, release: str, config: Mapping[str, Any], kind: str = "train", **options: str
    ) -> shapes.Run:
        """kind: train, distill, encode, tiles, sheets. Options: name, started_from."""
        told = {"release": release, "kind": kind, "config": dict(config), **options}
        return read(shapes.Run, self.post("runs/", told, once=True))

    def evaluate(self, model: str, release: str, split: str, **options: str) -> shapes.Run:
        told = {"release": release, "split": split, **options}
        return read(shapes.Run, self.post(f"models/{model}/evaluate/", told, once=True))

    def screen(self, project: str, tile_model: str, sheet_model: str = "") -> shapes.Job:
        told = {"tile_model": tile_model} | ({"sheet_model": sheet_model} if sheet_model else {})
        return read(shapes.Job, self.post(f"projects/{project}/screenings/", told, once=True))

    def wait(self, job: int, *, seconds: float = 3600.0, every: float = 2.0) -> shapes.Job:
        """The job once it is done. Raises JobFailed, and TimeoutError after `seconds`."""
        until = time.monotonic() + seconds
        while not (found := self.job(job)).has_ended:
            if time.monotonic() > until:
                raise TimeoutError(f"job {job} is not done after {seconds:.0f} s: {found.words}")
            time.sleep(every)
        if found.state != "done":
            raise JobFailed(f"job {job} {found.state}: {found.error or found.words}")
        return found

    def download(self, address: str, to: Path | str, sha256: str = "") -> Path:
        """Write a file, whole or not at all. address: as the API gives it. sha256: what it must have."""
        place = Path(to)
        half, digest = place.with_name(f".{place.name}.part"), hashlib.sha256()
        with self._http.stream("GET", self._url(address), headers=self._headers) as answer:
            if answer.status_code != 200:
                answer.read()
                raise of_answer(answer.status_code, as_json(answer))
            with half.open("wb") as file:
                for piece in answer.iter_bytes():
                    digest.update(piece)
                    file.write(piece)
        if sha256 and digest.hexdigest() != sha256:
            half.unlink()
            raise ValueError(f"{address}: SHA-256 is {digest.hexdigest()}, not {sha256}")
        half.replace(place)
        return place

    # webhooks

    def webhooks(self) -> Iterator[shapes.Webhook]:
        return self._list(shapes.Webhook, "webhooks/")

    def add_webhook(self, url: str, events: Sequence[str]) -> shapes.Webhook:
        """With its secret, which is told only here."""
        return read(shapes.Webhook, self.post("webhooks/", {"url": url, "events": list(events)}))

    def remove_webhook(self, pk: int) -> None:
        self._ask("DELETE", f"webhooks/{pk}/")
