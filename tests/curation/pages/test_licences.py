"""The Licences pages: texts under review one after the other, all texts, one text, a project's policy."""

from __future__ import annotations

import itertools
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Batch, LicenceText, MediaRecord, Project
from curation.services.licences import licence_row, settle_text, texts_for
from tests.factories import make_decided, make_image, make_project, make_source

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)
PAGE = "/licences/"


@pytest.fixture
def admin(as_role: Any) -> Client:
    client: Client = as_role("admin")
    return client


def make_text(verbatim: str) -> LicenceText:
    return texts_for([verbatim])[verbatim]


def make_records(text: LicenceText, n: int = 1, project: Project | None = None, **fields: Any) -> None:
    batch = Batch.objects.create(origin="a list", kind="list", project=project)
    defaults = {"state": "held", "rule": "licence-unclear", "source": make_source("K")} | fields
    numbers = [next(_numbers) for _ in range(n)]
    MediaRecord.objects.bulk_create(
        MediaRecord(
            batch=batch,
            file="list.tsv",
            row=number,
            access_uri=f"https://pictures.example/{number}.jpg",
            access_hash=uuid.uuid4(),
            host="pictures.example",
            licence_text=text,
            **defaults,
        )
        for number in numbers
    )


def content(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_texts_stand_in_the_order_of_their_records_with_hints(admin: Client) -> None:
    few, many = make_text("CC BY-NC 3.52"), make_text("Public <b>domain</b>")
    make_records(few, 1)
    make_records(many, 3, record_licence="CC0 of the record", dataset_licence="CC BY of the dataset")
    make_text("CC BY 4.0")
    page = content(admin)
    assert page.index('said-1">Public &lt;b&gt;domain') < page.index('said-2">CC BY-NC 3.52')
    assert "2 texts of 4 records could not be read" in page
    assert "<strong>3 records</strong> of K" in page
    assert "The record says: CC0 of the record" in page and "The dataset says: CC BY of the dataset" in page
    assert "There is no version 3.52 of CC-BY-NC" in page and "looks like CC-BY-NC" in page
    assert page.count('name="licence"') == 2 and page.count(" autofocus") == 1


@pytest.mark.parametrize(
    ("answer", "meaning", "identifier", "state"),
    [
        ({"licence": "CC BY-NC 3.0"}, "licence", "CC-BY-NC-3.0", "waiting"),
        ({"licence": "by-nc"}, "licence", "CC-BY-NC", "waiting"),
        ({"licence": "CC BY-ND 4.0"}, "licence", "CC-BY-ND-4.0", "refused"),
        ({"licence": " None "}, "none", "", "refused"),
        ({"licence": "", "do": "none"}, "none", "", "refused"),
        ({"licence": "CC BY 4.0", "do": "none"}, "none", "", "refused"),
    ],
)
def test_one_answer_settles_all_that_share_the_text(
    admin: Client, answer: dict[str, str], meaning: str, identifier: str, state: str
) -> None:
    text = make_text("CC BY-NC 3.52")
    make_records(text, 3)
    response = admin.post(PAGE, {"text": text.pk, "at": "0", "page": "1"} | answer, follow=True)
    assert response.redirect_chain == [(f"{PAGE}?page=1&at=0", 302)]
    text.refresh_from_db()
    assert (text.meaning, text.licence.identifier if text.licence else "") == (meaning, identifier)
    assert set(MediaRecord.objects.values_list("state", flat=True)) == {state}
    page = response.content.decode()
    assert "3 records" in page and "Every text is settled" in page and "Settled lately" in page


def test_the_next_text_has_the_focus(admin: Client) -> None:
    for number in range(3):
        make_records(make_text(f"public domain {number}"), 3 - number)
    focused = re.compile(r'value="(\d+)"><input type="hidden" name="at" value="\d+">.*?(?=</form>)', re.S)

    def at(url: str) -> str:
        return next(found[1] for found in focused.finditer(content(admin, url)) if "autofocus" in found[0])

    pks = [str(pk) for pk in LicenceText.objects.order_by("id").values_list("pk", flat=True)]
    assert at(PAGE) == pks[0]
    response = admin.post(PAGE, {"text": pks[1], "licence": "none", "at": "1", "page": "1"})
    assert at(response["Location"]) == pks[2]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "Write a licence like"),
        ("free for all", "is no licence that is known here"),
        ("CC BY 9.0", "is no licence that is known here"),
        ("CC BY-NC 4.0 or CC0", "is no licence that is known here"),
    ],
)
def test_a_wrong_answer_is_told_beside_its_text(admin: Client, answer: str, words: str) -> None:
    first, second = make_text("public domain"), make_text("no rights reserved")
    make_records(first, 2)
    response = admin.post(PAGE, {"text": second.pk, "licence": answer, "at": "1"})
    page = response.content.decode()
    assert response.status_code == 400 and words in page.replace("&#x27;", "'")
    failed = page[page.index('class="failed"') :]
    assert "no rights reserved" in failed[: failed.index("</li>")] and page.count(" autofocus") == 1
    assert not LicenceText.objects.exclude(settled_at=None).exists()


def test_odd_requests_are_told(admin: Client) -> None:
    text = make_text("public domain")
    assert admin.post(PAGE, {"text": "x", "licence": "CC0"}).status_code == 400
    assert admin.post(PAGE, {}).status_code == 400
    for pk in ["x", "9" * 30, "0", ""]:
        assert admin.post(PAGE, {"text": pk, "do": "undo"}).status_code == 404
    assert (
        "nothing to take back"
        in admin.post(PAGE, {"text": text.pk, "do": "undo"}, follow=True).content.decode()
    )
    for query in ["?page=x&at=-1", "?p=99", "?meaning=odd", "?q=%00", "?at=9999"]:
        assert admin.get(PAGE + query).status_code == 200, query


def test_two_people_at_one_text(admin: Client, people: Any) -> None:
    text = make_text("public domain")
    settle_text(text, licence_row("CC0", "1.0"), people["lead"])
    response = admin.post(PAGE, {"text": text.pk, "licence": "none"})
    assert response.status_code == 400 and b"has settled this text meanwhile: CC0-1.0" in response.content


def test_a_decision_is_taken_back(admin: Client) -> None:
    text = make_text("public domain")
    make_records(text, 2)
    admin.post(PAGE, {"text": text.pk, "licence": "CC0 1.0"})
    response = admin.post(PAGE, {"text": text.pk, "do": "undo"}, follow=True)
    assert "is taken back: 2 records still wait" in response.content.decode()
    assert set(MediaRecord.objects.values_list("state", "rule")) == {("held", "licence-unclear")}


def test_all_texts_can_be_searched(admin: Client) -> None:
    for verbatim in ["CC BY 4.0", "CC BY-NC 3.52", "(c) The Garden", "CC0"]:
        make_text(verbatim)

    def shown(query: str) -> list[str]:
        table = content(admin, f"{PAGE}?{query}").partition('id="texts"')[2]
        return re.findall(r'<th scope="row"><a href="/licences/\d+/">(.*?)</a>', table)

    assert shown("") == ["CC BY 4.0", "CC BY-NC 3.52", "(c) The Garden", "CC0"]
    assert shown("q=garden") == ["(c) The Garden"]
    assert shown("meaning=licence") == ["CC BY 4.0", "CC0"]
    assert shown("code=CC-BY-NC") == ["CC BY-NC 3.52"]
    assert shown("q=%25") == []


def test_one_text_has_a_page(admin: Client) -> None:
    text = make_text("CC BY 4.0 <i>")
    make_records(text, 2, state="waiting", rule="", rights_holder="The Garden")
    url = reverse("licence_text", args=[text.pk])
    page = content(admin, url)
    assert "CC BY 4.0 &lt;i&gt;" in page and "2 to be fetched" in page and "The Garden" in page
    response = admin.post(
        url, {"text": text.pk, "licence": "CC BY 3.0", "reason": "they said so"}, follow=True
    )
    page = response.content.decode()
    assert "CC-BY-4.0 became CC-BY-3.0 (they said so)" in page and "Undo the decision" in page
    assert "It names CC-BY 4.0" in page
    page = admin.post(url, {"text": text.pk, "licence": "none"}, follow=True).content.decode()
    assert set(MediaRecord.objects.values_list("state", flat=True)) == {"refused"}
    page = admin.post(url, {"text": text.pk, "do": "undo"}, follow=True).content.decode()
    assert "<h1>CC BY 4.0</h1>" in page and "took the decision back" in page
    assert admin.post(url, {"text": text.pk, "licence": "?"}).status_code == 400
    assert admin.get(reverse("licence_text", args=[0])).status_code == 404


def choices(project: Project, **changed: str) -> dict[str, str]:
    from curation.licensing.codes import CODES
    from curation.selectors.licences import verdict_of

    return {code: verdict_of(project, code) for code in CODES} | {
        code.replace("_", "-"): verdict for code, verdict in changed.items()
    }


def test_a_policy_is_changed(admin: Client) -> None:
    project = make_project(key="flora")
    make_records(make_text("CC BY-NC-SA 4.0"), 2, project, state="refused", rule="licence-refused")
    url = reverse("licence_policy", args=["flora"])
    page = content(admin, url)
    assert page.count('type="radio"') == 3 * len(choices(project)) and page.count(" checked") == len(
        choices(project)
    )
    response = admin.post(url, choices(project, CC_BY_NC_SA="accept", PDM="refuse"), follow=True)
    assert "are saved: 2 records will be fetched" in response.content.decode()
    project.refresh_from_db()
    assert "CC-BY-NC-SA" in project.licences_accepted and "PDM" not in project.licences_review


def test_leaving_out_decided_pictures_is_asked_once_more(admin: Client, people: Any) -> None:
    project = make_project(key="flora")
    label = project.classes.get(key="A")
    for code in ("CC-BY-4.0", "CC-BY-3.0", "CC0"):
        make_decided(project, label, people["curator"], make_image(licence=code))
    url = reverse("licence_policy", args=["flora"])
    wanted = choices(project, CC_BY="refuse")
    response = admin.post(url, wanted)
    page = response.content.decode()
    assert response.status_code == 200
    assert "2 decided pictures could no longer be released" in page and 'name="confirmed"' in page
    assert re.search(r'name="CC-BY" value="refuse" checked', page)
    project.refresh_from_db()
    assert "CC-BY" in project.licences_accepted
    assert admin.post(url, wanted | {"confirmed": "on"}).status_code == 302
    project.refresh_from_db()
    assert "CC-BY" not in project.licences_accepted


def test_policies_that_cannot_be(admin: Client) -> None:
    project = make_project(key="flora")
    url = reverse("licence_policy", args=["flora"])
    none = dict.fromkeys(choices(project), "refuse")
    response = admin.post(url, none)
    assert response.status_code == 400 and b"at least one licence" in response.content
    assert admin.post(url, choices(project, CC0="odd")).status_code == 400
    assert admin.post(url, {}).status_code == 400
    assert admin.get("/licences/policy/none/").status_code == 404
    project.refresh_from_db()
    assert project.licences_accepted == ["CC0", "CC-BY", "CC-BY-NC", "CC-BY-SA"]


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_the_number_of_queries_does_not_grow_with_the_texts(admin: Client, people: Any) -> None:
    def more(start: int, n: int) -> None:
        for number in range(start, start + n):
            make_records(make_text(f"public domain {number}"), 2)
            make_records(make_text(f"CC BY 4.0, {number}"), 2, state="waiting", rule="")
            settled = make_text(f"no rights reserved {number}")
            settle_text(settled, licence_row("CC0", "1.0"), people["admin"])

    make_project(key="flora")
    more(0, 3)
    policy = reverse("licence_policy", args=["flora"])
    few, few_policy = queries(admin, PAGE), queries(admin, policy)
    more(3, 9)
    make_project()
    assert queries(admin, PAGE) == few and queries(admin, policy) == few_policy
