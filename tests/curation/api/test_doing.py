"""What is done by programs: the same services, rights and refusals as on the pages."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from PIL import Image as Pillow

from curation.models import (
    Adjudicators,
    Assignment,
    AuditEntry,
    Batch,
    Candidate,
    Comment,
    DataIssue,
    Image,
    Invitation,
    Membership,
    Mention,
    Project,
    Release,
    Source,
    User,
)
from curation.services.freeze import freeze
from curation.services.review import NewVote, record_votes
from tests.curation.api.conftest import Program
from tests.factories import decide, make_candidate, make_image, make_project, make_source, make_user

pytestmark = pytest.mark.django_db


def send(client: Client, method: str, address: str, body: Any = None) -> Any:
    content = b"" if body is None else json.dumps(body).encode()
    return client.generic(method, f"/api/v1/{address}", content, "application/json")


def ask(client: Client, method: str, address: str, body: Any = None) -> Any:
    """The answer's JSON, of a status that says yes."""
    answer = send(client, method, address, body)
    assert 200 <= answer.status_code < 300, answer.content
    return answer.json() if answer.content else None


def status(client: Client, method: str, address: str, body: Any = None) -> int:
    return int(send(client, method, address, body).status_code)


@pytest.fixture
def flora(lead: User) -> Project:
    """Three decided pictures, one a class, and one that is open."""
    project = make_project(key="flora")
    for label in project.classes.order_by("index"):
        decide(make_candidate(project, make_image(source="K")), label, lead)
    make_candidate(project, make_image(source="K"))
    return project


def flagged(project: Project) -> Candidate:
    candidate = project.candidates.get(state="open")
    vote = NewVote(id=uuid.uuid4(), candidate=candidate.pk, kind="flag", reason="blurred", flag="bad-image")
    record_votes(make_user(username="cora"), [vote])
    candidate.refresh_from_db()
    assert candidate.state == "flagged"
    return candidate


def test_settling_sending_back_and_taking_back(flora: Project, lead: User, program: Program) -> None:
    candidate, client = flagged(flora), program(lead)
    [row] = ask(client, "GET", "projects/flora/set-aside/")["results"]
    assert row["id"] == candidate.pk
    place = f"candidates/{candidate.pk}"
    case = ask(client, "GET", f"{place}/case/")
    assert [(vote["user"], vote["kind"]) for vote in case["votes"]] == [("cora", "flag")]
    assert [issue["kind"] for issue in case["issues"]] == ["bad-image"]
    assert status(client, "POST", f"{place}/settle/", {"label": "A", "seen": "decided 1 7"}) == 409
    made = ask(client, "POST", f"{place}/settle/", {"label": "A", "reason": "Clear.", "seen": row["seen"]})
    assert (made["label"], made["by"], made["rule"]) == ("class-a", "lea", "adjudicated")
    assert ask(client, "POST", f"{place}/settle/undo/")["state"] == "flagged"
    assert ask(client, "POST", f"{place}/send-back/", {"question": "Blurred?"})["state"] == "open"
    assert Comment.objects.get(candidate=candidate).text == "Blurred?"


def test_who_settles_is_said_by_the_policy(flora: Project, lead: User, admin: User, program: Program) -> None:
    candidate, curator = flagged(flora), make_user(username="cass")
    browser = Client()
    browser.force_login(curator)
    place = f"candidates/{candidate.pk}/settle/"
    assert status(browser, "POST", place, {"label": "A"}) == 403
    assert browser.get("/api/v1/projects/flora/set-aside/").status_code == 403
    Project.objects.update(adjudicators=Adjudicators.NAMED)
    Membership.objects.create(user=curator, project=flora, adjudicates=True)
    assert status(program(curator, "read", "review"), "POST", place, {"label": "A"}) == 403  # of the scope
    assert status(program(lead), "POST", place, {"label": "A"}) == 403  # leads are not named
    assert status(browser, "POST", place, {"label": "A"}) == 200


def test_people_and_invitations(admin: User, lead: User, program: Program) -> None:
    client = program(admin)
    made = ask(client, "POST", "people/", {"username": "nora", "role": "reader", "name": "New One"})
    nora = User.objects.get(username="nora")
    assert nora.check_password(made["password"])
    assert ask(client, "PATCH", "people/nora/", {"role": "curator"})["role"] == "curator"
    other = ask(client, "POST", "people/nora/password/")
    nora.refresh_from_db()
    assert nora.check_password(other["password"]) and not nora.check_password(made["password"])
    assert ask(client, "PATCH", "people/nora/", {"is_active": False})["is_active"] is False
    nora.refresh_from_db()
    assert (nora.role, nora.is_active) == ("curator", False)
    assert status(client, "PATCH", "people/ada/", {"role": "reader"}) == 409  # the last admin
    assert {row["username"] for row in ask(client, "GET", "people/")["results"]} == {"ada", "lea", "nora"}
    assert program(admin, "read").get("/api/v1/people/").status_code == 403
    assert program(lead).get("/api/v1/people/").status_code == 403
    link = ask(client, "POST", "invitations/", {"role": "curator", "note": "X"})
    assert Client().get(link["link"].partition("testserver")[2]).status_code == 200
    assert "link" not in ask(client, "GET", "invitations/")["results"][0]
    ask(client, "DELETE", f"invitations/{link['id']}/")
    assert Invitation.objects.get().revoked_at and AuditEntry.objects.filter(action="person.role").exists()


def test_a_team_its_work_and_what_is_said_to_it(flora: Project, lead: User, program: Program) -> None:
    client, curator = program(lead), make_user(username="cora")
    body = {"user": "cora", "label": "class-a"}
    made = ask(client, "POST", "projects/flora/assignments/", body)
    assert status(client, "POST", "projects/flora/assignments/", body) == 409
    assert status(client, "POST", "projects/flora/assignments/", {"user": "nobody"}) == 400
    hers = program(curator)
    assert ask(hers, "GET", "work/")["asked"][0]["assignment"]["label"] == "class-a"
    assert hers.get("/api/v1/work/?person=lea").status_code == 403
    assert ask(client, "GET", "work/?person=cora")["username"] == "cora"
    team = ask(client, "GET", "projects/flora/team/")["results"]
    assert [row["username"] for row in team] == ["cora", "lea"]
    ask(client, "DELETE", f"assignments/{made['id']}/")
    assert not Assignment.objects.exists()
    assert ask(hers, "PUT", "keys/", {"hand": "left", "keys": {"skip": "n"}})["hand"] == "left"
    assert status(hers, "PUT", "keys/", {"hand": "left", "keys": {"no-such": "n"}}) in (400, 409)
    candidate = flora.candidates.first()
    assert candidate is not None
    ask(client, "POST", f"candidates/{candidate.pk}/comments/", {"text": "@cora look"})
    [said] = ask(hers, "GET", "mentions/")["results"]
    assert (said["author"], said["text"], said["seen_at"]) == ("lea", "@cora look", None)
    assert ask(client, "POST", "mentions/seen/", {"mentions": [said["id"]]}) == {"seen": 0}  # not hers
    assert ask(hers, "POST", "mentions/seen/", {}) == {"seen": 1} and Mention.objects.get().seen_at


def test_policy_guidelines_classes_and_known_answers(flora: Project, lead: User, program: Program) -> None:
    client, label = program(lead), flora.classes.get(key="A")
    done = ask(client, "PATCH", "projects/flora/policy/", {"votes_needed": 2, "named": ["lea"]})
    assert (done["policy"]["votes_needed"], done["policy"]["named"]) == (2, ["lea"])
    assert set(done["changed"]) == {"votes_needed", "named"}
    assert status(client, "PATCH", "projects/flora/policy/", {"votes_needed": 2}) == 409
    assert status(client, "PATCH", "projects/flora/policy/", {"named": ["nobody"]}) == 400
    assert status(program(make_user()), "PATCH", "projects/flora/policy/", {"votes_needed": 1}) == 403
    picture = flora.candidates.filter(label=label).get()
    sections = {"class-a": {"text": "Whole.", "examples": [{"picture": picture.image.sha256}]}}
    body = {"intro": "Look.", "classes": sections, "based_on": 0}
    assert ask(client, "POST", "projects/flora/guidelines/", body)["number"] == 1
    late = body | {"intro": "Look twice."}
    assert status(client, "POST", "projects/flora/guidelines/", late) == 409  # another appeared since
    assert flora.guideline_versions.count() == 1
    assert status(client, "POST", "projects/flora/guidelines/", {"intro": "", "classes": {"x": {}}}) == 400
    told = ask(client, "GET", "projects/flora/guidelines/?version=1")["classes"][0]
    assert (told["label"], told["examples"][0]["picture"]) == ("class-a", picture.image.sha256)
    assert client.get("/api/v1/projects/flora/guidelines/?version=9").status_code == 404
    assert ask(client, "PATCH", f"classes/{label.pk}/", {"name": "Sheets"})["former_names"] == [label.name]
    back = {"labels": ["class-a"], "before": 1, "reason": "New text", "count_only": True}
    assert ask(client, "POST", "projects/flora/guidelines/send-back/", back) == {"pictures": 1}
    gold = ask(client, "POST", "projects/flora/gold/", {"candidate": picture.pk, "why": "By hand."})
    assert ask(client, "PATCH", f"gold/{gold['id']}/", {"active": False})["active"] is False
    assert status(client, "GET", "projects/flora/agreement/") == 404
    assert ask(client, "POST", "projects/flora/agreement/", {})["kind"] == "agreement"


def test_issues_are_closed_many_at_once_all_or_none(flora: Project, lead: User, program: Program) -> None:
    client = program(lead)
    rows = [
        DataIssue.objects.create(candidate=one, kind="other", text="x", opened_by=lead)
        for one in flora.candidates.all()
    ]
    ids = [row.pk for row in rows]
    no = {"issues": [*ids[:2], 999_999], "resolution": "Seen."}
    assert status(client, "POST", "projects/flora/issues/close/", no) == 409
    assert DataIssue.objects.filter(closed_at=None).count() == 4
    assert ask(client, "POST", "projects/flora/issues/close/", no | {"issues": ids[:2]}) == {"closed": 2}
    settled = {"resolution": "Seen.", "then": "settle", "label": "B"}
    decided = next(row for row in rows[2:] if row.candidate.state == "decided")
    assert ask(client, "POST", f"issues/{decided.pk}/close/", settled)["closed_by"] == "lea"
    decided.candidate.refresh_from_db()
    assert decided.candidate.label is not None and decided.candidate.label.key == "B"


def test_sources_rules_licences_and_hosts(flora: Project, admin: User, lead: User, program: Program) -> None:
    client = program(admin)
    made = ask(client, "POST", "sources/", {"code": "NEW", "name": "New one", "kind": "herbarium"})
    assert made["code"] == "NEW" and status(client, "POST", "sources/", {"code": "NEW", "name": "x"}) == 400
    assert ask(client, "PATCH", "sources/NEW/", {"country": "GB"})["country"] == "GB"
    assert status(program(lead), "PATCH", "sources/NEW/", {"country": "FR"}) == 403
    rule = ask(client, "POST", "source-rules/", {"source": "NEW", "institution_code": "N"})
    assert rule["records"] == 0
    place = f"source-rules/{rule['rule']['id']}/"
    changed = ask(client, "PUT", place, {"source": "NEW", "collection_code": "C"})
    assert changed["rule"]["institution_code"] == ""
    ask(client, "DELETE", place)
    policy = "projects/flora/licences/"
    kept = [one["code"] for one in ask(client, "GET", policy)["licences"] if one["verdict"] == "accept"]
    fewer = {"accepted": [code for code in kept if code != "CC-BY"]}
    refused = client.put(f"/api/v1/{policy}", fewer, "application/json")
    assert refused.status_code == 409 and refused.json()["extra"]["decided"] == 3
    after = ask(client, "PUT", policy, fewer | {"confirmed": True})["licences"]
    assert {one["code"]: one["verdict"] for one in after}["CC-BY"] == "refuse"
    assert status(client, "PUT", "hosts/nowhere.example/", {"connections": 1}) == 404
    assert ask(client, "GET", "licence-texts/open/")["results"] == []


def test_groups_of_duplicates(flora: Project, lead: User, program: Program) -> None:
    client = program(lead)
    first, second, third = Image.objects.order_by("sha256")[:3]  # a group is called by its first
    Image.objects.filter(pk__in=[second.pk, third.pk]).update(group=first.group, dhash=first.dhash)
    [group] = ask(client, "GET", "duplicate-groups/?settled=open")["results"]
    assert group["total"] == 3 and {one["id"] for one in group["members"]} == {first.pk, second.pk, third.pk}
    ruling = {"do": "split", "group": group["name"], "seen": group["seen"], "images": [third.pk]}
    made = ask(client, "POST", "duplicate-groups/rulings/", ruling)
    assert status(client, "POST", "duplicate-groups/rulings/", ruling) == 409  # not as it was seen any more
    assert len(ask(client, "GET", f"duplicate-groups/{group['name']}/")["members"]) == 2
    ask(client, "POST", "duplicate-groups/rulings/", {"do": "undo", "entry": made["entry"]})
    assert len(ask(client, "GET", f"duplicate-groups/{group['name']}/")["members"]) == 3
    assert status(client, "POST", "duplicate-groups/rulings/", {"do": "keep"}) == 409
    assert ask(client, "GET", "projects/flora/near-pairs/")["results"] == []
    assert status(client, "POST", "projects/flora/near-pairs/", {}) == 409  # no features yet


def jpeg(colour: str) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (300, 200), colour).save(out, "JPEG")
    return out.getvalue()


def test_pictures_are_sent_one_by_one_and_brought_in(flora: Project, admin: User, program: Program) -> None:
    client, upload = program(admin), uuid.uuid4()

    def put(path: str, content: bytes) -> Any:
        place = f"/api/v1/uploads/{upload}/?path={path}"
        return client.put(place, content, "application/octet-stream")

    assert put("a/one.jpg", jpeg("red")).json() == {"bytes": len(jpeg("red"))}
    assert put("a/one.jpg", jpeg("blue")).status_code == 201  # the same name again
    refused = put("../two.jpg", b"x")
    assert refused.status_code == 409 and refused["Content-Type"] == "application/problem+json"
    assert put("", b"x").status_code == 400
    assert ask(client, "GET", f"uploads/{upload}/")["files"] == 1
    body: dict[str, Any] = {"upload": str(upload), "project": "flora", "source": "K"}
    assert status(client, "POST", "batches/", body) == 400  # pictures need a licence
    made = ask(client, "POST", "batches/", body | {"licence": "CC-BY-4.0"})
    batch = Batch.objects.get(pk=made["id"])
    assert (made["project"], made["source"], batch.created_by) == ("flora", "K", admin)
    assert batch.job is not None and batch.job.state == "queued"
    assert status(client, "POST", "batches/", body | {"licence": "CC-BY-4.0"}) == 409  # handed in already
    told = ask(client, "GET", f"batches/{batch.pk}/")
    assert told["batch"]["id"] == batch.pk and told["keeps"]
    assert ask(client, "GET", "batches/?state=running")["results"][0]["id"] == batch.pk
    assert status(client, "POST", f"batches/{batch.pk}/import/") == 409
    assert client.get("/api/v1/batches/?state=odd").status_code == 400


@pytest.fixture
def release(flora: Project, lead: User) -> Release:
    for label in flora.classes.all():
        for _each in range(2):
            decide(make_candidate(flora, make_image(source="K")), label, lead)
    return freeze(flora, seed=1, name="flora-1", train=1, test=1, validate=1)


def test_a_page_is_written_opened_and_closed(release: Release, admin: User, program: Program) -> None:
    client, anybody = program(admin), Client()
    page = ask(client, "PATCH", "releases/flora-1/page/", {"title": "Sheets", "creators": ["A. Person"]})
    assert (page["title"], page["is_public"]) == ("Sheets", False)
    assert anybody.get("/r/flora-1/").status_code == 404
    opened = ask(client, "POST", "releases/flora-1/page/open/")
    assert opened["is_public"] and "Sheets" in anybody.get(opened["address"]).content.decode()
    kept = ask(client, "PATCH", "releases/flora-1/page/", {"doi": "10.5061/dryad.abc"})
    assert (kept["title"], kept["doi"]) == ("Sheets", "10.5061/dryad.abc")  # what was left out stays
    ask(client, "POST", "releases/flora-1/page/close/")
    assert anybody.get("/r/flora-1/").status_code == 404


def test_what_differs_between_releases_and_what_was_left_out(
    release: Release, flora: Project, lead: User, program: Program
) -> None:
    client = program(lead)
    for label in flora.classes.all():
        decide(make_candidate(flora, make_image(source="S")), label, lead)
    freeze(flora, seed=1, name="flora-2", train=2, test=1, validate=1)
    told = ask(client, "GET", "release-diff/?before=flora-1&after=flora-2")
    assert told["counts"]["added"] == 3 and told["tables"][0]["columns"]
    found, following = [], "/api/v1/release-diff/pictures/?before=flora-1&after=flora-2&change=added&limit=2"
    while following:
        stretch = client.get(following).json()
        found += stretch["results"]
        following = stretch["next"]
    assert len({row["sha256"] for row in found}) == 3 and found[0]["changes"] == ["added"]
    assert client.get("/api/v1/release-diff/?before=flora-1").status_code == 400
    left = ask(client, "GET", "releases/flora-1/left-out/?reason=undecided")["results"]
    assert len(left) == 1
    manifest = client.get("/api/v1/releases/flora-1/manifest/")
    assert release.members.first().sha256.encode() in b"".join(manifest.streaming_content)  # type: ignore[union-attr, attr-defined]


def test_what_is_short_is_told_to_leads_and_frozen_by_admins(
    flora: Project, lead: User, admin: User, program: Program, client: Client
) -> None:
    body = {"train": 1, "test": 1, "validate": 1}
    told = ask(program(lead), "POST", "projects/flora/supply/", body)
    assert not told["ready"] and {row["missing"] for row in told["classes"]} == {2}
    assert ask(program(lead), "POST", "projects/flora/ahead/", body) == {"moved": 0}
    assert status(program(lead), "POST", "projects/flora/ahead/", body | {"label": "none"}) == 404
    assert status(program(lead), "POST", "projects/flora/supply/", {"uses": {"X": "in"}}) in (200, 400)
    # The page and the API: leads look, admins freeze.
    assert status(program(lead), "POST", "projects/flora/freeze/", {"seed": 1}) == 403
    assert status(program(admin), "POST", "projects/flora/freeze/", {"seed": 1}) == 202
    each = {"seed": 1, "each": True, "train": 1, "test": 0, "validate": 0}
    assert status(program(admin), "POST", "projects/flora/freeze/", each | {"test_sources": ["K"]}) == 409
    client.force_login(lead)
    assert client.get("/projects/flora/freeze/").status_code == 200
    assert client.post("/projects/flora/freeze/", {"seed": 1}).status_code == 403


def test_figures_are_those_of_the_pages(release: Release, lead: User, program: Program) -> None:
    client, curator = program(lead), make_user(username="cora")
    tables = {one["key"]: one for one in ask(client, "GET", "figures/projects/flora/")["tables"]}
    page = Client()
    page.force_login(lead)
    key = next(iter(tables))
    lines = page.get(f"/dashboards/projects/flora/tables/{key}.csv")
    rows = b"".join(lines.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert rows[0].split(",") == [column["key"] for column in tables[key]["columns"]]
    assert client.get("/api/v1/figures/projects/flora/?project=flora").status_code == 400
    assert client.get("/api/v1/figures/projects/flora/?from=2026-02-30").status_code == 400
    assert ask(client, "GET", "figures/sources/K/")["tables"]
    assert ask(client, "GET", "figures/sources/K/card/")["source"] == "K"
    assert program(curator).get("/api/v1/figures/reviewers/lea/").status_code == 403
    assert ask(program(curator), "GET", "figures/reviewers/cora/")["tables"]


def test_the_audit_is_for_leads_of_projects_and_for_admins_whole(
    flora: Project, lead: User, admin: User, program: Program
) -> None:
    ask(program(admin), "POST", "sources/", {"code": "NEW", "name": "New one", "kind": "herbarium"})
    ask(program(lead), "PATCH", "projects/flora/policy/", {"votes_needed": 2})
    actions = {row["action"] for row in ask(program(lead), "GET", "audit/")["results"]}
    assert "policy.change" in actions and "source.add" not in actions
    [row] = ask(program(admin), "GET", "audit/?action=source")["results"]
    assert (row["actor"], row["subject"]) == ("ada", "NEW")
    assert program(make_user()).get("/api/v1/audit/").status_code == 403


def test_projects_and_annotations(admin: User, lead: User, program: Program) -> None:
    body = {"kind": "identification", "title": "Two kinds", "classes": "A: Apple\nB: Pear"}
    made = ask(program(admin), "POST", "projects/", body)
    assert [label["key"] for label in made["classes"]] == ["A", "B"]
    assert status(program(lead), "POST", "projects/", body) == 403
    project = Project.objects.get(key=made["key"])
    candidate = make_candidate(project)
    said = {"completed_by": "c@example.org", "result": [{"type": "choices", "value": {"choices": ["apple"]}}]}
    tasks = [{"data": {"sha256": candidate.image.sha256}, "annotations": [said | {"id": 1}]}]
    place = f"projects/{project.key}/labels/import/"
    rehearsed = ask(program(lead), "POST", place, {"tasks": tasks, "rehearse": True})
    assert (rehearsed["saved"], rehearsed["wrong"]) == (0, 1)  # nobody is named for the annotator
    told = {"tasks": tasks, "users": {"c@example.org": make_user(username="cora").username}}
    assert ask(program(lead), "POST", place, told)["saved"] == 1
    assert ask(program(lead), "POST", place, told)["known"] == 1
    assert program(lead).get(f"/api/v1/projects/{project.key}/labels/votes/tsv/").status_code == 200
    assert Source.objects.exists() and make_source("S9").code == "S9"
