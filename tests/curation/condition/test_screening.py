"""Screenings: the job on real files, killed and gone on with, and what the pages say of it."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from curation.errors import Refused
from curation.models import GoldItem, Job, ModelVersion, Screening, SheetScore, Source
from curation.selectors.screenings import Asked, rows_of
from curation.selectors.spectrum import Spectrum, spectrum
from curation.services.condition import screen
from curation.services.condition.places import TABLE, folder_of_screening, heatmap_of
from curation.services.condition.request import request_screening
from curation.services.progress import JobCancelled, NullProgress
from tests.curation.condition.conftest import Sheets
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


class Stops(NullProgress):
    """Asks to end after so many sheets."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self, n: int = 1) -> None:
        self.left -= n
        if self.left <= 0:
            raise JobCancelled


def screened(sheets: Sheets, progress: Any = None) -> Screening:
    job = request_screening(sheets.project, sheets.tiles, sheets.whole, sheets.lead)
    screen.run(job, progress or NullProgress())
    return Screening.objects.get(job=job)


def test_a_killed_screening_goes_on_and_says_the_same(make_sheets: Callable[..., Sheets]) -> None:
    sheets = make_sheets()
    job = request_screening(sheets.project, sheets.tiles, sheets.whole, sheets.lead)
    assert request_screening(sheets.project, sheets.tiles, sheets.whole, sheets.lead) == job, "one at a time"
    with pytest.raises(JobCancelled):
        screen.run(job, Stops(2))
    assert not SheetScore.objects.exists()
    part = folder_of_screening(Screening.objects.get(job=job)) / f"{TABLE}.part"
    assert part.is_file()
    result = screen.run(job, NullProgress())
    assert result == {"sheets": 6, "unreadable": 0, "blank": 0}
    first = list(
        SheetScore.objects.order_by("candidate").values_list("candidate", "sound_mean", "sheet_sound")
    )
    screen.run(job, NullProgress())  # delivered twice
    assert first == list(
        SheetScore.objects.order_by("candidate").values_list("candidate", "sound_mean", "sheet_sound")
    )
    Job.objects.filter(pk=job.pk).update(state="done")
    whole = screened(sheets)
    again = whole.scores.order_by("candidate").values_list("candidate", "sound_mean", "sheet_sound")
    assert list(again) == first


def test_stained_sheets_score_lower_and_the_figures_say_so(make_sheets: Callable[..., Sheets]) -> None:
    sheets = make_sheets()
    found = screened(sheets)
    by_candidate = {row.candidate_id: row for row in found.scores.all()}
    for number, candidate in enumerate(sheets.candidates):
        row = by_candidate[candidate.pk]
        assert (row.condition_max > 0.9) == (number % 2 == 0)
        assert heatmap_of(found, candidate.image).is_file()
    counted = spectrum(rows_of(found, Asked(score="maximum")), "maximum")
    figures = counted.figures(0.5)
    assert figures is not None
    assert (figures["accuracy"], figures["auc"], figures["missed"]) == (1.0, 1.0, 0)
    assert sum(counted.unjudged) == 2


def test_figures_by_hand() -> None:
    counted = Spectrum()
    counted.sound[900], counted.sound[300] = 3, 1
    counted.condition[100], counted.condition[300], counted.condition[950] = 2, 1, 1
    figures = counted.figures(0.5)
    assert figures is not None
    assert (figures["false_flags"], figures["found"], figures["missed"]) == (1, 3, 1)
    assert figures["accuracy"] == 6 / 8
    # Pairs: 3 sound at .9 above 3 of 4 others; the one at .3 above 2, and one tie.
    assert figures["auc"] == (3 * 3 + 2 + 0.5) / 16
    assert counted.coverage()[-1] == {"coverage": 1.0, "accuracy": 6 / 8}
    assert Spectrum().figures(0.5) is None


def test_what_does_not_go_together_is_refused(make_sheets: Callable[..., Sheets]) -> None:
    sheets = make_sheets(2)
    with pytest.raises(Refused, match="lead curators"):
        request_screening(sheets.project, sheets.tiles, None, make_user("curator"))
    with pytest.raises(Refused, match="no model of tiles"):
        request_screening(sheets.project, sheets.whole, None, sheets.lead)
    with pytest.raises(Refused, match="no classifier"):
        request_screening(sheets.project, sheets.tiles, sheets.tiles, sheets.lead)
    plain = make_project(classes=2, key="plain")
    with pytest.raises(Refused, match="condition of sheets"):
        request_screening(plain, sheets.tiles, None, sheets.lead)
    other = make_project(classes=2, key="insects", kind="condition")
    with pytest.raises(Refused, match="does not know the sound class"):
        request_screening(other, sheets.tiles, None, sheets.lead)


def test_a_model_of_tiles_never_pre_classifies(make_sheets: Callable[..., Sheets], tmp_path: Path) -> None:
    from curation.services.preclassify import request_preclassify

    sheets = make_sheets(2)
    assert sheets.tiles.kind == ModelVersion.Kind.TILES
    with pytest.raises(Refused):
        request_preclassify(sheets.project, sheets.tiles, sheets.lead)
    said = io.StringIO()
    call_command("import_model", str(tmp_path / "tiles" / "dark"), name="dark-tiles", stdout=said)
    assert "Use it: Screening" in said.getvalue() and "preclassify" not in said.getvalue()


def test_pages_and_worklist(
    client: Client, make_sheets: Callable[..., Sheets], django_assert_max_num_queries: Any
) -> None:
    sheets = make_sheets()
    found = screened(sheets)
    client.force_login(make_user("reader", username="vic"))
    where = {"key": sheets.project.key, "pk": found.pk}
    for name in ("condition",):
        assert client.get(reverse(name, args=[sheets.project.key])).status_code == 200
    with django_assert_max_num_queries(16):
        page = client.get(reverse("screening", kwargs=where), {"score": "maximum"})
    assert b"6 sheets screened" in page.content
    with django_assert_max_num_queries(10):
        listed = client.get(reverse("screening_sheets", kwargs=where), {"score": "maximum", "high": "0.2"})
    assert b"3 sheets" in listed.content
    bad = sheets.candidates[2].image.sha256
    with django_assert_max_num_queries(14):
        one = client.get(reverse("screening_sheet", kwargs=where | {"sha256": bad}), {"score": "maximum"})
    assert one.status_code == 200
    tiles = client.get(reverse("screening_tiles", kwargs=where | {"sha256": bad})).json()
    hottest = max(range(len(tiles["boxes"])), key=lambda place: tiles["condition"][place] or 0)
    left, top, right, bottom = tiles["boxes"][hottest]
    assert left >= 128 and top >= 128 and right <= 256 and bottom <= 256, "the hottest tile lies on the stain"
    assert (
        client.get(reverse("screening_heatmap", kwargs=where | {"sha256": bad}))["Content-Type"]
        == "image/png"
    )
    lines = client.get(reverse("screening_worklist", kwargs=where), {"score": "maximum", "as": "csv"})
    table = list(csv.DictReader(io.StringIO(b"".join(lines.streaming_content).decode())))  # type: ignore[attr-defined]
    assert [row["catalog_number"] for row in table] == ["H-0000", "H-0002", "H-0004"]
    assert client.get(reverse("screening_worklist", kwargs=where), {"threshold": "0"}).status_code == 200
    assert client.post(reverse("condition_start", args=[sheets.project.key])).status_code == 403


def test_every_figure_opens_as_many_sheets(client: Client, make_sheets: Callable[..., Sheets]) -> None:
    found = screened(make_sheets())
    client.force_login(make_user("reader", username="vic"))
    where = reverse("screening", args=[found.project.key, found.pk])
    page = client.get(where, {"score": "maximum"}).content.decode()
    doors = re.findall(r'<a href="([^"]*/sheets/\?[^"]*)">(\d+)</a>', page)
    assert (
        len(doors)
        == 4 + 2 * Source.objects.filter(images__candidates__project=found.project).distinct().count()
    )
    for address, n in doors:
        listed = client.get(html.unescape(address)).content.decode()
        assert f"<h1>{n} sheet" in listed, address


def test_a_sheet_that_is_to_be_judged_shows_no_decision(
    client: Client, make_sheets: Callable[..., Sheets]
) -> None:
    sheets = make_sheets()
    found, row = screened(sheets), sheets.candidates[2]
    client.force_login(make_user(username="cur"))
    address = reverse("screening_sheet", args=[sheets.project.key, found.pk, row.image.sha256])
    assert row.label and row.label.name in client.get(address).content.decode()
    GoldItem.objects.create(candidate=row, project=sheets.project, label=row.label, created_by=sheets.lead)
    said = client.get(address).content.decode()
    assert row.label.name not in said and "<dd>Open</dd>" in said


def test_an_address_of_another_project_or_kind_is_not_found(
    client: Client, make_sheets: Callable[..., Sheets]
) -> None:
    sheets = make_sheets(2)
    found = screened(sheets)
    make_project(classes=2, key="plain")
    client.force_login(make_user("admin"))
    assert client.get(reverse("condition", args=["plain"])).status_code == 404
    assert client.get(reverse("screening", args=["plain", found.pk])).status_code == 404
    nowhere = reverse("screening_sheet", args=[sheets.project.key, found.pk, "0" * 64])
    assert client.get(nowhere).status_code == 404
