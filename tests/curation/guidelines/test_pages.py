"""Reading, writing and sending back, through the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Guideline, Job, Project, User
from curation.services.guidelines import NewExample, publish
from tests.factories import make_candidate, make_decided, make_image, make_model, make_prediction, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(lead: User) -> Client:
    signed_in = Client()
    signed_in.force_login(lead)
    return signed_in


def edit(client: Client, project: Project, **changes: Any) -> Any:
    """Send the form as the page holds it, with `changes`."""
    a = project.classes.get(key="A")
    data = {"based_on": 1, "intro": "Look twice.", f"text-{a.pk}": "A pressed plant.", "note": "A is told"}
    return client.post(reverse("guidelines_edit", args=["flora"]), data | changes)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_an_example_is_given_by_any_address_of_the_picture(client: Client, project: Project) -> None:
    a = project.classes.get(key="A")
    one, two = make_image(), make_image()
    rows = {
        f"image-{a.pk}": [
            f"https://here.example/images/{one.sha256}/",
            "",
            f"/pictures/thumb/{two.sha256.upper()}.jpg",
        ],
        f"kind-{a.pk}": ["shows", "shows", "counter"],
        f"caption-{a.pk}": ["Fine", "dropped", "A drawing"],
    }
    response = edit(client, project, **rows)
    assert response["Location"] == reverse("guidelines_send_back", args=["flora"])
    made = Guideline.objects.get(number=2)
    said = [(one.image, one.counter, one.caption) for one in made.sections.get(label=a).examples.all()]
    assert said == [(one, False, "Fine"), (two, True, "A drawing")]
    page = text(client.get(reverse("guidelines", args=["flora"])))
    assert (
        "Version 2" in page and "A pressed plant." in page and "Not Class A" in page and "A drawing" in page
    )


def test_what_is_refused_keeps_what_was_typed(client: Client, project: Project) -> None:
    a = project.classes.get(key="A")
    wrong = {f"image-{a.pk}": "not a picture", f"kind-{a.pk}": "shows", f"caption-{a.pk}": "Mine"}
    response = edit(client, project, intro="Typed <b>here</b>", **wrong)
    assert response.status_code == 400
    page = text(response)
    assert "Class A: &#x27;not a picture&#x27; is no picture here" in page
    assert "Typed &lt;b&gt;here&lt;/b&gt;" in page and 'value="Mine"' in page
    assert Guideline.objects.count() == 1


def test_a_preview_publishes_nothing(client: Client, project: Project) -> None:
    response = edit(client, project, do="preview", intro="Not yet.")
    assert response.status_code == 200
    assert "Preview: nothing is published yet" in text(response)
    assert Guideline.objects.count() == 1


def test_whoever_is_overtaken_goes_on_with_both_versions(client: Client, project: Project) -> None:
    a, b, _ = project.classes.all()
    other = make_user("lead", first_name="Otto Other")
    publish(
        other,
        project,
        intro="Look thrice.",
        sections={a.pk: "Theirs", b.pk: "A slide."},
        examples={b.pk: [NewExample(make_image().sha256)]},
    )
    response = edit(client, project)
    assert response.status_code == 409
    page = text(response)
    assert "Version 2 by Otto Other appeared meanwhile" in page
    assert "Both of you changed: Class A." in page
    draft = response.context["draft"]
    # Left alone by me: theirs. Changed by me: mine.
    assert (draft.based_on, draft.intro) == (2, "Look thrice.")
    assert [section.text for section in draft.sections] == ["A pressed plant.", "A slide.", ""]
    assert len(draft.sections[1].rows) == 1
    assert Guideline.objects.count() == 2


def test_an_older_version_says_what_it_changed(client: Client, project: Project) -> None:
    edit(client, project)
    edit(client, project, based_on=2, intro="Look <i>three</i> times.")
    page = text(client.get(reverse("guidelines", args=["flora"]), {"version": 2}))
    assert "What version 2 changed" in page and "<ins>A pressed plant.</ins>" in page
    assert "not the current one" in page
    page = text(client.get(reverse("guidelines", args=["flora"]), {"version": 3}))
    assert "<del>twice.</del><ins>&lt;i&gt;three&lt;/i&gt; times.</ins>" in page
    for wrong in ("9", "0", "x", "9" * 18):
        answer = client.get(reverse("guidelines", args=["flora"]), {"version": wrong})
        assert answer.status_code == 404, wrong


def test_pictures_to_pick_from(client: Client, project: Project, lead: User) -> None:
    a, b, _ = project.classes.all()
    mine, other = make_decided(project, a, lead), make_decided(project, b, lead)
    taken = make_decided(project, b, lead)
    model = make_model([label.name for label in project.classes.all()])
    make_prediction(taken, model, [0.8, 0.1, 0.1])
    make_candidate(project)
    where = reverse("guidelines_pictures", args=["flora"])

    def offered(**asked: Any) -> list[Any]:
        return [one.pk for one in client.get(where, {"class": a.pk} | asked).context["found"]]

    assert offered() == [mine.pk]
    assert offered(kind="counter") == [taken.pk, other.pk]
    assert client.get(where, {"class": 0}).status_code == 404


def test_decisions_go_back_after_their_number_was_seen(client: Client, project: Project) -> None:
    a, b, _ = project.classes.all()
    for label in (a, a, b):
        make_decided(project, label, make_user())
    edit(client, project)
    where = reverse("guidelines_send_back", args=["flora"])
    page = client.get(where)
    assert "2 decisions were made under earlier versions of the changed classes" in text(page)
    form = page.context["form"]
    data = form.initial | {"labels": [a.pk, b.pk]}
    counted = client.post(where, data | {"do": "count"})
    assert "3 decisions fit the choice" in text(counted) and not Job.objects.exists()
    # What is decided between count and confirmation does not go along.
    make_decided(project, b, make_user())
    sent = client.post(where, data | {"do": "send"})
    job = Job.objects.get(kind="reopen")
    assert sent["Location"] == reverse("job", args=[job.pk])
    assert job.total == 3
    refused = client.post(where, data | {"labels": [], "do": "send"})
    assert refused.status_code == 400 and "at least one class" in text(refused)
    assert client.post(where, data | {"share": "0", "do": "count"}).status_code == 400


def test_a_class_is_saved_and_errors_stand_beside_their_field(client: Client, project: Project) -> None:
    where = reverse("label_class", args=["flora", "class-a"])
    page = text(client.get(where))
    assert "In the project’s own words" in page and "Spanish" in page
    data = {"name": "Pressed", "plural": "Pressed ones", "key": "q", "definition": "Flat."}
    assert client.post(where, data | {"name_es": "Prensada"}).status_code == 302
    label = project.classes.get(slug="class-a")
    assert (label.name, label.key, label.translations) == ("Pressed", "Q", {"es": {"name": "Prensada"}})
    refused = client.post(where, data | {"key": "B"})
    assert refused.status_code == 400
    assert "Key B is that of Class B" in str(refused.context["form"].errors["key"])
    assert client.get(reverse("label_class", args=["flora", "none"])).status_code == 404
