"""What is known about how a release was made, in the terms of Croissant's RAI vocabulary.

http://mlcommons.org/croissant/RAI/1.0. Everything is counted from the database as it was when the release was
frozen; nothing is said that is not recorded there. In English, as data sets are described.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q

from curation.models import Release
from curation.selectors import annotation_history as history
from curation.selectors.release_reports.composition import ALARM_SHARE, spread
from curation.services.exports.archives import SHORT_SIDE
from curation.services.exports.content import Content

# Columns of the labels table that a source may leave empty.
OPTIONAL = (
    "rights_holder", "access_uri", "further_information_url", "occurrence_id", "catalog_number",
    "scientific_name",
)  # fmt: skip
DELIVERIES = {
    "folder": "in folders",
    "dwca": "in Darwin Core Archives",
    "idigbio": "in iDigBio archives",
    "list": "from lists",
    "export": "in exports of Vasculum",
    "derived": "made from other pictures",
    "release": "in releases that were brought back",
}
MADE = {"crop": "cut out of another picture", "corruption": "damaged on purpose from another picture"}
BALANCES = {
    Release.Balance.RANDOM: "at random among all of a class",
    Release.Balance.EVEN_SOURCES: "with the same number from each source as far as it can give",
}
DECIDED = {
    "votes": "the votes needed agree",
    "majority": "more than half of the votes needed agree",
    "adjudicated": "a lead curator settled it",
    "imported": "a release that was brought back says so",
}

Texts = dict[str, str | list[str]]


def rai(content: Content) -> Texts:
    """Property -> text, or texts where it may have many."""
    votes = history.votes(content.release, content.members)
    found = _collected(content) | _prepared(content) | _annotated(content, votes) | _known(content, votes)
    return {f"rai:{name}": value for name, value in found.items() if value}


def _collected(content: Content) -> Texts:
    came = history.collection(content.members)
    kinds = ", ".join(f"{n:,} {DELIVERIES.get(kind, kind)}" for kind, n in came.kinds.items())
    empty = content.members.aggregate(**{name: Count("id", filter=Q(**{name: ""})) for name in OPTIONAL})
    missing = ", ".join(f"{name} of {n:,}" for name, n in empty.items() if n)
    days = [moment.date().isoformat() for moment in (came.first, came.last) if moment]
    span = " to ".join(dict.fromkeys(days))
    types = ["Secondary Data analysis"] if content.drawn < content.pictures else []
    if content.drawn:
        types.append("Others: drawn by software")
    return {
        "dataCollection": (
            f"{content.pictures:,} pictures from {len(content.count('source')):,} sources, received "
            f"{span}: {kinds}. Source and licence of each stand in labels.tsv."
        ),
        "dataCollectionType": [*types, "Manual Human Curator"],
        "dataCollectionRawData": (
            "The files as their sources published them. labels.tsv gives the SHA-256 of each (id) and, for "
            f"{content.pictures - empty['access_uri']:,} of {content.pictures:,}, its address (access_uri)."
        ),
        "dataCollectionMissingData": (
            f"Empty, since the source gives no value: {missing}, of {content.pictures:,} pictures."
            if missing
            else "No value is missing."
        ),
        "dataCollectionTimeframe": days,
    }


def _prepared(content: Content) -> Texts:
    release = content.release
    made = history.collection(content.members).made
    steps = [
        f"Each picture was turned upright, converted to sRGB, scaled to {SHORT_SIDE} pixels on the short "
        "side (smaller ones are not enlarged) and saved as JPEG of quality 94 without chroma subsampling.",
        "Near-duplicates (by a 64-bit difference hash), pictures of one specimen, and pictures made from one "
        "another form groups (leak_group); no group is in two splits.",
        f"Of the decided pictures under accepted licences {release.per_class:,} of each class were chosen "
        f"({release.train:,} to train, {release.test:,} to test, {release.validate:,} to validate), "
        f"{BALANCES[Release.Balance(release.balance)]}; seed {release.seed}.",
    ]
    scope = {
        "Only pictures of these sources were considered": release.only_sources,
        "Only pictures under these licences were considered": release.only_licences,
        "The split test is all there is of these sources": release.test_sources,
        "The split survey, whose classes are not of equal size, is all there is of these sources": (
            release.survey_sources
        ),
    }
    steps += [f"{words}: {', '.join(codes)}." for words, codes in scope.items() if codes]
    steps += [f"{n:,} pictures were {MADE.get(kind, kind)}." for kind, n in made.items()]
    if content.excluded:
        left = ", ".join(f"{n:,} under {licence}" for licence, n in content.excluded.items())
        steps.append(f"Left out of this export by their licence: {left}.")
    return {"dataPreprocessingProtocol": steps}


def _annotated(content: Content, votes: history.Votes) -> Texts:
    release = content.release
    classes = ", ".join(name for _, _, name in content.classes)
    question = f"“{release.project.question}”" if release.project.question else "the class of each picture"
    parts = [
        f"{_number(votes.reviewers, 'person', 'people')} answered {question} with one of "
        f"{len(content.classes):,} classes: {classes}.",
        _policy(history.policy(release.project, release.created_at)),
        _guidelines(votes),
    ]
    rules = history.rules(release, content.members)
    if rules:
        how = "; ".join(f"{DECIDED.get(rule, rule)}: {n:,}" for rule, n in rules.items())
        parts.append(f"Pictures by what decided their class: {how}.")
    per_item = "; ".join(
        f"{_number(k, 'vote', 'votes')}: {_number(n, 'picture', 'pictures')}"
        for k, n in votes.per_picture.items()
    )
    return {
        "dataAnnotationProtocol": " ".join(filter(None, parts)),
        "dataAnnotationPlatform": [release.software.replace("vasculum", "Vasculum", 1)],
        "annotationsPerItem": per_item,
        "machineAnnotationTools": [
            f"{name} (SHA-256 of model.json: {sha256}): its suggestion was on the screen for {n:,} of "
            f"{votes.total:,} votes."
            for (name, sha256), n in votes.suggested.items()
        ]
        or ["None: no vote was cast with a model's suggestion on the screen."],
        "dataAnnotationAnalysis": _analysis(content, votes),
    }


def _policy(policy: Mapping[str, Any]) -> str:
    """The review policy when the release was frozen."""
    said = [f"Votes needed for a picture: {policy['votes_needed']}"]
    if policy["double_share"]:
        said.append(f"two for {policy['double_share']:.0%} of the pictures")
    if policy["blind_second"]:
        said.append("second votes without a model's suggestion on the screen")
    if policy["audit_share"]:
        said.append(f"{policy['audit_share']:.0%} of the pictures came by lot and without one")
    if policy["gold_share"]:
        said.append(f"{policy['gold_share']:.0%} of what people saw had a known answer, which is no vote")
    return f"{'; '.join(said)}."


def _number(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _guidelines(votes: history.Votes) -> str:
    """Under which versions of the guidelines people voted."""
    known = {number: n for number, n in votes.guidelines.items() if number is not None}
    if not known:
        return "No version of written guidelines is recorded with the votes."
    listed = ", ".join(f"version {number} ({n:,} votes)" for number, n in known.items())
    return f"Guidelines: {listed}."


def _analysis(content: Content, votes: history.Votes) -> list[str]:
    said = [
        f"Pictures with two votes and more: {votes.several:,}; with all votes for one class: "
        f"{votes.alike:,} of them."
        if votes.several
        else "No picture has two votes, so agreement is not known."
    ]
    if report := history.agreement(content.release):
        alpha = "not defined" if report["alpha"] is None else f"{report['alpha']:.3f}"
        said.append(
            f"Krippendorff's alpha of all {report['pictures']:,} pictures of the project with two votes and "
            f"more on {report['day']}: {alpha}, from {report['votes']:,} votes."
        )
    return said


def _known(content: Content, votes: history.Votes) -> Texts:
    classes = len(content.classes)
    limits = [
        "How many pictures a class has says nothing of how frequent it is in collections.",
        f"At {SHORT_SIDE} pixels fine detail is lost. Each picture has one class, whatever else it shows.",
    ]
    if content.drawn:
        limits.append(
            f"{content.drawn:,} pictures are drawn by software: they show nothing that exists, and their "
            "sources, specimens and names are invented."
        )
    if any("-NC" in licence for licence in content.included):
        limits.append("Some pictures may not be used commercially; labels.tsv gives the licence of each.")
    return {
        "dataBiases": biases(content),
        "dataLimitations": limits,
        "dataUseCases": [f"Training, validation and testing of picture classifiers with {classes} classes."],
        "personalSensitiveInformation": [
            "Labels in the pictures and the column rights_holder may name people. People who reviewed are "
            f"counted ({votes.reviewers:,}) and not named."
        ],
        "dataReleaseMaintenancePlan": (
            f"The release {content.release.name} never changes; the SHA-256 of its manifest is "
            f"{content.release.manifest_sha256}. Corrections come as a new release with another name."
        ),
    }


def biases(content: Content) -> list[str]:
    """Classes that one source dominates (as on the release's page), and the largest source of all."""
    by_class: dict[str, Counter[str]] = {}
    for cell in content.cells:
        by_class.setdefault(cell.category_name, Counter())[cell.source] += cell.n
    spreads = {name: spread(counts) for name, counts in by_class.items()}
    found = [
        f"{each.share:.0%} of the pictures of the class {name} are from one source, {each.largest}."
        for name, each in spreads.items()
        if len(spreads) > 1 and each.share >= ALARM_SHARE
    ]
    if not found:
        found.append(f"No class has {ALARM_SHARE:.0%} or more of its pictures from one source.")
    whole = spread(content.count("source"))
    return [
        *found,
        f"The largest source, {whole.largest}, gives {whole.n:,} of {content.pictures:,} pictures.",
    ]
