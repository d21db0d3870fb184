"""The page that freezes: what it counts, what it foretells, its addresses, who may what."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from curation.forms.freeze import FreezeForm
from curation.models import Candidate, Job, Licence, Project, Release, Role
from curation.selectors.supply_preview import Choice, stock
from curation.services.balance import Sizes
from curation.services.jobs import execute
from tests.curation.releases.conftest import AsRole, Garden, MakeGarden, text
from tests.curation.releases.test_supply_preview import guessed
from tests.factories import (
    make_candidate,
    make_project,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def form_of(project: Project, query: str = "") -> FreezeForm:
    return FreezeForm(stock(project), QueryDict(query))


class TestTheAddress:
    @pytest.fixture
    def project(self, garden: Garden) -> Project:
        project = garden.project
        project.train, project.test, project.validate = 10, 1, 1
        project.save()
        return project

    def test_defaults_need_no_words(self, project: Project) -> None:
        form = form_of(project)
        assert form.is_valid() and form.query == ""
        assert form.choice == Choice(Sizes(10, 1, 1))
        assert (form.said["per_class"], form.said["ratio"]) == ("12", "10:1:1")

    @pytest.mark.parametrize(
        "query",
        [
            "train=3&validate=0",
            "by=class&per_class=10&ratio=70%2F20%2F10",
            "balance=even-sources&seed=7&name=mine&largest=on",
            "licence=CC0-1.0",
            "licence=CC-BY-4.0&licence=CC-BY-NC-4.0&use-S0=out&use-S2=test",
            "use-S1=survey",
        ],
    )
    def test_it_brings_everything_back(self, project: Project, query: str) -> None:
        form = form_of(project, query)
        assert form.is_valid(), form.errors
        assert parse_qs(form.query) == parse_qs(query)
        again = form_of(project, form.query)
        assert again.is_valid() and again.choice == form.choice

    def test_the_two_targets_keep_step(self, project: Project) -> None:
        form = form_of(project, "by=class&per_class=10&ratio=8:2&train=999")
        assert form.is_valid() and form.sizes == Sizes(8, 2, 0)
        assert [form.said[name] for name in ("train", "test", "validate")] == ["8", "2", "0"]
        form = form_of(project, "by=split&train=8&test=2&validate=0&ratio=nonsense")
        assert form.is_valid() and (form.said["per_class"], form.said["ratio"]) == ("10", "4:1")

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("by=class&per_class=10&ratio=fair", "expected two or three whole numbers"),
            ("by=class&per_class=2&ratio=8:1:1", "too few for 8:1:1"),
            ("by=class&per_class=0&ratio=8:2", "greater than or equal to 1"),
            ("form=1", "Choose at least one licence."),
            ("licence=WTFPL", "WTFPL is not one of"),
            ("use-XX=out", "Source XX has no pictures in this project."),
            ("use-S0=gone", "Source S0: gone is none of in, out, test, survey."),
            ("use-S0=out&use-S1=survey&use-S2=out", "Leave at least one source in."),
            ("use-S0=test&train=0&validate=0", "all 0"),
        ],
    )
    def test_what_is_refused_says_why(self, project: Project, query: str, message: str) -> None:
        form = form_of(project, query)
        assert not form.is_valid()
        assert message in str(form.errors)

    def test_buttons_that_work_without_scripts(self, project: Project) -> None:
        form = form_of(project, "form=1&licence=CC-BY-4.0&only=CC0")
        assert form.is_valid() and form.choice.licences == ("CC0-1.0",)
        form = form_of(project, "form=1&licence=CC0-1.0&use-S0=out&all=in")
        assert form.is_valid() and form.choice.uses == {}
        form = form_of(project, "form=1&licence=CC0-1.0&all=out")
        assert "Leave at least one source in." in str(form.errors)

    def test_a_sent_form_leads_to_the_short_address(self, project: Project, as_role: AsRole) -> None:
        url = reverse("release_new", args=["flora"])
        sent = "form=1&by=split&train=3&test=1&validate=1&balance=random&seed=1&name=&use-S0=in&use-S1=out"
        every = "".join(f"&licence={row.identifier}" for row in Licence.objects.all())
        response = as_role("lead").get(f"{url}?{sent}{every}")
        assert response.status_code == 302 and response["Location"] == f"{url}?train=3&use-S1=out"

    def test_a_form_is_sent_once_where_nothing_is_decided(
        self, make_garden: MakeGarden, as_role: AsRole
    ) -> None:
        garden = make_garden(1, key="new")
        make_candidate(garden.project)
        url = reverse("release_new", args=["new"])
        response = as_role("lead").get(f"{url}?form=1&by=split&train=3", follow=True)
        assert response.redirect_chain == [(f"{url}?train=3", 302)]

    def test_htmx_gets_the_numbers_and_the_address_for_the_bar(
        self, project: Project, as_role: AsRole
    ) -> None:
        url = reverse("release_new", args=["flora"])
        response = as_role("lead").get(
            f"{url}?form=1&by=class&per_class=5&ratio=3:1:1&licence=CC0-1.0", headers=HTMX
        )
        page = response.content.decode()
        assert "<html" not in page and 'id="target-split" hx-swap-oob="true"' in page
        assert response["HX-Replace-Url"] == f"{url}?by=class&per_class=5&ratio=3%3A1%3A1&licence=CC0-1.0"
        wrong = as_role("lead").get(f"{url}?train=x", headers=HTMX)
        assert "HX-Replace-Url" not in wrong and "hx-swap-oob" not in wrong.content.decode()

    def test_typing_uses_what_the_page_counted_and_the_page_counts_anew(
        self, project: Project, garden: Garden, as_role: AsRole
    ) -> None:
        client, url = as_role("lead"), reverse("release_new", args=["flora"]) + "?train=5&test=1&validate=1"
        assert "now is 6 per class" in text(client, url)
        for label in garden.classes:
            garden.plant(label)
        assert "now is 6 per class" in text(client, url, **HTMX)
        assert "Every class has enough." in text(client, url)
        assert "Every class has enough." in text(client, url, **HTMX)


class TestSendingAhead:
    @pytest.fixture
    def short(self, make_garden: MakeGarden) -> Garden:
        """One decided picture of each class, and open ones for A and B."""
        garden = make_garden(3, key="flora")
        garden.fill(1)
        guessed(garden, 0, 4, sure=0.8, source="S0")
        guessed(garden, 1, 1, sure=0.5, source="S0")
        return garden

    def ahead(self, garden: Garden) -> dict[str, int]:
        rows = Candidate.objects.filter(project=garden.project, urgent=True)
        found: dict[str, int] = {}
        for slug in rows.values_list("guess__slug", flat=True):
            found[slug] = found.get(slug, 0) + 1
        return found

    def test_one_class_all_of_them_and_back(self, short: Garden, as_role: AsRole) -> None:
        client, url = as_role("lead"), reverse("freeze_ahead", args=["flora"])
        page = text(client, reverse("release_new", args=["flora"]))
        # 2 are missing of each: 2 / 0.8 and 2 / 0.5, of which there is one.
        assert "Send 3 to the front" in page and "Send 1 to the front" in page
        assert "Send 4 pictures to the front of the queue" in page
        response = client.post(f"{url}?seed=2", {"send": "class-a"}, follow=True)
        assert response.redirect_chain[-1][0] == reverse("release_new", args=["flora"]) + "?seed=2#short"
        page = response.content.decode()
        assert "3 more pictures stand at the front" in page and "3 still wait at the front." in page
        assert self.ahead(short) == {"class-a": 3}
        client.post(url, {"send": "*"})
        assert self.ahead(short) == {"class-a": 3, "class-b": 1}
        page = client.post(url, {"send": "*"}, follow=True).content.decode()
        assert "Nothing was sent" in page and "Review what stands at the front" in page
        client.post(url, {"back": "class-a"})
        assert self.ahead(short) == {"class-b": 1}
        client.post(url, {"back": "*"})
        assert self.ahead(short) == {}

    def test_the_address_decides_what_is_short(self, short: Garden, as_role: AsRole) -> None:
        client, url = as_role("lead"), reverse("freeze_ahead", args=["flora"])
        client.post(f"{url}?train=1&test=0&validate=0", {"send": "*"})
        assert self.ahead(short) == {}
        assert client.post(f"{url}?train=x", {"send": "*"}).status_code == 400
        page = client.post(url, {"back": "nothing"}, follow=True).content.decode()
        assert "There is no class nothing." in page

    def test_each_state_has_one_next_step(self, make_garden: MakeGarden, as_role: AsRole) -> None:
        garden = make_garden(3, key="flora")
        url = reverse("release_new", args=["flora"])

        def step(role: str) -> str:
            page = text(as_role(role), url)
            buttons = re.findall(r'class="button primary"[^>]*>([^<]*)<', page)
            assert len(buttons) < 2, buttons
            return buttons[0].strip() if buttons else ""

        assert (step("admin"), step("lead")) == ("Bring in pictures", "")
        make_candidate(garden.project)
        assert step("lead") == "Pre-classify"
        rows = guessed(garden, 0, 1)
        assert step("lead") == "Send 1 picture to the front of the queue"
        Candidate.objects.filter(pk=rows[0].pk).update(urgent=True)
        assert step("lead") == "Review what stands at the front"
        garden.fill(3)
        assert (step("admin"), step("lead")) == ("Freeze 3 × 3 …", "")
        assert "It can be frozen: by an admin" in text(as_role("lead"), url)
        make_project(0, key="empty")
        assert "This project has no classes yet." in text(as_role("lead"), "/projects/empty/freeze/")


class TestFreezing:
    ASKED = "train=3&test=1&validate=1&seed=5&use-S2=out"

    @pytest.mark.django_db(transaction=True)
    def test_a_last_look_then_a_job_then_the_release(self, garden: Garden, as_role: AsRole) -> None:
        for label in garden.classes * 2:
            garden.plant(label, source="S1")
        client, url = as_role("admin"), reverse("release_new", args=["flora"])
        page = text(client, f"{url}?{self.ASKED}&step=confirm")
        assert "Freeze 3 × 5?" in page and "This cannot be undone" in page and "all but S2" in page
        assert not Job.objects.exists()
        hidden = dict(
            re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.split("section-form")[1])
        )
        hidden.pop("csrfmiddlewaretoken", None)
        response = client.post(url, hidden)
        job = Job.objects.get()
        assert response["Location"] == reverse("job", args=[job.pk])
        assert execute(job.pk)
        job.refresh_from_db()
        assert job.state == "done", job.error
        release = Release.objects.get()
        assert (release.per_class, release.seed, release.created_by) == (5, 5, job.created_by)
        assert {m.source for m in release.members.all()} == {"S0", "S1"}
        assert reverse("release", args=[release.name]) in text(client, reverse("job", args=[job.pk]))

    def test_asking_twice_is_one_job(self, garden: Garden, as_role: AsRole) -> None:
        client, url = as_role("admin"), reverse("release_new", args=["flora"])
        asked = {"train": "3", "test": "1", "validate": "1"}
        first, second = client.post(url, asked), client.post(url, asked)
        assert first["Location"] == second["Location"] and Job.objects.count() == 1

    def test_nothing_is_frozen_of_what_is_short(self, garden: Garden, as_role: AsRole) -> None:
        client, url = as_role("admin"), reverse("release_new", args=["flora"])
        assert "<h1>Freeze a release</h1>" in text(client, f"{url}?train=9&step=confirm")
        assert client.post(url, {"train": "9"}).status_code == 400
        assert not Job.objects.exists()

    def test_leads_see_and_send_but_do_not_freeze(self, garden: Garden, as_role: AsRole) -> None:
        url, asked = reverse("release_new", args=["flora"]), {"train": "3", "test": "1", "validate": "1"}
        lead = as_role("lead")
        assert lead.get(url).status_code == 200
        assert "cannot be undone" not in text(lead, f"{url}?{self.ASKED}&step=confirm")
        assert lead.post(url, asked).status_code == 403
        assert not Job.objects.exists()

    @pytest.mark.parametrize("role", ["", *Role.values])
    def test_who_may_open_what(self, garden: Garden, as_role: AsRole, role: str) -> None:
        client = as_role(role)
        start, ahead = reverse("freeze_start"), reverse("freeze_ahead", args=["flora"])
        answers = [client.get(start), client.post(ahead, {"send": "*"})]
        for response in answers:
            if not role:
                assert response["Location"].startswith(reverse("login"))
            else:
                allowed = Role(role).rank >= Role.LEAD.rank
                assert response.status_code == (302 if allowed else 403)
        if role == "admin":
            assert client.get(ahead).status_code == 405 and client.post(start).status_code == 405


def test_the_start_page_says_how_full_each_project_is(garden: Garden, as_role: AsRole) -> None:
    client: Client = as_role("lead")
    start = reverse("freeze_start")
    assert client.get(start)["Location"] == reverse("release_new", args=["flora"])
    make_project(2, key="other", title="Other")
    page = text(client, start)
    assert "3 of 3 classes have 3 decided pictures; 18 in all" in page
    assert "0 of 2 classes have 3 decided pictures" in page
    assert "Another project" in text(client, reverse("release_new", args=["flora"]))


def test_without_a_project_it_says_what_to_do(as_role: AsRole) -> None:
    page = text(as_role("admin"), reverse("freeze_start"))
    assert "There is no project yet" in page and "Bring in pictures" in page
