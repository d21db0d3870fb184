"""A comparison as files: Markdown, tables, figures, and all of it as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.reports import json_text, write_text
from training.reports.markdown import share, table
from training.reports.tables import of_rows
from training.representation.downstream.compare_figures import figures_of
from training.representation.downstream.cross_validation import MEASURES
from training.representation.figures import write_figure

COMPARISON_FILE = "comparison.json"
SUMMARY_FILE = "README.md"
AT_5 = "true_positive_rate_at_5_percent"
FOUND = ("true_positive_rate", "false_positive_rate", "precision", "recall")


def write_comparison(document: Mapping[str, Any], out: Path) -> None:
    """Write all files, each whole; comparison.json last, so that it stands for all of them."""
    for name, text in tables_of(document).items():
        write_text(out / name, text)
    figures = figures_of(document)
    for name, (words, figure) in figures.items():
        write_figure(out / name, figure, words)
    shown = {f"{name}.svg": words for name, (words, _) in figures.items()}
    write_text(out / SUMMARY_FILE, summary_of(document, shown))
    write_text(out / COMPARISON_FILE, json_text(document))


def of(row: Mapping[str, Any]) -> str:
    """What a row is about: two genera, or the taxa of a level."""
    return " / ".join(row["pair"]) if row["pair"] else str(row["level"])


def tables_of(document: Mapping[str, Any]) -> dict[str, str]:
    curves = [
        {"encoder": row["encoder"], "of": of(row), "set": row["set"], **point}
        for row in document["mislabels"]
        for point in row.get("curve", ())
    ]
    return {
        "identification.tsv": of_rows([_scored(row) for row in document["identification"]]),
        "discrimination.tsv": of_rows([_scored(row) for row in document["discrimination"]]),
        "mislabels.tsv": of_rows([_found(row) for row in document["mislabels"]]),
        "mislabel-curves.tsv": of_rows(curves),
    }


def _begin(row: Mapping[str, Any]) -> dict[str, Any]:
    few = row.get("left_out", {})
    return {
        "encoder": row["encoder"],
        "of": of(row),
        "kind": row["kind"],
        "set": row["set"],
        "pictures": row.get("pictures"),
        "classes": row.get("classes"),
        "left_out_classes": len(few),
        "left_out_pictures": sum(few.values()),
        "unlabelled": row.get("unlabelled"),
        "without_features": row["missing"],
    }


def _end(row: Mapping[str, Any]) -> dict[str, Any]:
    converged = {True: "yes", False: "no", None: None}[row.get("converged")]
    return {
        "constant_features": row.get("constant_features"),
        "converged": converged,
        "refused": row.get("refused"),
    }


def _scored(row: Mapping[str, Any]) -> dict[str, Any]:
    figures = {}
    for name in MEASURES:
        figures[name] = row.get("mean", {}).get(name)
        figures[f"{name}_sd"] = row.get("sd", {}).get(name)
    return _begin(row) | figures | _end(row)


def _found(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("flipped", "flagged", "found", *FOUND, AT_5, "area_under_rates", "average_precision")
    return _begin(row) | {name: row.get(name) for name in names} | _end(row)


def summary_of(document: Mapping[str, Any], figures: Mapping[str, str]) -> str:
    """The whole table in Markdown. figures: what each shows, by file name."""
    lines = ["# Encoders compared", "", *sections(document, figures)]
    return "\n".join(lines).rstrip() + "\n"


def sections(document: Mapping[str, Any], figures: Mapping[str, str]) -> list[str]:
    """The lines below the title, which a larger report may have, too."""
    config = document["config"]
    encoders = ", ".join(
        f"{one['name']} ({one['dimension']} features)" if one["dimension"] else f"{one['name']} (none)"
        for one in document["encoders"]
    )
    few = "left out" if config["small"] == "drop" else "kept"
    lines = [
        f"{encoders}. Standardised features, logistic regression (L2, C = 1), {config['folds']} stratified "
        f"folds, seed {config['seed']}; mean ± standard deviation over the folds. Classes of fewer than "
        f"{config['folds']} pictures are {few}. All encoders are judged on the same pictures: those that "
        "each has features of.",
        "",
        "## Identification",
        "",
        "Macro precision, recall and F1: the mean over taxa. The best F1 of a level and set is in bold.",
        "",
        *_scores(document["identification"], "Level"),
    ]
    if document["discrimination"]:
        lines += ["", "## Discrimination", "", "Precision, recall and F1 of the genus named first."]
        lines += ["", *_scores(document["discrimination"], "Genera")]
    if document["mislabels"]:
        lines += [
            "",
            "## Mislabels",
            "",
            f"{share(config['mislabels']['share'])} of the labels of each taxon flipped and sought. "
            "Flagged: by cleanlab. True at 5% false: of the best cut of the ranking by label quality that "
            "takes at most 5% of the right labels for wrong. Area: true against false positives, all cuts.",
            "",
            *_mislabels(document["mislabels"]),
        ]
    lines += ["", *_notes(document)]
    for name, words in figures.items():
        lines += [f"![{words}]({name})", ""]
    return lines


def _scores(rows: Sequence[Mapping[str, Any]], what: str) -> list[str]:
    best: dict[tuple[str, str], float] = {}
    for row in rows:
        if "mean" in row:
            best[of(row), row["set"]] = max(best.get((of(row), row["set"]), 0.0), row["mean"]["f1"])
    cells = []
    for row in rows:
        if "mean" not in row:
            figures = ["", "", "", *[""] * len(MEASURES)]
        else:
            figures = [f"{row['pictures']:,}", f"{row['classes']:,}"]
            for name in MEASURES:
                words = f"{share(row['mean'][name])} ± {share(row['sd'][name])}"
                top = name == "f1" and row["mean"]["f1"] == best[of(row), row["set"]]
                figures.append(f"**{words}**" if top else words)
        cells.append([row["encoder"], *_titled(row), row["set"], *figures[-6:]])
    heads = ["Encoder", what, "Set", "Pictures", "Classes", "Accuracy", "Precision", "Recall", "F1"]
    return table(heads, cells)


def _titled(row: Mapping[str, Any]) -> list[str]:
    return [f"{of(row)} ({row['kind']})" if row["kind"] else of(row)]


def _mislabels(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    heads = ["Encoder", "Of", "Set", "Pictures", "Flipped", "Flagged"]
    heads += ["True positives", "False positives", "Precision", "True at 5% false", "Area"]
    cells = []
    for row in rows:
        figures = [""] * 8
        if "flipped" in row:
            figures = [
                *(f"{row[name]:,}" for name in ("pictures", "flipped", "flagged")),
                *(share(row[name]) for name in (*FOUND[:3], AT_5)),
                f"{row['area_under_rates']:.4f}",
            ]
        cells.append([row["encoder"], *_titled(row), row["set"], *figures])
    return table(heads, cells)


def _notes(document: Mapping[str, Any]) -> list[str]:
    """What was left out or went wrong, a sentence each."""
    found = []
    for task in ("identification", "discrimination", "mislabels"):
        for row in document[task]:
            where = f"{task.capitalize()}, {row['encoder']}, {of(row)}, {row['set']}"
            if row.get("refused"):
                found.append(f"- {where}: not done; {row['refused']}.")
            if few := row.get("left_out"):
                found.append(f"- {where}: {len(few):,} taxa ({sum(few.values()):,} pictures) are too small.")
            if n := row.get("unlabelled"):
                found.append(f"- {where}: {n:,} pictures have no name at this level.")
            if n := row["missing"]:
                found.append(f"- {where}: {n:,} pictures have no features.")
            if n := row.get("constant_features"):
                found.append(f"- {where}: {n:,} features are the same for all pictures.")
            if row.get("converged") is False:
                found.append(f"- {where}: the regression did not converge in every fold.")
    return ["## Left out", "", *found, ""] if found else []
