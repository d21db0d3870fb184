"""From any pixel mode and embedded ICC profile to sRGB (IEC 61966-2-1)."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_ALPHA_MODES = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_MODE_OF_SPACE = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_PROBE_STEPS = 9


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, list[str]]:
    """Convert to 8-bit sRGB "RGB"; transparent parts are laid on white. Returns the notes too.

    profile: the embedded ICC profile. One that cannot be used is ignored with a note: the pixels are sound,
        and sRGB is what nearly every untagged picture holds.
    """
    notes: list[str] = []
    alpha: Image.Image | None = None
    if image.has_transparency_data:
        if image.mode not in ("LA", "RGBA"):
            image = image.convert("LA" if image.mode == "La" else "RGBA")
        alpha = image.getchannel("A")
        if alpha.getextrema() == (0, 0):
            # A fourth channel that is not opacity, as some scanners write it.
            notes.append("the alpha channel is 0 everywhere: ignored")
            alpha = None
    base = _base(image)
    if profile:
        base, note = _apply_profile(base, profile)
        notes += [note] if note else []
    elif base.mode == "CMYK":
        notes.append("CMYK without an ICC profile: converted without one")
    rgb = base if base.mode == "RGB" else base.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        paper = Image.new("RGB", rgb.size, "white")
        paper.paste(rgb, mask=alpha)
        rgb = paper
    return rgb, notes


def _base(image: Image.Image) -> Image.Image:
    """The opaque picture as L, RGB or CMYK."""
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    # Pillow converts CIELAB with its D50 profile, as TIFF and ICC define it.
    return image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")


def _apply_profile(base: Image.Image, profile: bytes) -> tuple[Image.Image, str | None]:
    try:
        mode, transform = _transform(profile)
        if mode == "RGB" and base.mode == "L":
            base = base.convert("RGB")  # scanners tag grey scans with their RGB profile
        if base.mode != mode:
            return base, f"the ICC profile is for {mode} but the picture is {base.mode}: ignored"
        return (base if transform is None else _transformed(base, transform)), None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as exc:
        return base, f"the ICC profile is unusable ({exc}): treated as sRGB"


def _transformed(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    result = ImageCms.applyTransform(image, transform)
    assert result is not None  # only with inPlace
    return result


@lru_cache(maxsize=16)  # a collection's pictures share one camera or scanner
def _transform(profile: bytes) -> tuple[str, ImageCms.ImageCmsTransform | None]:
    """The mode a profile is for, and the transform from it to sRGB; None where that would change nothing.

    Relative colorimetric with black point compensation: colours that sRGB can show stay as they are, which
    for specimens matters more than the smooth squeeze of the perceptual intent.
    """
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = opened.profile.xcolor_space.strip()
    mode = _MODE_OF_SPACE.get(space)
    if mode is None:
        raise ValueError(f"colour space {space!r}, not one of {', '.join(_MODE_OF_SPACE)}")
    transform = ImageCms.buildTransform(
        opened,
        _srgb(),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return mode, None if mode == "RGB" and _changes_nothing(transform) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether no colour of a 9 x 9 x 9 grid moves by more than one level.

    Then the profile is sRGB by another name.
    """
    steps = np.linspace(0, 255, _PROBE_STEPS).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(_PROBE_STEPS, -1, 3)
    after = np.asarray(_transformed(Image.fromarray(grid), transform))
    return int(np.abs(after.astype(np.int16) - grid).max()) <= 1


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
