"""Label Studio's tasks out and in: the same labels on the other side, nothing twice, every error named."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Project, User, Vote
from curation.selectors.label_rows import Scope
from curation.services.labels.label_studio import choices, config, tasks
from curation.services.labels.take_in import People, Report, read_map, take_in, voter_named
from curation.services.labels.tasks import PIECE, Wrong, read_file
from tests.curation.labels.conftest import Herbarium, plant
from tests.factories import make_candidate, make_image, make_project, make_user

pytestmark = pytest.mark.django_db


def written(project: Project, path: Path, images: str | None = None, **scope: Any) -> list[dict[str, Any]]:
    path.write_bytes(b"".join(tasks(Scope(project, **scope), images)))
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


def taken(project: Project, path: Path, content: Any, users: dict[str, User] | User) -> Report:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    people = People({}, users) if isinstance(users, User) else People(users)
    return take_in(project, path, people)


def task(image: str = "", *said: str, **more: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"image": image}, "annotations": [answer(slug) for slug in said]} | more


def answer(slug: str, **more: Any) -> dict[str, Any]:
    value = {"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": [slug]}}
    return {"id": 5, "completed_by": 1, "result": [value]} | more


@pytest.fixture
def flora(db: None) -> Project:
    project = make_project(3, key="empty")
    for name in ("one.jpg", "two.jpg", "box/three.jpg"):
        make_candidate(project, make_image(original_name=name))
    return project


def test_tasks_have_the_documented_shape(herbarium: Herbarium, tmp_path: Path) -> None:
    found = {task["data"]["sha256"]: task for task in written(herbarium.project, tmp_path / "t.json")}
    assert len(found) == len(herbarium.pictures)
    agreed = herbarium.pictures["agreed"].image
    one = found[agreed.sha256]
    assert one["data"]["image"] == "https://example.org/0.jpg"
    assert one["meta"]["licence"] == "CC-BY-4.0" and one["meta"]["source"] == agreed.source.code
    assert one["meta"]["sha256"] == agreed.sha256 and one["meta"]["file_name"] == "box 0/sheet.jpg"
    [prediction] = one["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("tiny", 0.65)
    assert prediction["result"][0]["value"] == {"choices": ["class-b"]}
    ada, ben = one["annotations"]
    assert ada["result"] == [
        {
            "id": str(herbarium.votes["ada agreed"].pk),
            "from_name": "label",
            "to_name": "image",
            "type": "choices",
            "value": {"choices": ["class-a"]},
        }
    ]
    assert (ada["lead_time"], ada["was_cancelled"], ada["ground_truth"]) == (1.234, False, False)
    # Label Studio refuses a file with annotators that it does not know.
    assert "completed_by" not in ada and (ada["reviewer"], ben["reviewer"]) == ("reviewer-1", "reviewer-2")
    known = found[herbarium.pictures["known"].image.sha256]
    assert [each["ground_truth"] for each in known["annotations"]] == [True, True]
    assert found[herbarium.pictures["undone"].image.sha256]["annotations"] == []
    assert len(found[herbarium.pictures["back"].image.sha256]["annotations"]) == 1


def test_names_and_local_files_where_asked_for(herbarium: Herbarium, tmp_path: Path) -> None:
    prefix = "/data/local-files/?d=flora/"
    found = written(herbarium.project, tmp_path / "t.json", prefix, names=True)
    assert all(each["data"]["image"] == f"{prefix}{each['data']['sha256']}.jpg" for each in found)
    people = {said["completed_by"]["email"] for each in found for said in each["annotations"]}
    assert people == {user.username for user in herbarium.people.values()}


def test_a_project_without_pictures_is_an_empty_array(tmp_path: Path) -> None:
    assert written(make_project(2), tmp_path / "t.json") == []


def test_the_configuration_names_and_escapes_every_class(flora: Project) -> None:
    flora.classes.filter(key="B").update(name='Leaves & "stems" <dry>')
    root = ElementTree.fromstring(config(choices(flora)))
    found = [
        (choice.get("value"), choice.get("alias"), choice.get("hotkey")) for choice in root.iter("Choice")
    ]
    assert found == [
        ("Class A", "class-a", "a"),
        ('Leaves & "stems" <dry>', "class-b", "b"),
        ("Class C", "class-c", "c"),
    ]


def test_there_and_back_gives_the_same_labels(herbarium: Herbarium, tmp_path: Path) -> None:
    written(herbarium.project, tmp_path / "t.json")
    images = {name: candidate.image for name, candidate in herbarium.pictures.items()}
    other = plant("again", images=images)
    users = {f"reviewer-{n}": other.people[who] for n, who in enumerate(("ada", "ben", "lead", "cleo"), 1)}
    report = take_in(other.project, tmp_path / "t.json", People(users))
    assert (report.problems, report.tasks, report.saved) == ([], 7, 8)

    def said(of: Herbarium) -> set[tuple[str, str, str, int | None]]:
        counting = Vote.objects.counting().filter(candidate__project=of.project, kind="label")
        return {
            (name, vote.user.username.partition("-")[2], vote.label.slug, vote.milliseconds)
            for vote in counting.select_related("user", "label")
            for name, candidate in of.pictures.items()
            if candidate.pk == vote.candidate_id and vote.label
        }

    assert said(other) == said(herbarium)
    decided = other.project.candidates.filter(state="decided").values_list("image__sha256", "label__slug")
    assert dict(decided) == {
        images["agreed"].sha256: "class-a",
        images["known"].sha256: "class-c",
    }
    # Again: nothing is doubled.
    again = take_in(other.project, tmp_path / "t.json", People(users))
    assert (again.saved, again.known, again.problems) == (0, 8, [])
    assert AuditEntry.objects.filter(action="labels.import").count() == 2


def test_votes_that_come_home_are_not_doubled(herbarium: Herbarium, tmp_path: Path) -> None:
    found = written(herbarium.project, tmp_path / "t.json")
    before = Vote.objects.count()
    for each in found:  # as Label Studio gives them back: ids and annotators of its own
        for n, annotation in enumerate(each["annotations"]):
            annotation |= {"id": n, "unique_id": str(uuid.uuid4()), "completed_by": 1}
    report = taken(herbarium.project, tmp_path / "back.json", found, make_user())
    assert (report.saved, report.known, report.problems) == (0, 8, [])
    assert Vote.objects.count() == before


@pytest.mark.parametrize(
    "make",
    [
        lambda image: task("x.jpg", "class-a", meta={"sha256": image.sha256}),
        lambda image: {**task("", "class-a"), "data": {"sha256": image.sha256}},
        lambda image: task(f"{image.sha256}.jpg", "class-a"),
        lambda image: task(f"/data/local-files/?d=flora/{image.sha256}.jpg", "class-a"),
        lambda image: task("https://example.org/one", "class-a"),
        lambda image: task("one.jpg", "class-a"),
        lambda image: task("/data/upload/7/0a1b2c3d-one.jpg", "class-a"),
        lambda image: task("s3://bucket/any/one.jpg?v=2", "class-a"),
        lambda image: task("", "Class A", meta={"file_name": "one.jpg"}),
        lambda image: task("one.jpg", "Old A"),
    ],
)
def test_pictures_and_classes_are_found_by_what_they_may_be_called(
    flora: Project, tmp_path: Path, make: Callable[[Any], dict[str, Any]]
) -> None:
    flora.classes.filter(key="A").update(former_names=["Old A"])
    candidate = flora.candidates.order_by("id")[0]
    candidate.image.access_uri = "https://example.org/one"
    candidate.image.save()
    report = taken(flora, tmp_path / "t.json", [make(candidate.image)], make_user())
    assert report.problems == []
    candidate.refresh_from_db()
    assert candidate.label is not None and candidate.label.slug == "class-a"


WRONG: list[tuple[Any, str]] = [
    (task("gone.jpg", "class-a"), 'task 2, data.image = "gone.jpg": no picture of empty is called so'),
    (task("", meta={"sha256": "0" * 64}), "task 2, sha256 ="),
    (task("", meta={"sha256": "xyz"}), 'sha256 = "xyz": expected 64 digits'),
    (task("one.jpg", "class-x"), "expected one of class-a, class-b, class-c"),
    (task("one.jpg", annotations=[answer("class-a", completed_by=9)]), 'completed_by = "9": stands for'),
    (task("one.jpg", annotations=[answer("class-a", completed_by={"email": "x@y.z"})]), '"x@y.z": stands'),
    (task("one.jpg", annotations=[answer("class-a", completed_by=[1])]), "completed_by = [1]: expected"),
    (task("one.jpg", annotations=[answer("class-a", lead_time="soon")]), 'lead_time = "soon": expected'),
    (task("one.jpg", annotations=[answer("class-a", lead_time=-1)]), "lead_time = -1"),
    (task("one.jpg", annotations=[answer("class-a", result=[])]), "expected one result of the type"),
    (task("one.jpg", annotations=[answer("class-a", result="x")]), 'result = "x": expected an array'),
    (task("one.jpg", annotations=["x"]), 'annotations[1] = "x": expected an object'),
    (task("one.jpg", annotations={}), "annotations = {}: expected an array"),
    (task(""), "names no picture"),
    ({"data": {"image": 5}}, "data.image = 5"),
    ({"image": "one.jpg"}, "a task is an object with an object `data`"),
    (5, "task 2, data = 5"),
    (task("\0\ud800.jpg", "class-a"), "no picture of empty is called so"),
    (task("http://[", "class-a"), "no picture of empty is called so"),
    (
        task("one.jpg", annotations=[answer("class-a", id=1), answer("class-b", id=2)]),
        "You called this picture Class A before",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_what_is_wrong_is_named_and_the_rest_goes_in(
    flora: Project, tmp_path: Path, wrong: Any, said: str
) -> None:
    users = {"1": make_user()}
    content = [task("two.jpg", "class-b"), wrong, task("three.jpg", "class-c")]
    report = taken(flora, tmp_path / "t.json", content, users)
    assert len(report.problems) == 1 and said in str(report.problems[0])
    assert report.problems[0].task == 2 and report.tasks == 3
    decided = flora.candidates.filter(state="decided").exclude(image__original_name="one.jpg")
    assert sorted(decided.values_list("label__slug", flat=True)) == ["class-b", "class-c"]


@pytest.mark.parametrize(
    ("content", "said", "good"),
    [
        ("", 'content = "": expected a JSON array', 0),
        ('{"id": 1}', "expected a JSON array", 0),
        ("[", "the file ends after task 0", 0),
        (json.dumps([task("one.jpg", "class-a")])[:-1], "the file ends after task 1", 1),
        (json.dumps([task("one.jpg", "class-a")])[:-1] + ', {"da', "task 2 is not JSON", 1),
        ("[" + "[" * 100_000, "task 1 is not JSON", 0),
        ("[1" + "0" * 5000 + "]", "task 1 is not JSON", 0),
        ("[nothing]", "task 1 is not JSON", 0),
    ],
)
def test_a_file_that_is_none_is_named_and_what_came_before_goes_in(
    flora: Project, tmp_path: Path, content: str, said: str, good: int
) -> None:
    report = taken(flora, tmp_path / "t.json", content, make_user())
    assert [problem.task for problem in report.problems] == [0] and said in str(report.problems[0])
    assert report.saved == good


def test_bytes_that_are_no_text_are_named(flora: Project, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(b'[{"data": "\xff\xfe"}]')
    report = take_in(flora, tmp_path / "t.json", People({}, make_user()))
    assert "not UTF-8" in str(report.problems[0])


def test_tasks_are_read_across_the_pieces_of_a_file(tmp_path: Path) -> None:
    values = [{"data": {"image": f"é{n}" * 9}} for n in range(40_000)]
    (tmp_path / "t.json").write_text("\ufeff" + json.dumps(values, ensure_ascii=False, indent=1))
    assert (tmp_path / "t.json").stat().st_size > 3 * PIECE
    assert [value for _number, value in read_file(tmp_path / "t.json")] == values
    (tmp_path / "n.json").write_text("[" + "7" * 10 + " " * PIECE + "]")
    assert list(read_file(tmp_path / "n.json")) == [(1, 7777777777)]
    (tmp_path / "cut.json").write_text(json.dumps(values)[:-5])
    with pytest.raises(Wrong, match="40,000 is not JSON"):
        list(read_file(tmp_path / "cut.json"))


def test_two_pictures_of_one_name_are_told_apart_by_hash_alone(flora: Project, tmp_path: Path) -> None:
    make_candidate(flora, make_image(original_name="other/one.jpg"))
    report = taken(flora, tmp_path / "t.json", [task("one.jpg", "class-a")], make_user())
    assert "2 pictures of empty are called so" in str(report.problems[0]) and not report.saved


def test_cancelled_annotations_say_nothing(flora: Project, tmp_path: Path) -> None:
    content = [task("one.jpg", annotations=[answer("class-a", was_cancelled=True, result=[])])]
    report = taken(flora, tmp_path / "t.json", content, make_user())
    assert (report.cancelled, report.saved, report.problems) == (1, 0, [])


def test_a_changed_annotation_is_refused_and_not_a_second_vote(flora: Project, tmp_path: Path) -> None:
    user = make_user()
    assert taken(flora, tmp_path / "t.json", [task("one.jpg", "class-a")], user).saved == 1
    report = taken(flora, tmp_path / "t.json", [task("one.jpg", "class-b")], user)
    assert "was used for another vote" in str(report.problems[0]) and Vote.objects.count() == 1


def test_a_time_that_no_vote_can_hold_is_left_out(flora: Project, tmp_path: Path) -> None:
    content = [task("one.jpg", annotations=[answer("class-a", lead_time=10**400)])]
    assert taken(flora, tmp_path / "t.json", content, make_user()).problems == []
    assert Vote.objects.get().milliseconds is None


def test_the_map_of_users_is_checked_line_by_line(tmp_path: Path) -> None:
    curator = make_user("curator", username="cora")
    make_user("reader", username="rita")
    path = tmp_path / "map.tsv"
    path.write_text("a@example.org\tcora\n7\tcora\n")
    assert read_map(path) == {"a@example.org": curator, "7": curator}
    for text, said in (
        ("7\tcora\n8", "map.tsv, line 2: expected two cells"),
        ("7\tnobody\n", "line 1: There is no user 'nobody'"),
        ("7\trita\n", "line 1: User 'rita' is reader; votes need the role curator"),
        ("7\tcora\n7\tcora\n", "line 2: '7' stands there already"),
    ):
        path.write_text(text)
        with pytest.raises(Refused, match=said):
            read_map(path)
    with pytest.raises(Refused, match="no user"):
        voter_named("\0")
