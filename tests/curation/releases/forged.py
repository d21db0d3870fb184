"""An export that somebody changes on purpose: whatever follows from the change can be made anew as well."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from curation.services.exports.folder import CHECKSUMS_FILE, checksums, listed
from curation.services.manifest import Row

Lines = list[list[str]]


class Forged:
    """The folder of an export, read and written piece by piece."""

    def __init__(self, folder: Path, format: str) -> None:
        self.folder = folder
        self.format = format

    def sign(self) -> None:
        """The hash of the manifest and the checksums of all files, made anew."""
        self.facts(
            lambda facts: (
                facts.update(
                    manifest_sha256=hashlib.sha256((self.folder / "manifest.txt").read_bytes()).hexdigest()
                )
                if (self.folder / "manifest.txt").exists()
                else None
            )
        )
        (self.folder / CHECKSUMS_FILE).unlink()
        found = {each["name"]: each["sha256"] for each in listed(self.folder)}
        (self.folder / CHECKSUMS_FILE).write_bytes(checksums(found))

    def facts(self, change: Callable[[dict[str, Any]], Any] = lambda facts: None) -> dict[str, Any]:
        """release.json, after `change`."""
        path = self.folder / "release.json"
        facts: dict[str, Any] = json.loads(path.read_text())
        change(facts)
        path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
        return facts

    def manifest(self, change: Callable[[dict[str, Any], Lines], Any]) -> None:
        """The manifest's facts and rows, changed."""
        path = self.folder / "manifest.txt"
        first, described, columns, *rows = path.read_text().split("\n")[:-1]
        facts, lines = json.loads(described[2:]), [row.split("\t") for row in rows]
        change(facts, lines)
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        whole = [first, f"# {text}", columns, *("\t".join(line) for line in lines), ""]
        path.write_text("\n".join(whole))

    def row(self, change: Callable[[list[str]], Any], at: int = 0) -> str:
        """One row of the manifest changed; its SHA-256."""
        found: list[str] = []

        def changed(_facts: dict[str, Any], lines: Lines) -> None:
            change(lines[at])
            found.append(lines[at][0])

        self.manifest(changed)
        return found[0]

    def table(self, name: str, change: Callable[[Lines], Any]) -> None:
        """The lines of a table, its head first, changed."""
        path = self.folder / name
        lines = list(csv.reader(io.StringIO(path.read_text(), newline=""), dialect="excel-tab"))
        change(lines)
        out = io.StringIO()
        csv.writer(out, dialect="excel-tab", lineterminator="\n").writerows(lines)
        path.write_text(out.getvalue())

    def labels(self, change: Callable[[list[dict[str, str]]], Any]) -> None:
        def changed(lines: Lines) -> None:
            head, *body = lines
            found = [dict(zip(head, line, strict=True)) for line in body]
            change(found)
            lines[1:] = [list(line.values()) for line in found]

        self.table("labels.tsv", changed)

    def everywhere(self, old: str, new: str) -> None:
        """In every text of the export."""
        for path in self.folder.rglob("*"):
            if path.suffix in {".txt", ".tsv", ".json", ".md", ".csv"}:
                path.write_text(path.read_text().replace(old, new))

    # Pictures

    def picture(self, change: Callable[[bytes], bytes]) -> tuple[str, str]:
        """One picture changed, and its SHA-256 in the labels; the file that holds it, and its id."""
        return self._replaced({0: change})

    def pictures_swapped(self) -> tuple[str, str]:
        """Two pictures of one file in each other's place."""
        one, two = self._held()
        return self._replaced({0: lambda _: two, 1: lambda _: one}, relabel=False)

    def _held(self) -> tuple[bytes, bytes]:
        """Two pictures that differ, the first two of the first file that holds some."""
        seen: list[bytes] = []
        self._replaced({0: lambda was: seen.append(was) or was, 1: lambda was: seen.append(was) or was})
        assert seen[0] != seen[1]
        return seen[0], seen[1]

    def _replaced(
        self, changes: dict[int, Callable[[bytes], bytes]], relabel: bool = True
    ) -> tuple[str, str]:
        replace = {"tfrecord": self._in_shard, "imagefolder": self._in_folder}.get(
            self.format, self._in_archive
        )
        file, made = replace(changes)
        if relabel:

            def again(lines: list[dict[str, str]]) -> None:
                for line in lines:
                    if line["id"] in made:
                        line["file_sha256"] = hashlib.sha256(made[line["id"]]).hexdigest()

            self.labels(again)
        return file, next(iter(made))

    def _in_archive(self, changes: dict[int, Callable[[bytes], bytes]]) -> tuple[str, dict[str, bytes]]:
        path = min(self.folder.glob("*.zip"))
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        names = distinct(files)
        made = {names[at]: change(files[names[at]]) for at, change in changes.items()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (files | made).items():
                archive.writestr(name, content)
        return path.name, {Path(name).stem: content for name, content in made.items()}

    def _in_folder(self, changes: dict[int, Callable[[bytes], bytes]]) -> tuple[str, dict[str, bytes]]:
        files = {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*.jpg"))}
        names = distinct(files)
        made = {}
        for at, change in changes.items():
            path = Path(names[at])
            made[path.stem] = change(files[names[at]])
            path.write_bytes(made[path.stem])
        return Path(names[0]).relative_to(self.folder).as_posix(), made

    def _in_shard(self, changes: dict[int, Callable[[bytes], bytes]]) -> tuple[str, dict[str, bytes]]:
        import tensorflow as tf

        path = next(self.folder.glob("*-train.tfr"))
        found = [
            tf.train.Example.FromString(each)
            for each in tf.data.TFRecordDataset([str(path)]).as_numpy_iterator()
        ]
        images = {str(at): image(example) for at, example in enumerate(found)}
        places = distinct(images)
        made = {}
        for at, change in changes.items():
            example = found[int(places[at])]
            value = example.features.feature["image"].bytes_list.value
            value[0] = change(value[0])
            made[example.features.feature["id"].bytes_list.value[0].decode()] = value[0]
        with tf.io.TFRecordWriter(str(path)) as writer:
            for example in found:
                writer.write(example.SerializeToString(deterministic=True))
        return path.name, made


def image(example: Any) -> bytes:
    return bytes(example.features.feature["image"].bytes_list.value[0])


def distinct(files: dict[str, bytes]) -> list[str]:
    """Names of two files whose contents differ, first the first."""
    names = list(files)
    return [names[0], next(name for name in names if files[name] != files[names[0]])]


def column(name: str) -> int:
    return Row._fields.index(name)


def jpeg(width: int, height: int, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 128 if mode == "L" else (30, 90, 40)).save(out, "JPEG", quality=94)
    return out.getvalue()
