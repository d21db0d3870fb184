"""Targets on the database: bodies of the API, addresses of pages, label files, class lists.

No answer of 500; what is refused changes no row, and what is said to be saved is there.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from curation.errors import Refused
from curation.models import Candidate, Claim, Decision, LabelClass, Project, Region, User, Vote
from curation.services.class_table import read_classes
from curation.services.labels.take_in import People, take_in
from tests.factories import make_candidate, make_image, make_project, make_user
from tests.fuzz.inputs import IDS, as_json, damaged, numbers, shaped, tables, texts, values
from tests.fuzz.running import Target

PAGES = (
    "/", "/projects/{}/", "/projects/{}/set-aside/", "/projects/{}/votes/", "/projects/{}/issues/",
    "/projects/{}/grid/", "/batches/", "/jobs/", "/sources/", "/audit/", "/releases/",
)  # fmt: skip
PARAMETERS = ["page", "order", "class", "label", "source", "state", "q", "after", "before", "project", "user",
              "size", "round", "from", "to", "licence", "kind", "cursor", "fields"]  # fmt: skip
CLASSES = ["index", "key", "name", "slug", "plural", "definition", "colour"]


class Site:
    """A project on identification, one on condition, a curator and an admin, and what they may send."""

    def __init__(self) -> None:
        self.plain = make_project(3, key="plain")
        self.sheets = make_project(3, key="sheets", kind="condition")
        images = [make_image(original_name=f"{n}.jpg") for n in range(6)]
        self.candidates = [make_candidate(self.plain, image) for image in images]
        self.sheet = make_candidate(self.sheets, images[0])
        self.curator, self.admin = make_user("curator"), make_user("admin")
        self.clients = {user.role: self._client(user) for user in (self.curator, self.admin)}

    def _client(self, user: User) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    def counts(self) -> tuple[int, ...]:
        """Rows of what reviewers make."""
        return tuple(model.objects.count() for model in (Vote, Decision, Region))

    def post(self, address: str, body: bytes) -> None:
        before = self.counts()
        answer = self.clients["curator"].post(address, body, content_type="application/json")
        said = _sound(answer, address)
        if answer.status_code >= 400:
            assert self.counts() == before, f"refused, and yet rows were written: {before} {self.counts()}"
            return
        for outcome in said.get("outcomes", []):
            if outcome["status"] == "saved":
                assert Vote.objects.filter(pk=outcome["id"]).exists(), outcome
        saved = sum(one["status"] == "saved" for one in said.get("outcomes", []))
        assert self.counts()[0] == before[0] + saved, "votes and what was said of them differ"
        assert Claim.objects.exclude(candidate__in=Candidate.objects.all()).count() == 0

    def page(self, case: tuple[str, list[tuple[str, str]], str]) -> None:
        path, query, role = case
        asked = urlencode(query, errors="surrogatepass")
        answer = self.clients[role].get(f"{path.format('plain')}?{asked}")
        assert answer.status_code < 500, f"{answer.status_code} of {path} {query}"

    def labels(self, content: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            path = Path(folder) / "t.json"
            path.write_bytes(content)
            before = Vote.objects.count()
            rehearsed = take_in(self.plain, path, People({}, self.curator), rehearse=True)
            assert Vote.objects.count() == before, "a rehearsal wrote votes"
            report = take_in(self.plain, path, People({}, self.curator))
            assert Vote.objects.count() == before + report.saved
            assert report.tasks == rehearsed.tasks

    def classes(self, content: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            path = Path(folder) / "classes.tsv"
            path.write_bytes(content)
            before = LabelClass.objects.count()
            try:
                read_classes(Project(key="new", title="New"), path)
            except Refused as error:
                assert error.message
            assert LabelClass.objects.count() == before

    def bodies(self) -> SearchStrategy[tuple[str, bytes]]:
        anything = values("tab", "votes", "id", "label")
        candidate = st.sampled_from([one.pk for one in self.candidates] + [self.sheet.pk])
        tab, key = IDS, st.sampled_from("ABC")
        vote = shaped(
            anything,
            id=IDS,
            candidate=candidate,
            kind=st.sampled_from(["label", "skip", "flag", "undo"]),
            label=key,
            undoes=IDS,
            reason=texts,
            milliseconds=st.integers(0, 9000),
            via=st.sampled_from(["single", "grid"]),
            blind=st.booleans(),
            prediction=numbers,
            label_id=numbers,
            flag=texts,
            page=IDS,
            guideline=numbers,
        )
        side = st.floats(0, 0.5)
        label = st.sampled_from(list(self.sheets.classes.values_list("pk", flat=True)))
        shapes = {
            reverse("api_votes"): shaped(anything, tab=tab, votes=st.lists(vote, max_size=3)),
            reverse("api_claims", args=["plain"]): shaped(
                anything,
                tab=tab,
                count=st.integers(1, 5),
                holding=st.lists(candidate, max_size=3),
                order=st.sampled_from(["entropy", "random", ""]),
                view=st.sampled_from(["single", "grid"]),
                label=key,
            ),
            reverse("api_claims_heartbeat", args=["plain"]): shaped(
                anything, tab=tab, holding=st.lists(candidate, max_size=3), classes=texts
            ),
            reverse("api_claims_free", args=["plain"]): shaped(anything, tab=tab),
            reverse("api_order", args=["plain"]): shaped(anything, tab=tab, order=texts),
            reverse("api_regions", args=[self.sheet.pk]): shaped(
                anything, label=label, left=side, top=side, width=side, height=side
            ),
        }
        one_of = [
            st.tuples(
                st.just(address),
                shape.map(as_json) | shape.map(as_json).flatmap(damaged) | anything.map(as_json),
            )
            for address, shape in shapes.items()
        ]
        return st.one_of(*one_of, one_of[0])

    def targets(self) -> list[Target]:
        result = st.fixed_dictionaries(
            {
                "type": st.sampled_from(["choices", "text"]),
                "id": IDS,
                "value": st.just({"choices": ["class-a"]}) | values(),
            }
        )
        anything = values("data", "annotations", "result", "image")
        said = shaped(
            anything,
            result=st.lists(result, max_size=2),
            id=numbers,
            completed_by=numbers | texts,
            lead_time=numbers,
        )
        name = st.sampled_from([f"{n}.jpg" for n in range(6)]) | texts
        task = shaped(anything, data=shaped(anything, image=name), annotations=st.lists(said, max_size=2))
        query = st.lists(st.tuples(st.sampled_from(PARAMETERS), texts | numbers.map(str) | IDS), max_size=3)
        cell = st.sampled_from(["0", "1", "2", "A", "B", "a-b", "Name", ""]) | texts
        tasks = st.lists(task, max_size=3).map(as_json)
        return [
            Target("bodies of the API", self.bodies(), lambda case: self.post(*case), 8),
            Target(
                "addresses of pages",
                st.tuples(st.sampled_from(PAGES), query, st.sampled_from(["curator", "admin"])),
                self.page,
                3,
            ),
            Target("label files", tasks | tasks.flatmap(damaged) | anything.map(as_json), self.labels, 4),
            Target("class lists", tables(CLASSES, cell), self.classes, 2),
        ]


def _sound(answer: Any, address: str) -> dict[str, Any]:
    assert answer.status_code < 500, f"{answer.status_code} of {address}"
    said = json.loads(answer.content or b"{}")
    assert isinstance(said, dict)
    if answer.status_code >= 400:
        assert said["message"] and "extra" in said, said
    return said
