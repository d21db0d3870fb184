"""Flipped labels on planted features come first, each with what speaks against it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.__main__ import main
from training.representation import doubts as module
from training.representation.doubts import Doubts, Probabilities, doubts
from training.representation.features.store import FeatureStore

CLASSES, PER_CLASS = 5, 40


def flipped() -> tuple[np.ndarray, list[str], list[str], set[str]]:
    """Features, labels of which one in ten is another class's, ids, and the ids that are wrong."""
    features, truth = planted_features(CLASSES, PER_CLASS, 16, 0.6, seed=21)
    random = np.random.default_rng(89)
    wrong = random.choice(len(truth), len(truth) // 10, replace=False)
    labels = truth.copy()
    labels[wrong] = (truth[wrong] + random.integers(1, CLASSES, len(wrong))) % CLASSES
    ids = [f"p{each:04d}" for each in random.permutation(len(truth))]
    return features, [f"class {each}" for each in labels], ids, {ids[each] for each in wrong}


@pytest.fixture(scope="module")
def found() -> Doubts:
    features, labels, ids, _ = flipped()
    return doubts(features, labels, ids)


def test_flipped_labels_come_first(found: Doubts) -> None:
    _, labels, ids, wrong = flipped()
    first = found.items[: len(ids) // 10]
    assert np.mean([one.id in wrong for one in first]) >= 0.9
    flagged = {one.id for one in found.items if one.flagged}
    assert len(flagged & wrong) >= 0.9 * len(wrong) and len(flagged - wrong) <= 0.05 * len(ids)
    assert found.facts["flagged"] == len(flagged) and not found.left_out
    assert [one.rank for one in found.items] == list(range(1, len(ids) + 1))
    scores = [one.score for one in found.items]
    assert scores == sorted(scores) and 0 <= scores[0] < scores[-1] <= 1
    assert {one.id: one.label for one in found.items} == dict(zip(ids, labels, strict=True))


def test_evidence_is_what_it_says(found: Doubts) -> None:
    _, labels, ids, _ = flipped()
    label = dict(zip(ids, labels, strict=True))
    for one in found.items:
        evidence = one.evidence
        near = [label[id] for id in evidence["nearest"]]
        assert len(near) == 10 and one.id not in evidence["nearest"]
        assert evidence["neighbours"] == pytest.approx(near.count(one.label) / 10)
        assert evidence["neighbours_other"] == pytest.approx(1 - evidence["neighbours"])
        assert near.count(evidence["neighbours_label"]) == max(map(near.count, near))
        agreed = evidence["predicted"] == one.label
        expected = 1 if agreed else 1 - evidence["predicted_probability"]
        assert evidence["agreement"] == pytest.approx(expected)
        assert evidence["quality"] == evidence["self_confidence"]
    assert found.items[0].evidence["predicted"] == found.items[0].evidence["neighbours_label"]


def test_score_is_the_mean_of_three_ranks() -> None:
    features = np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0.1, 1], [0.2, 1]], np.float32)
    values = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.3, 0.7], [0.3, 0.7], [0.1, 0.9]], np.float32)
    found = doubts(features, list("aaabbb"), list("uvwxyz"), Probabilities(("a", "b"), values), k=2)
    # quality .9 .8 .2 .7 .7 .9: ranks 5.5 4 1 2.5 2.5 5.5; neighbours alike: 3.5; agreement: w 1, others 4
    ranks = {"u": (5.5 + 3.5 + 4), "v": 4 + 3.5 + 4, "w": 1 + 3.5 + 1, "x": 2.5 + 3.5 + 4, "y": 10, "z": 13}
    assert [one.id for one in found.items] == ["w", "x", "y", "v", "u", "z"]
    for one in found.items:
        assert one.score == pytest.approx((ranks[one.id] / 3 - 0.5) / 6)
    assert found.items[0].evidence["agreement"] == pytest.approx(0.2)

    other = [("b" if each in "uw" else label, 0.6) for each, label in zip("uvwxyz", "aaabbb", strict=True)]
    given = Probabilities(("a", "b"), values)
    told = doubts(features, list("aaabbb"), list("uvwxyz"), given, predictions=other, k=2)
    one = next(one for one in told.items if one.id == "u")
    assert one.evidence["predicted"] == "b" and one.evidence["agreement"] == pytest.approx(0.4)


def test_a_picture_is_judged_by_what_has_not_seen_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither scaler nor regression of a fold sees what it is asked about."""
    from sklearn.preprocessing import StandardScaler

    features, labels, _, _ = flipped()
    features = np.hstack([features, np.arange(len(features), dtype=np.float32)[:, None]])
    seen, asked = [], []
    fit, transform = StandardScaler.fit, StandardScaler.transform

    def watched_fit(self: StandardScaler, X: np.ndarray, y: object = None, **more: object) -> StandardScaler:
        seen.append(set(X[:, -1].tolist()))
        return fit(self, X, y, **more)

    def watched_transform(self: StandardScaler, X: np.ndarray, **more: object) -> np.ndarray:
        asked.append(set(X[:, -1].tolist()))
        return transform(self, X, **more)

    monkeypatch.setattr(StandardScaler, "fit", watched_fit)
    monkeypatch.setattr(StandardScaler, "transform", watched_transform)
    module.out_of_fold(features, np.array(labels), folds=4)
    held = [some for some in asked if some not in seen]
    assert len(seen) == 4 and len(held) == 4 and len(set().union(*held)) == len(features)
    every = set(features[:, -1].tolist())
    for some in held:  # folds are side by side, so in any order
        assert every - some in seen


def test_classes_that_are_too_small_are_left_out_but_count_as_neighbours() -> None:
    features, labels, ids, _ = flipped()
    labels[3] = labels[8] = "rare"
    found = doubts(features, labels, ids)
    assert found.left_out == {ids[each]: "its class has fewer than 5 pictures" for each in (3, 8)}
    assert len(found.items) == len(ids) - 2 == found.facts["judged"]
    kept = [each for each in range(len(ids)) if each not in (3, 8)]
    alone = doubts(features[kept], [labels[each] for each in kept], [ids[each] for each in kept])
    quality = {one.id: one.evidence["quality"] for one in alone.items}
    assert {one.id: one.evidence["quality"] for one in found.items} == pytest.approx(quality)
    assert any(ids[3] in one.evidence["nearest"] for one in found.items)
    for one in found.items:
        near = [labels[ids.index(id)] for id in one.evidence["nearest"]]
        assert one.id not in one.evidence["nearest"]
        assert one.evidence["neighbours"] == pytest.approx(near.count(one.label) / 10)
    values = np.tile(np.float32([0.5, 0.3, 0.2]), (len(ids), 1))
    given = Probabilities(("class 0", "class 1", "nobody's"), values)
    told = doubts(features, labels, ids, given)
    assert {labels[ids.index(one.id)] for one in told.items} == {"class 0", "class 1"}
    with pytest.raises(ValueError, match="two classes with 5 pictures .* 1 of 1 classes .* largest has 200"):
        doubts(features, ["one"] * len(ids), ids)
    with pytest.raises(ValueError, match="0 of 50 classes have as many; the largest has 4"):
        doubts(features, [f"class {each // 4}" for each in range(len(ids))], ids)
    with pytest.raises(ValueError, match="those of row 0"):
        Probabilities(("a", "b"), np.float32([[0.5, 0.1]]))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    features, labels, ids, wrong = flipped()
    features = np.hstack([features, np.ones((len(features), 2), np.float32)])  # two that tell nothing
    store = FeatureStore.open(tmp_path / "store", model="0" * 64, dimension=features.shape[1])
    store.append(ids[:150], features[:150])
    store.append(ids[150:], features[150:])
    lines = [f"{id}\t{label}\n" for id, label in zip(ids, labels, strict=True)]
    (tmp_path / "labels.tsv").write_text("id\tlabel\n" + "".join(lines) + "stranger\tclass 1\n")
    out = tmp_path / "doubts.tsv"
    words = ["doubts", "--features", str(tmp_path / "store"), "--labels", str(tmp_path / "labels.tsv")]
    assert main([*words, "--out", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["constant_features"], facts["dimension"]) == (2, 18)
    assert facts["judged"] == len(ids) and facts["not_judged"] == {"there are no features of it": 1}
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert np.mean([row["id"] in wrong for row in rows[: len(ids) // 10]]) >= 0.9
    assert {row["flagged"] for row in rows} == {"0", "1"} and len(json.loads(rows[0]["nearest"])) == 10
    assert (tmp_path / "doubts.left-out.tsv").read_text().splitlines()[1].startswith("stranger\t")
    assert (tmp_path / "store" / "neighbours-cosine.json").is_file()

    table = ["id\t" + "\t".join(f"class {each}" for each in range(CLASSES))]
    table += [f"{id}\t" + "\t".join("0.2" for _ in range(CLASSES)) for id in ids[:180]]
    (tmp_path / "p.tsv").write_text("\n".join(table) + "\n")
    assert main([*words, "--out", str(out), "--probabilities", str(tmp_path / "p.tsv")]) == 0
    said = capsys.readouterr().out
    assert "180 decisions ranked" in said and "there are no probabilities of it: 20" in said
    assert "2 of 18 features are the same in all pictures" in said
    flat = FeatureStore.open(tmp_path / "flat", model="0" * 64, dimension=3)
    flat.append(ids, np.ones((len(ids), 3)))
    assert main([*words[:2], str(tmp_path / "flat"), *words[3:], "--out", str(out)]) == 1
    assert "features must differ between rows, all 200 are the same" in capsys.readouterr().err
    (tmp_path / "labels.tsv").write_text("id\tname\nx\ty\n")
    assert main([*words, "--out", str(out)]) == 1
    assert "must have the column 'label'" in capsys.readouterr().err
