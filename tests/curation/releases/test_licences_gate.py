"""Licences under which nothing may leave: found before a byte is written, in every format."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.errors import Refused
from curation.models import Export, Licence, Release
from curation.services.export import request_export, write_export
from curation.services.exports.formats import FORMATS
from curation.services.exports.licences_gate import check_licences
from curation.services.freeze import freeze
from tests.curation.releases.conftest import MakeGarden


@pytest.mark.parametrize(
    "licence", ["CC-BY-ND-4.0", "CC-BY-NC-ND-2.5", "CC-BY-ND", "", "unknown", "CC-BY-9.0", "cc0"]
)
def test_barred(licence: str) -> None:
    with pytest.raises(Refused, match=repr(licence)):
        check_licences(["CC0-1.0", licence])


def test_free_enough() -> None:
    check_licences(["CC0-1.0", "CC-BY", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-NC-SA-2.1", "PDM-1.0", "ODC-BY"])


@pytest.fixture
def release_with_nd(make_garden: MakeGarden) -> Release:
    """As a project gives that was told to accept what it must not."""
    garden = make_garden(1, licences_accepted=["CC0", "CC-BY-ND"])
    Licence.objects.create(
        code="CC-BY-ND", version="4.0", title="Attribution-NoDerivatives 4.0 International"
    )
    nd = Licence.objects.get(code="CC-BY-ND")
    for n in range(6):
        own = {"licence": nd} if n % 2 else {"licence": "CC0-1.0"}
        garden.plant(garden.classes[0], files=True, **own)
    return freeze(garden.project, seed=1, name="barred", train=4, test=1, validate=1)


@pytest.mark.django_db
@pytest.mark.parametrize("format", list(FORMATS))
def test_no_format_lets_them_out(release_with_nd: Release, tmp_path: Path, format: str) -> None:
    with pytest.raises(Refused, match="'CC-BY-ND-4.0' cannot be exported"):
        write_export(release_with_nd, format, tmp_path / "out", acknowledged=True)
    assert not any(tmp_path.iterdir())
    with pytest.raises(Refused, match="'CC-BY-ND-4.0' cannot be exported"):
        request_export(release_with_nd, format, acknowledged=True)
    assert not Export.objects.exists()


@pytest.mark.django_db
def test_the_others_of_such_a_release_may_leave(release_with_nd: Release, tmp_path: Path) -> None:
    write_export(release_with_nd, "dryad", tmp_path / "out", licences=["CC0"])
    assert "CC-BY-ND" not in (tmp_path / "out" / "labels.tsv").read_text()
