"""IIIF documents: the addresses of the pictures that a manifest or an image's information names.

IIIF Presentation API 2 and 3, IIIF Image API 1 to 3 (https://iiif.io/api/).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from curation.records.addresses import AddressProblem, check_address
from curation.records.medium import RecordsError

MOST_BYTES = 20_000_000
MOST_PICTURES = 500
BOX = 2048  # pixels: the picture is asked for so that it fits into a square of this side
_DEPTH = 30

# What a parsed JSON document holds.
type_of_json = dict[str, Any]


def manifest_images(document: bytes, address: str) -> list[str]:
    """Addresses of the pictures, in the order of the canvases, the same one once.

    Where a picture has an image service, it is asked for at most 2048 pixels wide and high and never larger
    than it is; else the address in the manifest is taken. address: where the document came from. Raises
    RecordsError: manifest (it is none, or names no picture), too-long.
    """
    if len(document) > MOST_BYTES:
        raise RecordsError(
            address, "too-long", f"the manifest has {len(document):,} bytes; at most {MOST_BYTES:,} are read."
        )
    try:
        parsed = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise RecordsError(
            address, "manifest", "what stands at the address is no JSON, so it is no IIIF manifest."
        ) from error
    if not isinstance(parsed, dict):
        raise RecordsError(address, "manifest", "the document is no IIIF manifest: it is no JSON object.")
    found: dict[str, None] = {}
    for picture in _pictures(parsed, address):
        if not isinstance(check_address(picture), AddressProblem):
            found.setdefault(picture.strip())
        if len(found) > MOST_PICTURES:
            raise RecordsError(
                address,
                "too-long",
                f"the manifest names more than {MOST_PICTURES} pictures; a specimen has fewer. Ask the "
                "publisher for one manifest a specimen.",
            )
    if not found:
        raise RecordsError(
            address, "manifest", "the document names no picture that can be asked for, so nothing is fetched."
        )
    return list(found)


def _pictures(parsed: type_of_json, address: str) -> Iterator[str]:
    if _is_service(parsed):
        yield _sized(parsed, address)
    for sequence in _each(parsed.get("sequences")):  # Presentation API 2
        for canvas in _each(sequence.get("canvases")):
            for annotation in _each(canvas.get("images")):
                yield from _bodies(annotation.get("resource"))
    for canvas in _each(parsed.get("items")):  # Presentation API 3
        if canvas.get("type") == "Canvas":
            for page in _each(canvas.get("items")):
                for annotation in _each(page.get("items")):
                    if _motivation(annotation) in ("", "painting"):
                        yield from _bodies(annotation.get("body"))


def _motivation(annotation: type_of_json) -> str:
    given = annotation.get("motivation", "")
    if isinstance(given, list):
        given = given[0] if given else ""
    return given.rpartition(":")[2] if isinstance(given, str) else ""


def _bodies(body: object, depth: int = 0) -> Iterator[str]:
    """The picture of a body. Of a choice, the first: it is shown without asking."""
    for each in _each(body):
        choices = each.get("default") or each.get("items")
        if depth < _DEPTH and isinstance(choices, dict | list) and choices:
            yield from _bodies(choices[0] if isinstance(choices, list) else choices, depth + 1)
            return
        kind = str(each.get("type") or each.get("@type") or "").rpartition(":")[2]
        if kind not in ("Image", ""):
            continue
        service = next((one for one in _each(each.get("service")) if _is_service(one)), None)
        own = _id(each)
        if service is not None:
            yield _sized({**_size_of(each), **service}, own)
        elif own:
            yield own


def _size_of(body: type_of_json) -> type_of_json:
    return {key: body[key] for key in ("width", "height") if key in body}


def _is_service(parsed: type_of_json) -> bool:
    context = json.dumps(
        [parsed.get(key) for key in ("@context", "context", "type", "@type", "profile", "protocol")]
    )
    return bool(_id(parsed)) and (
        "/image/" in context or "ImageService" in context or "image-api" in context or "api/image" in context
    )


def _sized(service: type_of_json, fallback: str) -> str:
    """The address of the whole picture, scaled down where it is larger than the box and the server can."""
    base = _id(service).rstrip("/")
    if not base:
        return fallback
    width, height = (service.get(key) for key in ("width", "height"))
    fits = isinstance(width, int) and isinstance(height, int) and 0 < max(width, height) <= BOX
    first = str(service.get("@context")) + str(service.get("type")) + str(service.get("@type"))
    is_third = "image/3" in first or "ImageService3" in first
    level = json.dumps(service.get("profile", ""))
    whole = "max" if is_third else "full"
    if fits:
        size = whole
    elif "level0" in level:
        size = _ready_size(service) or whole
    elif "level1" in level and isinstance(width, int) and isinstance(height, int) and min(width, height) > 0:
        # Level 1 scales to a width or a height, not into a box (Image API 3, compliance).
        size = f"{BOX}," if width >= height else f",{BOX}"
    else:
        size = f"!{BOX},{BOX}"
    quality = (
        "native" if "1.1" in first or "image-api/1" in level or "library.stanford.edu" in level else "default"
    )
    return f"{base}/full/{size}/0/{quality}.jpg"


def _ready_size(service: type_of_json) -> str:
    """Of the sizes that a server of level 0 has ready, the largest within the box."""
    ready = [
        (each["width"], each["height"])
        for each in _each(service.get("sizes"))
        if isinstance(each.get("width"), int) and isinstance(each.get("height"), int)
    ]
    fitting = [size for size in ready if 0 < max(size) <= BOX and max(size) >= BOX // 2]
    if not fitting:
        return ""
    width, height = max(fitting)
    return f"{width},{height}"


def _id(parsed: type_of_json) -> str:
    found = parsed.get("id") or parsed.get("@id") or ""
    return found if isinstance(found, str) else ""


def _each(value: object) -> Iterator[type_of_json]:
    """The objects of a list, or the one object that stands in its place."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, dict):
                yield each
