"""The page of a new project: who sees it, what it makes, and what it refuses in words."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from curation.errors import Refused
from curation.models import AuditEntry, Project
from curation.services.new_project import new_project
from tests.curation.conftest import AsRole
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db
PAGE = "/projects/new/"
CONDITION = {"kind": "condition", "title": "Mercury on sheets"}


@pytest.fixture
def admin(as_role: AsRole) -> Client:
    return as_role("admin")


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("lead", 403), ("curator", 403), ("reader", 403)]
)
def test_only_admins_make_projects(as_role: AsRole, role: str, status: int) -> None:
    client = as_role(role)
    assert client.get(PAGE).status_code == status
    posted = client.post(PAGE, CONDITION)
    assert posted.status_code == (302 if role == "admin" else 403)
    assert Project.objects.exists() == (role == "admin")


def test_strangers_sign_in_first(as_role: AsRole) -> None:
    assert reverse("login") in as_role("").get(PAGE).url  # type: ignore[attr-defined]


def test_the_service_itself_asks_for_the_role() -> None:
    with pytest.raises(Refused, match="needs the role admin"):
        new_project(make_user("lead"), kind="condition", title="T")


@pytest.mark.parametrize(("role", "shown"), [("admin", True), ("lead", False)])
def test_the_home_page_leads_there(as_role: AsRole, role: str, shown: bool) -> None:
    assert (PAGE in as_role(role).get("/").content.decode()) == shown
    make_project()
    assert (PAGE in as_role(role).get("/").content.decode()) == shown


def test_a_condition_project_begins_with_clean_and_contaminated(admin: Client) -> None:
    page = admin.post(PAGE, CONDITION, follow=True)
    project = Project.objects.get()
    assert page.redirect_chain == [("/projects/mercury-on-sheets/", 302)]
    assert (project.kind, project.title) == ("condition", "Mercury on sheets")
    assert list(project.classes.order_by("index").values_list("index", "key", "name", "slug", "plural")) == [
        (0, "C", "Clean", "clean", "Clean sheets"),
        (1, "X", "Contaminated", "contaminated", "Contaminated sheets"),
    ]
    assert project.classes.get(index=1).translations["es"]["name"] == "Contaminado"
    assert (project.train, project.validate, project.test) == (700, 200, 100)
    assert "Clean is the sound class" in page.content.decode()
    row = AuditEntry.objects.get(action="project.new")
    assert (row.project, row.detail["classes"]) == (project, ["Clean", "Contaminated"])


def test_the_other_kind_begins_with_the_published_classes(admin: Client) -> None:
    admin.post(PAGE, {"kind": "identification", "title": "Kinds of pictures", "key": "kinds"})
    project = Project.objects.get(key="kinds")
    assert (project.kind, project.classes.count(), project.target) == ("identification", 17, 12_288)


def test_classes_of_one_s_own_with_letters_given_and_found(admin: Client) -> None:
    lines = "S: Sound\n\nEaten by insects\n  m = Mouldy \nEaten twice\nШ"
    admin.post(PAGE, CONDITION | {"classes": lines, "train": 7, "validate": 2, "test": 1})
    project = Project.objects.get()
    assert list(project.classes.order_by("index").values_list("key", "name", "slug")) == [
        ("S", "Sound", "sound"),
        ("E", "Eaten by insects", "eaten-by-insects"),
        ("M", "Mouldy", "mouldy"),
        ("A", "Eaten twice", "eaten-twice"),
        ("B", "Ш", "class-5"),
    ]
    assert project.target == 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "required"),
        ({"kind": "weather"}, "valid choice"),
        ({"key": "new"}, "is taken"),
        ({"title": "!!!"}, "Give a key"),
        ({"key": "two words"}, "letters, numbers, underscores or hyphens"),
        ({"key": "taken"}, "already"),
        ({"classes": "Clean"}, "at least one condition after it"),
        ({"classes": "C: Clean\nC: Mouldy"}, "Clean has the same key"),
        ({"classes": "Clean\nclean"}, "has the same name"),
        ({"classes": "Clean\n" + "x" * 90}, "Line 2"),
        ({"classes": "\n".join(f"Class {n}" for n in range(27))}, "at most 26 classes"),
        ({"train": "-1"}, "greater than or equal to 0"),
        ({"train": "10000001"}, "less than or equal to"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    admin: Client, change: dict[str, str], words: str
) -> None:
    make_project(key="taken")
    page = admin.post(PAGE, CONDITION | change)
    assert page.status_code == 400
    assert words in page.content.decode()
    assert 'class="errorlist' in page.content.decode()
    assert ("<details open>" in page.content.decode()) == bool(
        {"key", "train"} & set(change) or words == "Give a key"
    )
    assert Project.objects.count() == 1


def test_the_class_page_says_which_class_is_the_sound_one(as_role: AsRole) -> None:
    project = new_project(make_user("admin"), **CONDITION)
    lead = as_role("lead")
    sound = lead.get(reverse("label_class", args=[project.key, "clean"])).content.decode()
    assert "This is the sound class" in sound
    other = lead.get(reverse("label_class", args=[project.key, "contaminated"])).content.decode()
    assert "The first class, Clean, is the sound one" in other
    plain = make_project()
    assert "sound" not in lead.get(reverse("label_class", args=[plain.key, "class-a"])).content.decode()
