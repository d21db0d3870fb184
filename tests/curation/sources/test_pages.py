"""The pages about sources: what they show, what they save, and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.forms.ingest import BatchForm
from curation.models import Batch, MediaRecord, Source, SourceRule, User
from curation.services.sources import add_rule, ensure_published_sources
from tests.curation.sources.conftest import make_records
from tests.factories import make_candidate, make_decided, make_image, make_project, make_source

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


def body(response: Any) -> str:
    return str(response.content.decode())


def codes(response: Any) -> list[str]:
    """The sources of the table, in its order."""
    return re.findall(r'<th scope="row"><a href="/sources/([^/]+)/">', body(response))


@pytest.fixture
def three(admin: User) -> None:
    """MICH: three pictures, one decided, one open; NY: one; K: none."""
    project = make_project()
    mich, ny = make_source("MICH", kind="herbarium"), make_source("NY", name="A garden", kind="museum")
    make_source("K", name="Kew", ror="00ynnr806", index_herbariorum="K")
    make_candidate(project, make_image(source=mich))
    make_decided(project, project.classes.get(key="A"), admin, make_image(source=mich))
    make_image(source=mich)
    make_image(source=ny)


@pytest.mark.usefixtures("three")
def test_the_table_shows_those_with_pictures_unless_asked(client_of: ClientOf) -> None:
    client = client_of("reader")
    page = client.get("/sources/")
    assert codes(page) == ["MICH", "NY"] and "?show=all" in body(page)
    assert "Add a source" not in body(page) and "/sources/rules/" not in body(page)
    row = body(page).split("/sources/MICH/")[1]
    assert re.findall(r'data-label="(\w+)">(\d+)<', row)[:3] == [
        ("Pictures", "3"),
        ("Waiting", "1"),
        ("Decided", "1"),
    ]
    every = client.get("/sources/?show=all")
    assert codes(every) == ["K", "MICH", "NY"]
    assert "https://ror.org/00ynnr806" in body(every)
    assert "herbarium-list/?NamOrganisationAcronym=K" in body(every)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("show=all&sort=-code", ["NY", "MICH", "K"]),
        ("show=all&sort=name", ["NY", "K", "MICH"]),
        ("show=all&sort=-pictures", ["MICH", "NY", "K"]),
        ("show=all&sort=pictures", ["K", "NY", "MICH"]),
        ("kind=museum", ["NY"]),
        ("kind=library", []),
    ],
)
def test_sorting_and_filtering_live_in_the_address(
    client_of: ClientOf, query: str, expected: list[str]
) -> None:
    client = client_of("reader")
    page = client.get(f"/sources/?{query}")
    assert page.status_code == 200 and codes(page) == expected
    download = client.get(f"/sources.tsv?{query}")
    assert [line.split("\t")[0] for line in body(download).splitlines()[1:]] == expected
    assert f"/sources.tsv?{query.split('&')[0]}" in body(page)


@pytest.mark.parametrize("query", ["kind=zoo", "show=some", "sort=size"])
def test_an_address_that_asks_for_nothing_there_is_says_so(client_of: ClientOf, query: str) -> None:
    client = client_of("reader")
    page = client.get(f"/sources/?{query}")
    assert page.status_code == 400 and "is not one of the available choices" in body(page)
    assert client.get(f"/sources.tsv?{query}").status_code == 400


@pytest.mark.usefixtures("three")
def test_the_download_is_one_line_a_source_with_whole_identifiers(client_of: ClientOf) -> None:
    Source.objects.filter(code="NY").update(name="A\tgarden\n")
    response = client_of("reader").get("/sources.tsv?show=all")
    lines = [line.split("\t") for line in body(response).splitlines()]
    assert {len(line) for line in lines} == {10} and len(lines) == 4
    kew = dict(zip(lines[0], lines[1], strict=True))
    assert kew["ror"] == "https://ror.org/00ynnr806" and kew["pictures"] == "0"
    assert "sources.tsv" in response["Content-Disposition"]


def test_a_source_called_like_the_file_has_its_own_page(client_of: ClientOf) -> None:
    make_source("sources.tsv", name="An odd one")
    assert "An odd one" in body(client_of("reader").get("/sources/sources.tsv/"))


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_no_page_asks_more_when_there_is_more(admin: User, as_admin: Client) -> None:
    def grow(times: int) -> None:
        for number in range(times):
            source = make_source(f"G{Source.objects.count()}")
            make_candidate(project, make_image(source=source))
            make_records(1, institution_code=source.code, collection_code=str(number))
            make_records(1)
            SourceRule.objects.create(source=source, dataset_key=source.code, created_by=admin)
            SourceRule.objects.create(source=first, dataset_key=f"{source.code}-1", created_by=admin)
            make_records(1, source=first, state="waiting", rule="", dataset_key=f"{source.code}-1")

    project, first = make_project(), make_source("FIRST")
    urls = ["/sources/", "/sources.tsv?show=all", "/sources/rules/", "/sources/FIRST/", "/batches/new/"]
    grow(2)
    before = {url: queries_of(as_admin, url) for url in urls}
    grow(9)
    assert {url: queries_of(as_admin, url) for url in urls} == before


def test_adding_a_source_by_hand(as_admin: Client) -> None:
    form = {"code": "B", "name": "Berlin", "kind": "herbarium", "ror": "https://ror.org/00bv4cx53"}
    wrong = as_admin.post("/sources/new/", form | {"ror": "00bv4cx54"})
    assert wrong.status_code == 400 and "mistyped" in body(wrong) and 'value="Berlin"' in body(wrong)
    page = as_admin.post("/sources/new/", form, follow=True)
    assert page.redirect_chain[0][0] == "/sources/B/" and "ror.org/00bv4cx53" in body(page)
    taken = as_admin.post("/sources/new/", form)
    assert taken.status_code == 400 and "already exists" in body(taken)
    hidden = as_admin.post("/sources/new/", form | {"code": "rules"})
    assert hidden.status_code == 400 and "stands for a page" in body(hidden)


def test_editing_a_source(as_admin: Client) -> None:
    make_source("K", name="Kew")
    page = as_admin.get("/sources/K/edit/")
    assert 'value="Kew"' in body(page) and 'name="code"' not in body(page)
    as_admin.post(
        "/sources/K/edit/", {"name": "Royal Botanic Gardens, Kew", "kind": "herbarium", "code": "X"}
    )
    source = Source.objects.get()
    assert (source.code, source.name) == ("K", "Royal Botanic Gardens, Kew")
    assert as_admin.post("/sources/K/edit/", {"name": "", "kind": "herbarium"}).status_code == 400


def test_a_drawn_source_keeps_its_kind(as_admin: Client) -> None:
    make_source("D", name="Drawn", kind="synthetic")
    assert 'name="kind"' not in body(as_admin.get("/sources/D/edit/"))
    as_admin.post("/sources/D/edit/", {"name": "Drawn here", "kind": "museum"})
    assert Source.objects.values_list("name", "kind").get() == ("Drawn here", "synthetic")


def row(**changes: str) -> dict[str, Any]:
    return {
        "dataset_key": "",
        "institution_code": "RBGE",
        "collection_code": "E",
        "use": ["institution_code", "collection_code"],
        "source": "E",
        "at": "0",
        "page": "1",
    } | changes


def focused(response: Any) -> list[str]:
    """The codes of the lines whose field has the focus."""
    lines = re.split(r"<li[ >]", body(response))[1:]
    return [
        re.findall(r'class="code">([^<]+)<', line)[0]
        for line in lines
        if " autofocus" in line.split("</form>")[0]
    ]


def test_unmapped_codes_with_the_suggestion_filled_in(as_admin: Client) -> None:
    make_source("E", name="Edinburgh")
    make_records(2, institution_code="RBGE", collection_code="E", scientific_name="Poa annua")
    make_records(1, institution_code="Q")
    page = as_admin.get("/sources/rules/")
    first, second = re.split(r"<li[ >]", body(page))[1:3]
    assert 'value="E"' in first and "for the same code: Edinburgh" in first and "Poa annua" in first
    assert "2 records" in first and "/batches/" in first and first.count("checked") == 2
    assert "Suggested" not in second and 'value=""' in second
    assert focused(page) == ["RBGE"]
    assert not SourceRule.objects.exists(), "looking decides nothing"


def test_saving_a_line_makes_the_rule_and_goes_on(as_admin: Client) -> None:
    make_source("E")
    records = make_records(2, institution_code="RBGE", collection_code="E")
    make_records(1, institution_code="Q")
    page = as_admin.post("/sources/rules/", row(), follow=True)
    assert "2 records now come from E" in body(page) and focused(page) == ["Q"]
    rule = SourceRule.objects.get()
    assert (rule.institution_code, rule.collection_code, rule.source.code) == ("RBGE", "E", "E")
    assert MediaRecord.objects.get(pk=records[0].pk).source == rule.source


def test_the_line_after_the_saved_one_has_the_focus(as_admin: Client) -> None:
    make_source("E")
    for n, code in [(4, "A"), (3, "B"), (2, "C"), (1, "D")]:
        make_records(n, institution_code=code)
    line = row(institution_code="B", collection_code="", use="institution_code", at="1")
    assert focused(as_admin.post("/sources/rules/", line, follow=True)) == ["C"]
    line = row(institution_code="D", collection_code="", use="institution_code", at="2")
    assert focused(as_admin.post("/sources/rules/", line, follow=True)) == ["C"], "the last one there is"


def test_only_the_ticked_codes_make_the_rule(as_admin: Client) -> None:
    make_source("E")
    make_records(1, institution_code="RBGE", collection_code="E")
    make_records(1, institution_code="RBGE", collection_code="Fungi")
    as_admin.post("/sources/rules/", row(use="institution_code"))
    rule = SourceRule.objects.get()
    assert (rule.institution_code, rule.collection_code) == ("RBGE", "")
    assert not MediaRecord.objects.filter(source=None).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "NONE"}, "There is no source &#x27;NONE&#x27;"),
        ({"source": ""}, "Choose a source"),
        ({"source": "D"}, "There is no source"),
        ({"use": []}, "at least one of the codes"),
        ({"use": ["nothing"]}, "not one of the available choices"),
        ({"dataset_key": "d-2", "use": "dataset_key"}, "already"),
    ],
)
def test_a_line_that_cannot_be_saved_says_why_and_keeps_what_was_typed(
    admin: User, as_admin: Client, changes: dict[str, Any], words: str
) -> None:
    make_source("D", kind="synthetic")
    add_rule(admin, source=make_source("E"), dataset_key="d-2")
    make_records(2, institution_code="Q")
    make_records(1, institution_code="RBGE", collection_code="E", dataset_key=changes.get("dataset_key", ""))
    page = as_admin.post("/sources/rules/", row(at="1", **changes))
    assert page.status_code == 400 and words in body(page)
    assert focused(page) == ["RBGE"]
    if typed := changes.get("source"):
        assert f'value="{typed}"' in body(page)
    assert SourceRule.objects.count() == 1


def test_what_somebody_else_has_settled_meanwhile_is_said_above_the_list(
    admin: User, as_admin: Client
) -> None:
    add_rule(admin, source=make_source("E"), institution_code="RBGE", collection_code="E")
    page = as_admin.post("/sources/rules/", row())
    assert page.status_code == 400 and "There is a rule for institution RBGE, collection E already" in body(
        page
    )
    gone = as_admin.post("/sources/rules/", {"do": "batch", "batch": "x", "source": "E"})
    assert gone.status_code == 400 and 'role="alert"' in body(gone)


def test_capital_letters_of_a_source_count_only_between_two_codes(as_admin: Client) -> None:
    make_source("Tw")
    make_records(1, institution_code="RBGE", collection_code="E")
    as_admin.post("/sources/rules/", row(source="tw"))
    assert SourceRule.objects.get().source.code == "Tw"
    make_source("TW")
    page = as_admin.post("/sources/rules/", row(source="tW", institution_code="X"))
    assert page.status_code == 400 and SourceRule.objects.count() == 1


def test_hostile_codes_are_shown_as_text(as_admin: Client) -> None:
    make_records(
        1, institution_code='<script>"&', scientific_name="<b>x</b>", access_uri='https://e.org/"><u>'
    )
    page = body(as_admin.get("/sources/rules/"))
    assert "<script>&quot;" not in page and "<b>x" not in page and '"><u>' not in page


@pytest.mark.parametrize("query", ["page=x", "page=99", "at=x", "at=-1", "at=99999999", "at=²"])
def test_odd_addresses_show_the_page(as_admin: Client, query: str) -> None:
    make_records(1, institution_code="A")
    assert focused(as_admin.get(f"/sources/rules/?{query}")) == ["A"]


def test_a_batch_without_codes_gets_one_source(as_admin: Client) -> None:
    make_source("MICH")
    batch = Batch.objects.create(origin="no codes.tsv")
    make_records(3, batch)
    page = as_admin.get("/sources/rules/")
    assert "no codes.tsv" in body(page) and "3 records" in body(page)
    wrong = as_admin.post("/sources/rules/", {"do": "batch", "batch": batch.pk, "source": "X"})
    assert wrong.status_code == 400 and "There is no source" in body(wrong)
    gone = as_admin.post("/sources/rules/", {"do": "batch", "batch": 10**9, "source": "MICH"})
    assert gone.status_code == 400
    done = as_admin.post("/sources/rules/", {"do": "batch", "batch": batch.pk, "source": "MICH"}, follow=True)
    assert f"3 records of batch {batch.pk} now come from MICH" in body(done)
    assert "Every record has its source" in body(done)


def test_rules_are_added_changed_and_removed(admin: User, as_admin: Client) -> None:
    make_source("C"), make_source("NHMD")
    assert 'value="C"' in body(as_admin.get("/sources/rules/new/?source=C"))
    page = as_admin.post("/sources/rules/new/", {"institution_code": "C", "source": "C"}, follow=True)
    rule = SourceRule.objects.get()
    assert rule.created_by == admin and reverse("source_rule", args=[rule.pk]) in body(page)
    url = reverse("source_rule", args=[rule.pk])
    assert as_admin.post(url, {"source": "C"}).status_code == 400
    as_admin.post(url, {"institution_code": "C", "collection_code": "Zoology", "source": "NHMD"})
    rule.refresh_from_db()
    assert (rule.collection_code, rule.source.code) == ("Zoology", "NHMD")
    make_records(
        2, institution_code="C", collection_code="Zoology", source=rule.source, state="waiting", rule=""
    )
    remove = reverse("source_rule_remove", args=[rule.pk])
    assert "2 records have their source by this rule" in body(as_admin.get(remove))
    assert SourceRule.objects.exists(), "asking removes nothing"
    as_admin.post(remove)
    assert not SourceRule.objects.exists() and MediaRecord.objects.filter(source=rule.source).count() == 2
    assert as_admin.get(url).status_code == 404 and as_admin.post(remove).status_code == 404


def test_the_page_of_a_source_tells_an_admin_its_rules_and_everybody_its_records(
    admin: User, as_admin: Client, client_of: ClientOf
) -> None:
    source = make_source("E", index_herbariorum="E", grscicoll="0237598a-853a-492c-af74-a723fe251799")
    add_rule(admin, source=source, institution_code="RBGE")
    make_records(2, source=source, state="waiting", rule="")
    seen = body(client_of("reader").get("/sources/E/"))
    assert "2 to be fetched" in seen and "E in Index Herbariorum" in seen and "GRSciColl" in seen
    assert "RBGE" not in seen and "/sources/E/edit/" not in seen
    seen = body(as_admin.get("/sources/E/"))
    assert "RBGE" in seen and "/sources/E/edit/" in seen


def test_the_batch_form_offers_sources_with_pictures_first(as_admin: Client) -> None:
    ensure_published_sources()
    make_image(source=Source.objects.get(code="YU"))
    make_source("D", kind="synthetic")
    page = body(as_admin.get("/batches/new/"))
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.DOTALL)
    assert [name for name, _ in groups] == ["With pictures here", "None here yet"]
    assert "YU, Yale" in groups[0][1] and groups[0][1].count("<option") == 1
    assert groups[1][1].count("<option") == 42 and ">D," not in page
    form = BatchForm({"source": Source.objects.get(code="D").pk})
    assert "source" in form.errors, "drawn sources cannot be chosen, in no group"


@pytest.mark.parametrize("role", ["reader", "curator", "lead"])
def test_writing_is_for_admins(admin: User, client_of: ClientOf, role: str) -> None:
    rule, _ = add_rule(admin, source=make_source("E"), institution_code="RBGE")
    client = client_of(role)
    for url, data in [
        ("/sources/new/", {"code": "X", "name": "X", "kind": "museum"}),
        ("/sources/E/edit/", {"name": "X", "kind": "museum"}),
        ("/sources/rules/", row()),
        ("/sources/rules/new/", {"institution_code": "X", "source": "E"}),
        (f"/sources/rules/{rule.pk}/", {"institution_code": "X", "source": "E"}),
        (f"/sources/rules/{rule.pk}/remove/", {}),
    ]:
        assert client.post(url, data).status_code == 403, url
    assert SourceRule.objects.get().institution_code == "RBGE" and Source.objects.get().name == "Source E"
