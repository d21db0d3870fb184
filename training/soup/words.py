"""A soup in words, for its model card. Importing this needs no TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Iterator

from training.runs.folder import RunFolder

SOUP_FILE = "soup.json"


def procedure(run: RunFolder) -> Iterator[str]:
    """Paragraphs of Markdown, from RUN/soup.json."""
    report = json.loads((run.path / SOUP_FILE).read_text(encoding="utf-8"))
    metric, scored, held, rows = (report[key] for key in ("metric", "scored_on", "held_on", "members"))
    kept = sorted((row for row in rows if row["kept"]), key=lambda row: row["place"])
    yield (
        f"A {report['method']} soup of {report['soup']['members']} out of {len(rows)} checkpoints. All were "
        f"scored by {metric} on `{scored['split']}` of release `{scored['release']}`; those at or above "
        f"percentile {report['percentile']:g} ({report['threshold']:.4f}, numpy's method "
        f'"{report["percentile_method"]}") are listed here, best first.'
    )
    if report["method"] == "greedy":
        yield (
            f"Each was taken where, with it, {metric} on `{held['split']}` of release `{held['release']}` "
            f"({held['pictures']:,} pictures) did not drop."
        )
    yield (
        "The weights are the mean of those taken, each weighing the same, in float64 and then cast back. "
        f"SHA-256 of the weights: `{report['soup']['weights_sha256']}`. "
        f"Statistics of batches: {report['batch_norm']}."
    )
    head = ("Checkpoint", "SHA-256 of its weights", "Score", "Held-back score with it", "Taken")
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in kept:
        name = (
            row["path"] if row["run"] is None else f"{row['run']} stage {row['stage']} epoch {row['epoch']}"
        )
        with_it = row["held_score_with_it"]
        cells = [
            f"`{name.replace('|', ' ')}`",
            f"`{row['weights_sha256']}`",
            f"{row['score']:.4f}",
            "" if with_it is None else f"{with_it:.4f}",
            "yes" if row["accepted"] else "no",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    yield "\n".join(lines)
