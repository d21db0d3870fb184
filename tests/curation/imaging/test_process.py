from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from curation.imaging import PictureError, open_srgb, process
from curation.imaging.hashing import dhash64, hamming
from curation.imaging.tone import looks_grey
from tests.curation.imaging.pictures import leaf, saved
from tests.shared import SPECIMENS

WHOLE = [
    saved(leaf(120, 100), writer, **options)  # type: ignore[arg-type]
    for writer, options in (
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "exif": b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"}),
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("JPEG2000", {}),
    )
]
MAGIC = sorted({data[:n] for data in WHOLE for n in (4, 12, 30)})


def swallow(path: Path, data: bytes) -> None:
    """Whatever the bytes are: a result or a PictureError, which names the file."""
    path.write_bytes(data)
    try:
        process(path)
    except PictureError as exc:
        assert path.name in str(exc)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(magic=st.sampled_from([b"", *MAGIC]), rest=st.binary(max_size=400))
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_any_bytes(tmp_path: Path, magic: bytes, rest: bytes) -> None:
    swallow(tmp_path / "any", magic + rest)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.sampled_from(WHOLE),
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    header=st.booleans(),
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_sound_files_with_some_bytes_changed(
    tmp_path: Path, data: bytes, edits: list[tuple[float, int]], header: bool
) -> None:
    changed = bytearray(data)
    for where, value in edits:
        changed[int(where * (min(300, len(data)) if header else len(data)))] = value
    swallow(tmp_path / "changed", bytes(changed))


def test_errors_survive_the_way_between_processes(tmp_path: Path) -> None:
    with pytest.raises(PictureError) as caught:
        process(tmp_path / "absent.jpg")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.name, copy.rule, str(copy)) == ("absent.jpg", "unreadable", str(caught.value))


def test_everything_from_one_reading(tmp_path: Path) -> None:
    data = saved(leaf(1_600, 1_200), "JPEG", quality=92)
    path = tmp_path / "sheet.jpeg"
    path.write_bytes(data)
    processed = process(path)
    assert processed.info.sha256 == hashlib.sha256(data).hexdigest()
    assert processed.info.bytes == len(data)
    assert list(processed.renditions) == ["review", "dataset", "thumb"]
    assert processed.notes == ()
    # The noise of the drawing has colours of its own; without them there is nothing but grey.
    assert not looks_grey(processed.chroma)
    path.write_bytes(saved(leaf(1_600, 1_200).convert("L"), "JPEG", quality=92))
    assert process(path).chroma == 0
    path.write_bytes(data)
    again = process(path)
    assert again == processed


@pytest.mark.shared_data
def test_every_real_photograph() -> None:
    expected = {}
    for line in (SPECIMENS / "reference_logits.tsv").read_text().splitlines():
        fields = line.split("\t")
        expected[Path(fields[0]).name] = line
    paths = sorted(SPECIMENS.glob("*.jpg"))
    assert len(paths) == 25
    hashes = set()
    for path in paths:
        processed = process(path)
        assert processed.notes == ()
        assert processed.info.sha256 in expected[path.name]
        review = Image.open(io.BytesIO(processed.renditions["review"]))
        assert min(review.size) == min(1_024, processed.info.width, processed.info.height)
        hashes.add(processed.dhash)
    assert len(hashes) == 25


@pytest.mark.shared_data
def test_the_scale_of_decoding_does_not_move_the_hash() -> None:
    for path in sorted(SPECIMENS.glob("MICH-V-*.jpg")):
        assert hamming(process(path).dhash, dhash64(open_srgb(path).image)) <= 2
