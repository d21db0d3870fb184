"""Which cosine distance of features parts near-duplicates from different pictures, on drawn pictures.

python -m benchmarks.near_distance [--pictures N] [--model FOLDER] [--size PX] [--epochs N] [--json]

Every picture is altered in six ways and compared with what it was altered from, and with the nearest picture
that is another one. Without --model a small network is trained first, on drawn pictures of other seeds: it
sees them turned, mirrored, cropped and in other colours each time, with --plain as they are.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from benchmarks.summary import number
from curation.drawing import CLASS_SLUGS, draw
from curation.imaging.hashing import dhash64, hamming

DISTANCES = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15)
NEAR_BITS = 10  # settings.NEAR_BITS where nothing is set
SHORT_SIDE = 256
LEARNT_FROM = 100  # pictures of a class that the small network is trained on
EPOCHS = 40


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.near_distance", description=__doc__)
    parser.add_argument("--pictures", type=number, default=340, help="drawn, the 17 classes in turn")
    parser.add_argument("--model", type=Path, help="a model folder; its layer output_gap is taken")
    parser.add_argument("--size", type=number, default=96, help="pixels that the small network looks at")
    parser.add_argument(
        "--epochs", type=number, default=EPOCHS, help=f"of the small network (default: {EPOCHS})"
    )
    parser.add_argument("--plain", action="store_true", help="train the small network on unaltered pictures")
    parser.add_argument("--seed", type=int, default=89)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr):  # where Keras tells of its batches
        found = measure(arguments)
    print(json.dumps(found) if arguments.json else in_words(found))
    return 0


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    from inference.preprocess import make_preprocessing
    from training.representation.features.model import feature_model

    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model or trained(Path(folder), arguments.size, arguments.plain, arguments.epochs)
        own = feature_model(model, "output_gap")
        prepare = make_preprocessing(own.model.input_shape[1])
        random = np.random.default_rng(arguments.seed)
        drawn = [
            draw(CLASS_SLUGS[each % len(CLASS_SLUGS)], arguments.seed + each, short_side=SHORT_SIDE)
            for each in range(arguments.pictures)
        ]
        first = features(own, prepare, drawn)
        hashes = [dhash64(one) for one in drawn]
        kinds: dict[str, dict[str, Any]] = {}
        for kind, alter in ALTERED.items():
            altered = [alter(one, random) for one in drawn]
            far = 1 - np.einsum("nd,nd->n", first, features(own, prepare, altered))
            bits = [hamming(a, dhash64(b)) for a, b in zip(hashes, altered, strict=True)]
            kinds[kind] = {"by_hash": float(np.mean(np.array(bits) <= NEAR_BITS)), **told(far)}
    similar = first @ first.T
    np.fill_diagonal(similar, -1)
    nearest = 1 - similar.max(axis=1)
    pairs = 1 - similar[np.triu_indices(len(first), 1)]
    return {
        "pictures": len(drawn),
        "altered": kinds,
        "nearest_other": told(nearest),
        "pairs_of_different_a_million": {str(far): float((pairs <= far).mean() * 1e6) for far in DISTANCES},
    }


def told(far: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Quantiles of distances, and the share within each of DISTANCES."""
    quantiles = {f"q{each}": round(float(np.quantile(far, each / 100)), 5) for each in (5, 50, 90, 95)}
    return quantiles | {"within": {str(one): round(float((far <= one).mean()), 4) for one in DISTANCES}}


def features(own: Any, prepare: Any, pictures: list[Image.Image]) -> np.ndarray[Any, Any]:
    """(N, D), each of length 1."""
    rows = [prepare(jpeg(one, 92)) for one in pictures]
    made = np.concatenate([own(np.stack(rows[start : start + 32])) for start in range(0, len(rows), 32)])
    made = made.astype(np.float16).astype(np.float32)  # as they are kept
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def jpeg(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def recompressed(picture: Image.Image, _random: Any) -> Image.Image:
    small = picture.resize((picture.width // 2, picture.height // 2))
    return Image.open(io.BytesIO(jpeg(small, 35)))


def cropped(part: float) -> Any:
    def crop(picture: Image.Image, random: Any) -> Image.Image:
        width, height = round(picture.width * part), round(picture.height * part)
        left = int(random.integers(0, picture.width - width + 1))
        top = int(random.integers(0, picture.height - height + 1))
        return picture.crop((left, top, left + width, top + height))

    return crop


def turned(picture: Image.Image, random: Any) -> Image.Image:
    return picture.rotate(90 * int(random.integers(1, 4)), expand=True)


def recoloured(picture: Image.Image, random: Any) -> Image.Image:
    gains = random.uniform(0.8, 1.15, 3)
    values = np.asarray(picture.convert("RGB"), np.float32) * gains
    return ImageEnhance.Color(Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))).enhance(0.7)


def photographed(picture: Image.Image, random: Any) -> Image.Image:
    """The same sheet on a table: a little askew, with a border, light from one side, and noise."""
    width, height = picture.size
    sheet = picture.convert("RGB").rotate(
        float(random.uniform(-3, 3)), Image.Resampling.BICUBIC, expand=True, fillcolor=(70, 64, 58)
    )
    table = Image.new("RGB", (round(sheet.width * 1.08), round(sheet.height * 1.08)), (70, 64, 58))
    table.paste(sheet, (round(sheet.width * 0.03), round(sheet.height * 0.05)))
    values = np.asarray(table.resize((width, height)), np.float32)
    values *= np.linspace(0.8, 1.1, width)[None, :, None]
    values += random.normal(0, 4, values.shape)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


ALTERED: dict[str, Any] = {
    "saved anew at half the size": recompressed,
    "cropped to 90 % of the sides": cropped(0.9),
    "cropped to 70 % of the sides": cropped(0.7),
    "turned by 90, 180 or 270 degrees": turned,
    "other colours": recoloured,
    "photographed from the sheet": photographed,
}


def trained(folder: Path, size: int, plain: bool, epochs: int = EPOCHS) -> Path:
    """A model folder of a small ConvNeXt that has learnt the 17 classes."""
    from inference.export_engine import save_model_folder
    from inference.preprocess import make_preprocessing
    from training.backend import keras
    from training.models.convnext import build_convnext

    prepare = make_preprocessing(size)
    count = LEARNT_FROM * len(CLASS_SLUGS)
    which = np.arange(count) % len(CLASS_SLUGS)
    rows = [
        prepare(jpeg(draw(CLASS_SLUGS[one], 1_000_000 + n, short_side=SHORT_SIDE), 92))
        for n, one in enumerate(which.tolist())
    ]
    model = build_convnext(
        len(CLASS_SLUGS), size, blocks=(2, 2, 4, 2), width=16, expansion=3, seed=1, name="small"
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(2e-3, weight_decay=0.01), loss, metrics=["accuracy"])
    seen, random = np.stack(rows), np.random.default_rng(1)
    for _epoch in range(epochs):
        shown = seen if plain else np.stack([another_look(one, random) for one in seen])
        model.fit(shown, which, batch_size=32, verbose=2)
    return save_model_folder(model, folder, "small", list(CLASS_SLUGS), licence="", source="drawn pictures")


def another_look(picture: np.ndarray[Any, Any], random: np.random.Generator) -> np.ndarray[Any, Any]:
    """(size, size, 3) turned by a right angle or not, mirrored or not, cropped, in other colours."""
    size = len(picture)
    part = int(size * random.uniform(0.65, 1))
    down, across = (
        random.integers(0, size - part + 1) + np.arange(size) * part // size for _each in range(2)
    )
    seen = np.rot90(picture[down][:, across], int(random.integers(0, 4)))
    if random.random() < 0.5:
        seen = seen[:, ::-1]
    return np.clip(seen * random.uniform(0.8, 1.15, 3), 0, 255).astype(np.float32)


def in_words(found: dict[str, Any]) -> str:
    lines = ["| | found by hash | " + " | ".join(f"≤ {one}" for one in DISTANCES) + " |"]
    lines.append("|---" * (len(DISTANCES) + 2) + "|")
    for kind, one in found["altered"].items():
        lines.append(f"| {kind} | {one['by_hash']:.0%} | " + _shares(one) + " |")
    lines.append("| another picture within | | " + _shares(found["nearest_other"]) + " |")
    each = found["pairs_of_different_a_million"].values()
    lines.append(
        "| pairs of different ones a million | | " + " | ".join(f"{one:,.0f}" for one in each) + " |"
    )
    return "\n".join(lines)


def _shares(one: dict[str, Any]) -> str:
    return " | ".join(f"{share:.0%}" for share in one["within"].values())


if __name__ == "__main__":
    raise SystemExit(main())
