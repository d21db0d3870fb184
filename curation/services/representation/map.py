"""The job that draws the map: UMAP of the features, in two dimensions.

Fitted on a drawn sample where there are many pictures; the others are put in where the fit says they belong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, FeatureSet, Job
from curation.services import folders
from curation.services.progress import Progress
from curation.services.representation.leftovers import sweep
from curation.services.representation.places import MAP, POINT, STORE, folder_of_set, name_of_set

FITTED = 20_000  # pictures that it is fitted on at most
PART = 5_000  # put in at once: one call of compiled code must not hold up the heartbeat
SEED = 89


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. It is done in one piece: a run that was killed begins anew."""
    found = set_of(job)
    progress.result_url = f"{reverse('map', args=[found.project.key])}?features={found.pk}"
    ids, names, store = features_of(found)
    if len(names) < 5:
        raise Refused(
            _("A map needs at least 5 pictures with features, there are %(n)s.") % {"n": len(names)}
        )
    progress.begin(len(names))
    draw = np.random.default_rng(SEED)
    count = min(FITTED, len(names))
    chosen = np.sort(draw.choice(len(names), count, replace=False))
    rest = np.setdiff1d(np.arange(len(names)), chosen)
    progress.log(
        f"Fitted on {count:,} of {len(names):,} pictures"
        + (f", drawn with seed {SEED}; the others are put in." if len(rest) else ".")
    )
    places, facts = _embedded(store, names, chosen, rest)
    progress.check()
    points = np.empty(len(names), POINT)
    points["x"], points["y"], points["id"] = places[:, 0], places[:, 1], ids
    _keep(found, job, points, {**facts, "pictures": len(names), "fitted": count, "seed": SEED})
    progress.advance(len(names))
    return {"features": found.pk, **found.map_facts}


def set_of(job: Job) -> FeatureSet:
    """The features that a job works on."""
    rows = FeatureSet.objects.select_related("project", "model")
    try:
        return rows.get(pk=job.params["features"])
    except FeatureSet.DoesNotExist as error:
        raise Refused(_("These features are not there any more.")) from error


def features_of(found: FeatureSet, **only: Any) -> tuple[list[int], list[str], Any]:
    """Candidates of the project that have features (and meet `only`) in the order of their ids, what they
    are called in the store, and the store."""
    from training.representation.features.store import FeatureError, FeatureStore

    try:
        place = folders.place(name_of_set(found), *STORE)
        store = FeatureStore.read(place)
        folders.hold(place, by=store)
    except FeatureError as error:
        raise Refused(" ".join(str(error).split())) from error
    rows = Candidate.objects.filter(project=found.project, **only).order_by("pk")
    known = [(pk, name) for pk, name in rows.values_list("pk", "image__sha256") if name in store]
    return [pk for pk, _name in known], [name for _pk, name in known], store


def _embedded(
    store: Any, names: list[str], chosen: np.ndarray[Any, Any], rest: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    from training.representation.geometry.umap import embed

    def rows(places: np.ndarray[Any, Any]) -> Any:
        """Read when they are put in, part by part: all of them at once would be 4 bytes a number."""
        return store.blocks([names[place] for place in places])

    parts = {
        f"{number:05d}": rest[start : start + PART] for number, start in enumerate(range(0, len(rest), PART))
    }
    others = {name: rows(part) for name, part in parts.items()}
    try:
        made = embed(rows(chosen)[:], others, seed=SEED, cheaper=len(names) > PART)
    except ValueError as error:
        raise Refused(str(error)) from error
    places = np.empty((len(names), 2), np.float32)
    places[chosen] = made.fitted
    for name, part in parts.items():
        places[part] = made.others[name]
    # A picture that is near to nothing is put nowhere; it stands at the middle rather than being lost.
    lost = ~np.isfinite(places).all(axis=1)
    places[lost] = np.nanmedian(places[~lost], axis=0)
    return places, {**made.facts, "placed_nowhere": int(lost.sum())}


def _keep(found: FeatureSet, job: Job, points: np.ndarray[Any, Any], facts: dict[str, Any]) -> None:
    from inference.files import sha256_of, whole_file

    folder = folder_of_set(found)
    name = f"{MAP}{job.pk}-{job.attempts}.bin"
    with whole_file(folder / name) as temporary:
        temporary.write_bytes(points.tobytes())
    folders.add(name_of_set(found), name)
    found.map_file, found.map_sha256 = name, sha256_of(folder / name)
    found.map_facts, found.map_job = facts, job
    found.save(update_fields=["map_file", "map_sha256", "map_facts", "map_job"])
    sweep(name_of_set(found), MAP, {name})
    folders.leave(name_of_set(found), f"{MAP}*")
