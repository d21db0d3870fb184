"""A study as one page and its tables. What differs between two runs of the same (checksums, seconds, folders)
is in study.json alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.reports import write_text
from training.reports.markdown import table
from training.reports.tables import of_rows
from training.representation.downstream.compare_figures import figures_of
from training.representation.downstream.compare_report import sections

STUDY_FILE = "study.json"
SUMMARY_FILE = "README.md"
SILHOUETTES_FILE = "silhouettes.tsv"


def write_study(document: Mapping[str, Any], out: Path) -> None:
    """README.md and silhouettes.tsv, each whole."""
    write_text(out / SILHOUETTES_FILE, of_rows(silhouettes_of(document)))
    write_text(out / SUMMARY_FILE, summary_of(document, out))


def silhouettes_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row an encoder, set and level; those that could not be scored say why."""
    rows = []
    sets = document["sample"]["sets"]
    for name in document["encoders"]:
        report = document["geometry"][name]
        scored = {(one["set"], one["level"]): one for one in (report or {}).get("silhouettes") or ()}
        why = document["refused"].get(name) or ("" if report else "there is no geometry of it")
        notes = (report or {}).get("notes", ())
        for level in ("genus", "family", "order"):
            for where in sets:
                one = scored.get((where, level), {})
                about = f"silhouettes of {where} at {level}: "
                told = [note.removeprefix(about) for note in notes if note.startswith(about)]
                empty = f"{where} has no pictures" if not sets[where]["pictures"] else "not scored"
                rows.append(
                    {
                        "encoder": name,
                        "level": level,
                        "set": where,
                        "scored": one.get("scored"),
                        "classes": one.get("classes"),
                        "mean": one.get("mean"),
                        "mean_of_classes": one.get("mean_of_classes"),
                        "sampling": one.get("sampling"),
                        "refused": None if one else why or (told[0] if told else empty),
                    }
                )
    return rows


def summary_of(document: Mapping[str, Any], out: Path) -> str:
    sample, comparison = document["sample"], document["comparison"]
    lines = ["# Study of representations", ""]
    lines += [
        f"{sample['read']:,} pictures; trained on those of {sample['home_source'] or 'all institutions'}. "
        f"Seed {sample['seed']}. How to read this: docs/study.md.",
        "",
        "## Sample",
        "",
        *_sample(sample),
        "",
        "## Encoders",
        "",
        *_encoders(document),
        "",
        "## Silhouettes",
        "",
        "How much nearer pictures are to their own taxon than to the next one, from -1 to 1; mean over the "
        "pictures of a set.",
        "",
        *_silhouettes(document),
        "",
        "## Maps and channels",
        "",
        *_maps(document, out),
    ]
    if comparison is not None:
        figures = {f"comparison/{name}.svg": words for name, (words, _) in figures_of(comparison).items()}
        lines += ["", *sections(comparison, figures)]
    notes = [f"- {name}: {why}." for name, why in document["refused"].items()]
    notes += [f"- {note}." for note in document["notes"]]
    notes += [
        f"- {name}, geometry: {note}."
        for name, report in document["geometry"].items()
        for note in (report or {}).get("notes", ())
    ]
    if notes:
        lines += ["", "## What could not be done", "", *notes]
    return "\n".join(lines).rstrip() + "\n"


def _sample(sample: Mapping[str, Any]) -> list[str]:
    names = ("pictures", "species", "genera", "families", "orders", "institutions")
    rows = [[where, *(f"{counts[name]:,}" for name in names)] for where, counts in sample["sets"].items()]
    return table(["Set", *(name.capitalize() for name in names)], rows)


def _encoders(document: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, one in document["encoders"].items():
        if one is None or name in document["refused"]:
            rows.append([name, "", "", "", "", "", f"empty: {document['refused'][name]}"])
        elif one["kind"] == "model":
            rows.append([name, f"model {one['model']}", "", "", "", "", ""])
        else:
            begun = one["trained_on"]
            figures = ", ".join(
                f"{key.removeprefix('validate_')} {value:.4g}" for key, value in one["metrics"].items()
            )
            rows.append(
                [
                    name,
                    one["kind"],
                    f"{begun['pictures']:,}",
                    f"{begun['epochs']:,}",
                    f"{one['dimension']:,}",
                    f"{one['parameters']:,}",
                    figures,
                ]
            )
    heads = ["Encoder", "Trained as", "Pictures", "Epochs", "Features", "Parameters", "Validation"]
    return table(heads, rows)


def _silhouettes(document: Mapping[str, Any]) -> list[str]:
    sets = list(document["sample"]["sets"])
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in silhouettes_of(document):
        found.setdefault((row["encoder"], row["level"]), {})[row["set"]] = row["mean"]
    rows = [
        [name, level, *("" if means[one] is None else f"{means[one]:.4f}" for one in sets)]
        for (name, level), means in found.items()
    ]
    return table(["Encoder", "Level", *sets], rows)


def _maps(document: Mapping[str, Any], out: Path) -> list[str]:
    lines: list[str] = []
    for name, report in document["geometry"].items():
        if report is None:
            continue
        lines += [f"{name}: [geometry](geometry/{name}/README.md)", ""]
        if (out / "geometry" / name / "umap.svg").is_file():
            lines += [f"![Map of {name}](geometry/{name}/umap.svg)", ""]
        lines += _examples(name, report.get("overlays") or ())
    return lines or ["None."]


def _examples(name: str, overlays: Sequence[Mapping[str, Any]]) -> list[str]:
    """The pictures at both ends of the most variable channels, with where the channel answers."""
    if not overlays:
        return []
    shown = [f"![channel {one['channel']}, {one['end']}](geometry/{name}/{one['file']})" for one in overlays]
    return [" ".join(shown), ""]
