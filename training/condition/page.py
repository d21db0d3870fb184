"""An evaluation of sheets as one page that needs nothing else: no script, no other file; light or dark."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from training.condition.words import NOTE, SCORES, looks_line, rule_line, tiles_lines
from training.reports.markdown import share

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff;
  --card: #f6f8fa; --mark: #14506a }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4ae; --line: #3d444d; --paper: #0d1117; --card: #151b23;
    --mark: #8ecae3 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 24px 16px 64px; max-width: 1180px; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 4px } h2 { font-size: 1.2rem; margin: 40px 0 12px }
p { max-width: 75ch } .soft { color: var(--soft) }
.note { border-left: 4px solid var(--mark); padding: 8px 14px; background: var(--card) }
.big { display: flex; flex-wrap: wrap; gap: 12px } .big div { background: var(--card); padding: 12px 18px }
.big b { display: block; font-size: 1.7rem }
.row { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start }
.row img { max-width: 100%; height: auto }
figure { margin: 0 } figcaption { font-weight: 600 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; margin-top: 16px }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--line);
  text-align: right; font-variant-numeric: tabular-nums } th:first-child, td:first-child { text-align: left }
.gallery { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(168px, 1fr));
  padding: 0; margin: 0; list-style: none }
.gallery li { background: var(--card); padding: 10px } .gallery img { width: 100%; height: 190px;
  object-fit: contain } .gallery span { display: block; font-size: .85rem; overflow-wrap: anywhere }
.wrong { font-weight: 600 }
"""
MODELS = {"tiles": "Tile model", "whole": "Whole sheets"}
SAME = ("confusion", "coverage")  # plots that look the same for both models
PAIRS = (
    ("Entropy", ("entropy-tiles.svg", "entropy-sheets.svg")),
    ("How sure the models are", ("histogram-tiles.svg", "histogram-whole.svg")),
    ("What is taken for what", ("confusion-tiles.svg", "confusion-whole.svg")),
    ("When the hardest sheets are set aside", ("coverage-tiles.svg", "coverage-whole.svg")),
)


def page_of(
    report: Mapping[str, Any],
    plots: Mapping[str, str],
    examples: Mapping[str, str],
    pictures: Mapping[str, str],
) -> str:
    """plots, examples: SVG by file name. pictures: data URIs by the id of a misclassified sheet."""
    data = report["data"]
    title = f"Sheet condition: {data['name']}"
    counts = ", ".join(f"{n:,} {split}" for split, n in data["sheets"].items())
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(report["time"])} · sheets: {escape(counts)} · figures of the split '
        f"{escape(data['split'])}. {escape(looks_line(report))}</p>",
        f'<p class="note">{escape(NOTE)}</p>',
        *_first(report),
    ]
    for heading, names in PAIRS:
        parts += [f"<h2>{escape(heading)}</h2>", _row(plots, names)]
        if heading == "Entropy":
            parts += [f"<p>{escape(line)}</p>" for line in tiles_lines(report)]
    if examples:
        parts += ["<h2>Tile by tile</h2>", _row(examples, list(examples))]
    parts += ["<h2>Misclassified sheets, the worst first</h2>", *_gallery(report, pictures)]
    for heading, part, key in (
        ("Look-alikes", "look_alikes", "shows"),
        ("Sources", "sources", "source"),
        ("Age", "ages", "age"),
    ):
        parts += [f"<h2>{heading}</h2>", _groups(report, part, key)]
    parts += ["<h2>Scores of a sheet</h2>", f"<p>{escape(rule_line(report))}</p>", _scores(report)]
    parts += ["<h2>Models</h2>", _models(report)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _first(report: Mapping[str, Any]) -> Iterable[str]:
    tiles, whole = report["tiles"], report["whole"]
    yield '<div class="big">'
    for name, own in (("Tile model", tiles), ("Whole sheets", whole)):
        area = "" if own["auc"] is None else f", AUC {own['auc']:.3f}"
        low, high = own["interval"]
        yield (
            f"<div>{name}<b>{share(own['accuracy'])}</b><span class='soft'>accuracy, {share(low)} to "
            f"{share(high)}{area}</span></div>"
        )
    yield "</div>"
    yield _table(
        ["Accuracy", "Tile model", "Whole sheets", "Sheets"],
        (
            [one["class"], share(one["accuracy"]), share(other["accuracy"]), f"{one['sheets']:,}"]
            for one, other in zip(tiles["classes"], whole["classes"], strict=True)
        ),
    )


def _row(plots: Mapping[str, str], names: Sequence[str]) -> str:
    # As pictures and not as markup: each drawing has names and colours of its own.
    return f'<div class="row">{"".join(_figure(name, plots[name]) for name in names)}</div>'


def _figure(name: str, svg: str) -> str:
    """A drawing, under the name of its model where it does not say it itself."""
    model = MODELS.get(name.removesuffix(".svg").rpartition("-")[2], "") if name.startswith(SAME) else ""
    words = _title(svg) + (f", {model.lower()}" if model else "")
    caption = f"<figcaption>{escape(model)}</figcaption>" if model else ""
    data = base64.b64encode(svg.encode()).decode()
    image = f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}">'
    return f"<figure>{caption}{image}</figure>"


def _title(svg: str) -> str:
    """What the drawing itself says of itself, unescaped."""
    from html import unescape

    return unescape(svg.partition('<title id="title">')[2].partition("</title>")[0])


def _gallery(report: Mapping[str, Any], pictures: Mapping[str, str]) -> Iterable[str]:
    rows = report["misclassified"]
    if not rows:
        yield "<p>Both models have every sheet right.</p>"
        return
    yield '<ul class="gallery">'
    for row in rows:
        if row["id"] not in pictures:
            continue
        picture = pictures[row["id"]]
        image = f'<img alt="Sheet {escape(row["id"])}" src="{picture}">' if picture else "<p>No picture.</p>"
        likes = f" ({escape(row['look_alike'])})" if row["look_alike"] else ""
        said = "".join(
            f"<span{'' if row[key]['right'] else ' class=wrong'}>{name}: {escape(row[key]['prediction'])}, "
            f"P of its class {row[key]['own']:.2f}</span>"
            for key, name in (("tiles", "Tiles"), ("whole", "Whole sheet"))
        )
        label = f"<span>is {escape(row['label'])}{likes}</span>"
        yield f"<li>{image}<span>{escape(row['id'])}</span>{label}{said}</li>"
    yield "</ul>"
    if len(rows) > len(pictures):
        yield f"<p>{len(rows) - len(pictures):,} more are in misclassified.tsv.</p>"


def _groups(report: Mapping[str, Any], part: str, key: str) -> str:
    whole = {row[key]: row for row in report["whole"][part]}
    return _table(
        [key.capitalize(), "Sheets", "Tile model", "Whole sheets"],
        (
            [
                row[key] or "(not known)",
                f"{row['sheets']:,}",
                share(row["accuracy"]),
                share(whole[row[key]]["accuracy"]),
            ]
            for row in report["tiles"][part]
        ),
    )


def _scores(report: Mapping[str, Any]) -> str:
    return _table(
        ["Score", "Threshold", "Accuracy", "Sound right", "Condition found", "AUC"],
        (
            [
                SCORES[one["score"]],
                f"{one['threshold']:.3f}",
                share(one["accuracy"]),
                share(one["sound_right"]),
                share(one["condition_found"]),
                "" if one["auc"] is None else f"{one['auc']:.4f}",
            ]
            for one in report["scores"]
        ),
    )


def _models(report: Mapping[str, Any]) -> str:
    return _table(
        ["Model", "Name", "Parameters", "Input, px", "SHA-256 of its description"],
        (
            [words, own["name"], f"{own['parameters']:,}", str(own["image_size"]), own["sha256"]]
            for words, own in (
                ("Tiles", report["models"]["tiles"]),
                ("Whole sheets", report["models"]["whole"]),
            )
        ),
    )


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
