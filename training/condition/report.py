"""The report of an evaluation of sheets as files.

report.json    all figures; written last
report.md      the figures in words and tables
report.html    the same with plots and pictures, one page that needs nothing else
*.tsv, *.svg   tables and plots
sheets/        what was said of each sheet and tile

"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.condition.charts import distributions
from training.condition.judged import Judged
from training.condition.page import page_of
from training.condition.pictures import example_of, thumbnail
from training.condition.sheets import SheetSet
from training.condition.words import summary_of
from training.evaluators.scored import Scored
from training.reports import json_text, write_text
from training.reports.plots import confusion, coverage
from training.reports.tables import of_rows, table

REPORT_FILE = "report.json"
MODELS = {"tiles": "tile model", "whole": "model of whole sheets"}


def write_report(
    report: Mapping[str, Any],
    found: SheetSet,
    judged: Judged,
    scored: Mapping[str, Scored],
    work: Path,
    out: Path,
    *,
    most_pictures: int = 24,
) -> None:
    """Write all files, each whole; files of an earlier report are replaced."""
    for name, text in tables_of(report, judged, scored).items():
        write_text(out / name, text)
    plots = plots_of(report)
    examples = example_of(report, found, judged, work)
    for name, text in {**plots, **examples}.items():
        write_text(out / name, text)
    write_text(out / "report.md", summary_of(report, [*plots, *examples]))
    pictures = {
        row["id"]: thumbnail(found.root / row["file"]) for row in report["misclassified"][:most_pictures]
    }
    write_text(out / "report.html", page_of(report, plots, examples, pictures))
    write_text(out / REPORT_FILE, json_text(report))


def plots_of(report: Mapping[str, Any]) -> dict[str, str]:
    """SVG by file name."""
    entropy, rule = report["entropy"], report["rule"]
    plots = {
        "entropy-tiles.svg": distributions(
            "Entropy of labelled tiles", "Shannon entropy, bits", entropy["tiles"], unit="tiles"
        ),
        "entropy-sheets.svg": distributions(
            "Entropy of full sheets", "Shannon entropy, bits", entropy["sheets"]
        ),
    }
    for key, title, name in (
        ("tiles", "Tile model", f"mean P({report['data']['classes'][0]}) over tiles"),
        ("whole", "Whole sheets", f"P({report['data']['classes'][0]})"),
    ):
        at = 0.5 if key == "whole" else rule["threshold"] if rule["score"] == "mean" else None
        own = report[key]
        plots[f"histogram-{key}.svg"] = distributions(f"{title}: {name}", name, own["histogram"], at=at)
        plots[f"confusion-{key}.svg"] = confusion(report["data"]["classes"], own["confusion"])
        plots[f"coverage-{key}.svg"] = coverage(own["coverage"])
    return plots


def tables_of(report: Mapping[str, Any], judged: Judged, scored: Mapping[str, Scored]) -> dict[str, str]:
    """Text by file name."""
    both = [("tiles", report["tiles"]), ("whole", report["whole"])]
    tables = {
        "models.tsv": of_rows(
            [
                {
                    "model": MODELS[key],
                    "accuracy": own["accuracy"],
                    "low": own["interval"][0],
                    "high": own["interval"][1],
                    "auc": own["auc"],
                    "macro_f1": own["macro_f1"],
                    "sheets": own["sheets"],
                }
                for key, own in both
            ]
        ),
        "scores.tsv": of_rows(report["scores"]),
        "predictions.tsv": _predictions(judged, scored),
        "misclassified.tsv": table(
            (
                "id",
                "file",
                "label",
                "look_alike",
                "source",
                "tiles",
                "tiles_own",
                "whole",
                "whole_own",
                "wrong",
            ),
            (
                [
                    *(row[key] for key in ("id", "file", "label", "look_alike", "source")),
                    *(row[key][own] for key in ("tiles", "whole") for own in ("prediction", "own")),
                    row["wrong"],
                ]
                for row in report["misclassified"]
            ),
        ),
    }
    for name, part in (
        ("classes", "classes"),
        ("sources", "sources"),
        ("ages", "ages"),
        ("look-alikes", "look_alikes"),
    ):
        tables[f"{name}.tsv"] = _both(both, part)
    tables["coverage.tsv"] = of_rows(
        [{"model": MODELS[key], **point} for key, own in both for point in own["coverage"]["curve"]]
    )
    for name in ("tiles", "sheets"):
        tables[f"entropy-{name}.tsv"] = _bins(report["entropy"][name])
    for key, own in both:
        tables[f"histogram-{key}.tsv"] = _bins(own["histogram"])
    return tables


def _both(both: list[tuple[str, Any]], part: str) -> str:
    return of_rows([{"model": MODELS[key], **row} for key, own in both for row in own[part]])


def _bins(found: Mapping[str, Any]) -> str:
    counts, edges = found["counts"], found["edges"]
    rows = zip(edges[:-1], edges[1:], *counts.values(), strict=True)
    return table(("from", "to", *counts), rows)


def _predictions(judged: Judged, scored: Mapping[str, Scored]) -> str:
    """One row a sheet."""
    rows = (
        [
            *(sheet.id, sheet.file, sheet.label, sheet.look_alike, sheet.source, sheet.year),
            *(float(judged.mean[place]), float(judged.share[place]), float(judged.maximum[place])),
            int(judged.tiles[place]),
            float(judged.entropy[place]),
            float(judged.sheet_sound[place]),
            *(one.classes[one.predictions[place]] for one in scored.values()),
        ]
        for place, sheet in enumerate(judged.sheets)
    )
    return table(
        ("id", "file", "label", "look_alike", "source", "year", "sound_mean", "condition_share",
         "condition_max", "tiles", "entropy", "sheet_sound", "by_tiles", "by_whole_sheet"),
        rows,
    )  # fmt: skip
