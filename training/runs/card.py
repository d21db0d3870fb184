"""The model card of a run, in Markdown: made of the run folder alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inference.files import whole_file
from inference.folder import ModelFolder
from training.runs.folder import RunFolder
from training.runs.procedure import procedure

CARD_FILE = "README.md"
_KINDS = {
    "train": "A classifier of pictures, trained on a frozen release.",
    "distill": "A network that was taught by another one (distillation).",
    "soup": "A classifier whose weights are the mean of those of several checkpoints (a soup).",
    "tiles": "A classifier of tiles, to find sheets with a condition: python -m inference condition.",
    "sheets": "A classifier of whole sheets, to find those with a condition.",
}


def write_card(run: RunFolder, folder: ModelFolder) -> Path:
    """Write RUN/README.md for the model that the run ended with, whole; its path."""
    path = run.path / CARD_FILE
    with whole_file(path) as temporary:
        temporary.write_text(card(run, folder), encoding="utf-8")
    return path


def card(run: RunFolder, folder: ModelFolder) -> str:
    parts = [
        f"# {folder.name}",
        _KINDS.get(run.kind, f"A model made by a {run.kind} run."),
        f"{folder.parameters:,} parameters, {len(folder.classes):,} classes, pictures of "
        f"{folder.image_size} × {folder.image_size} pixels. "
        f"Licence of the model: {folder.licence or 'not stated'}.",
        "## Use",
        _USE.format(path=run.model_folder.name),
        "## Data",
        *_data(run, folder),
        "## Procedure",
        *procedure(run),
        "## Metrics",
        *_metrics(folder),
        "## Preprocessing",
        _list((f"{key}: {value}" for key, value in folder.preprocessing.items())),
        "A folder that names other preprocessing than this version knows is refused when it is loaded.",
        "## Limits",
        _list(_limits(run)),
        "## Versions",
        _list(_versions(run)),
    ]
    return "\n\n".join(parts) + "\n"


_USE = """One call loads the model and checks every file against its SHA-256 (here from the run folder):

```python
from pathlib import Path

from training.load import load_trainable

model = load_trainable(Path("{path}"))  # Keras; pictures (N, size, size, 3) with values 0-255 in, logits out
```

On a folder of pictures:

```bash
python -m inference predict --model {path} --images DIR --output FILE.tsv
```"""


def _data(run: RunFolder, folder: ModelFolder) -> Iterable[str]:
    data = run.data
    if data is None:
        yield "None is named."
        return
    yield f"Release `{data['release']}`, SHA-256 of its manifest `{data['manifest_sha256']}`."
    splits = list(data.get("counts", {}))
    known = {one.slug for one in folder.classes}
    if not all(slug in known for split in splits for slug in data["counts"][split]):
        # A student has the outputs of its teacher, 21,000 of them as published.
        pictures = (f"{sum(data['counts'][split].values()):,} in `{split}`" for split in splits)
        yield f"The outputs are not the classes of this release. Pictures: {', '.join(pictures)}."
    elif splits:
        rows = [
            [str(place), one.name, *(f"{data['counts'][split].get(one.slug or '', 0):,}" for split in splits)]
            for place, one in enumerate(folder.classes)
        ]
        yield "Classes in the order of the outputs, and pictures:"
        yield _table(["Index", "Class", *splits], rows)
    if data.get("licences"):
        yield "Licences of the training pictures:"
        yield _table(["Licence", "Pictures"], [[name, f"{n:,}"] for name, n in data["licences"].items()])
    if data.get("sources"):
        yield f"The training pictures are from {len(data['sources'])} sources: {', '.join(data['sources'])}."


def _metrics(folder: ModelFolder) -> Iterable[str]:
    if not folder.metrics:
        yield "None were taken."
        return
    yield "The first word is the split that the figure was made on."
    yield _table(["Figure", "Value"], [[name, f"{value:.4f}"] for name, value in folder.metrics.items()])


def _limits(run: RunFolder) -> Iterable[str]:
    yield (
        "Every picture gets one of the classes above; there is none for what belongs to none of them, and a "
        "low confidence is the only sign of it."
    )
    yield (
        "Figures on the validation split are too good: this split chose the epoch. Measure on the test "
        "split, once: `python -m training evaluate`."
    )
    sources = (run.data or {}).get("sources") or {}
    total = sum(sources.values())
    large = [name for name, n in sources.items() if total and n > total / 2]
    if large:
        yield (
            f"More than half of the training pictures are from {large[0]}; "
            "what this source has in common may be taken for what a class has in common."
        )
    yield "Pictures of collections that are not among the sources may be told apart worse."


def _versions(run: RunFolder) -> Iterable[str]:
    environment = run.environment
    yield f"Python {environment['python']} on {environment['platform']}"
    for name, version in environment["packages"].items():
        yield f"{name} {version}"
    if environment["devices"]:
        yield f"devices: {', '.join(environment['devices'])}"
    if environment["revision"]:
        yield f"code: revision {environment['revision']}"
    if environment["command"]:
        yield f"command: `{' '.join(environment['command'])}`"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
