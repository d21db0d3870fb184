"""Features, a map and a search for doubts by a real worker that is killed in the middle of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Doubt, FeatureSet, Job
from curation.selectors import representation as rows
from curation.services.representation.places import folder_of_set
from curation.services.representation.request import request_doubts, request_features, request_map
from inference.files import sha256_of
from tests.curation.preclassify.conftest import make_pictures, tiny  # noqa: F401
from tests.curation.representation.conftest import Planted, draw_map
from tests.factories import make_project, make_user
from tests.worker import RealWorker, purge, real_worker, wait_for  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
SMALL, LARGE = 1024, 120  # pictures: a shard that is quickly full, then some to be killed in
SECONDS = 120


@pytest.fixture
def worker(real_worker: RealWorker, settings: Any) -> RealWorker:  # noqa: F811
    settings.FEATURES_DIR = real_worker.var / "features"
    return real_worker


def log(job: Job) -> list[str]:
    return list(job.log.values_list("line", flat=True))


def says(job: Job, words: str) -> Callable[[], bool]:
    return lambda: any(words in line for line in log(job))


def done(job: Job) -> Job:
    """Taken over by another process, to its end."""
    wait_for(lambda: Job.objects.filter(pk=job.pk, state__in=["done", "failed"]).exists(), SECONDS)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", ""), log(job)
    assert sum("was lost" in line for line in log(job)) == 1
    return job


def kill(worker: RealWorker) -> None:
    """kill -9 of the process in which the job runs; the worker makes another."""
    [child] = worker.children()
    child.kill()


def files(folder: Path, begin: str) -> list[str]:
    """With those that are half-written: their names begin with a dot."""
    return sorted(one.name for one in folder.iterdir() if one.name.lstrip(".").startswith(begin))


def test_features_that_were_killed_end_with_the_same_files_and_ids(
    worker: RealWorker,
    make_pictures: Any,  # noqa: F811
    tiny: Any,  # noqa: F811
) -> None:
    project, lead = make_project(3, key="flora"), make_user("lead")
    made = make_pictures(project, SMALL) + make_pictures(project, LARGE, size=(2400, 3000))
    job = request_features(project, tiny(["Class A", "Class B", "Class C"]), lead)
    wait_for(lambda: FeatureSet.objects.exists(), SECONDS)
    row = FeatureSet.objects.get()
    shard = folder_of_set(row) / "000001.npy"
    store_says = folder_of_set(row) / "store.json"
    wait_for(lambda: store_says.exists() and "000001" in store_says.read_text(), SECONDS)
    kill(worker)
    first = sha256_of(shard)
    row.refresh_from_db()
    assert row.near == "" and Job.objects.get().state == "running"

    result = {"pictures": SMALL + LARGE, "unreadable": 0, "failed": 0, "features": row.pk}
    assert done(job).result == result
    assert sha256_of(shard) == first
    row.refresh_from_db()
    folder = folder_of_set(row)
    assert files(folder, "near-") == [f"{row.near}-ids.npy", f"{row.near}.npy"]
    assert files(folder, "00000") == ["000001.npy", "000002.npy"]
    lines = (folder / "ids.tsv").read_text().splitlines()[1:]
    assert [line.split("\t")[0] for line in lines] == [one.image.sha256 for one in made]
    # Every eighth picture is the same, before the kill and after.
    vectors = np.load(folder / f"{row.near}.npy")
    np.testing.assert_array_equal(np.load(folder / f"{row.near}-ids.npy"), [one.pk for one in made])
    for block in (vectors[:SMALL], vectors[SMALL:]):
        np.testing.assert_allclose(block[8:], block[:-8], atol=2e-3)


def test_a_map_and_a_search_that_were_killed_begin_anew_and_the_old_ones_stay(
    worker: RealWorker, planted: Planted
) -> None:
    found, lead = draw_map(planted), planted.lead
    folder, before = folder_of_set(found), found.map_file
    reader = Client()
    reader.force_login(lead)
    address = reverse("map_points", args=["flora"])
    old = reader.get(address).content

    job = request_map(found, lead)
    wait_for(says(job, "Fitted on 60 of 60 pictures"), SECONDS)
    (folder / f".map-{job.pk}-1.0123456789abcdef.bin").write_bytes(
        b"half"
    )  # as a kill in the write leaves it
    kill(worker)
    assert reader.get(address).content == old
    text = reader.get(reverse("map", args=["flora"])).content.decode()
    assert "data-points" in text and "Map of Test project by eye" in text
    result = done(job).result
    assert result is not None and result["pictures"] == 60
    found.refresh_from_db()
    assert found.map_file.startswith(f"map-{job.pk}-") and found.map_file != before
    assert files(folder, "map-") == [found.map_file]
    assert len(rows.points(found)) == 60 and reader.get(address).content != old

    last = Job.objects.create(kind="doubts", title="Earlier", state="done", params={"features": found.pk})
    Doubt.objects.create(
        **{"job": last, "feature_set": found, "candidate": planted.candidates[0], "rank": 1, "score": 0.1},
        **{"label": planted.candidates[0].label, "flagged": True, "evidence": {}},
    )
    search = request_doubts(found, lead)
    wait_for(says(search, "decisions with features"), SECONDS)
    kill(worker)
    assert rows.latest_search(planted.project) == last
    assert not Doubt.objects.filter(job=search).exists()
    done(search)
    assert rows.latest_search(planted.project) == search
    assert sorted(Doubt.objects.filter(job=search).values_list("rank", flat=True)) == list(range(1, 61))
