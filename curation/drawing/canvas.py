"""A picture being drawn: relative coordinates, a stack of transforms, smooth edges.

Lengths are in units of the picture's short side, x to the right and y downwards, so that one
program draws the same composition at every size. Shapes are drawn twice as large as asked and
reduced at the end, because Pillow's polygons have hard edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Points = npt.NDArray[np.float64]
Colour = tuple[int, ...]
_CIRCLE: Points = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 37)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 37)[:-1])], axis=1
)


@lru_cache(maxsize=256)
def font(pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, so that the same words have the same pixels on every machine."""
    return ImageFont.load_default(max(4, pixels))


class Canvas:
    """`width` x `height` in units of the short side, one of the two being 1; `short_side` in pixels."""

    def __init__(
        self, width: float, height: float, short_side: int, background: Colour, *, oversample: int = 2
    ) -> None:
        if min(width, height) != 1:
            raise ValueError(f"The shorter of width and height must be 1; got {width} x {height}.")
        self.width, self.height, self._oversample = width, height, oversample
        self.size = (round(width * short_side), round(height * short_side))
        self.unit = float(short_side * oversample)
        enlarged = (self.size[0] * oversample, self.size[1] * oversample)
        self.image = Image.new("RGB", enlarged, background)
        self._draw = ImageDraw.Draw(self.image, "RGBA")
        self._matrix: Points = np.eye(2) * self.unit
        self._origin: Points = np.zeros(2)
        self._held: list[tuple[Points, Colour, float]] | None = None

    @contextmanager
    def at(
        self, x: float, y: float, angle: float = 0.0, scale: float = 1.0, *, flip: bool = False
    ) -> Iterator[None]:
        """Move the origin to (x, y), turn by `angle` (radians, clockwise on screen) and scale."""
        saved = self._matrix, self._origin
        c, s = math.cos(angle) * scale, math.sin(angle) * scale
        sign = -1.0 if flip else 1.0
        self._origin = self._matrix @ np.array([x, y]) + self._origin
        self._matrix = self._matrix @ np.array([[c * sign, -s], [s * sign, c]])
        try:
            yield
        finally:
            self._matrix, self._origin = saved

    def pixels(self, points: Points) -> Points:
        """Points (N, 2) in local units -> pixels of the enlarged picture."""
        return points @ self._matrix.T + self._origin

    @property
    def scale(self) -> float:
        return math.hypot(self._matrix[0, 0], self._matrix[1, 0])

    @contextmanager
    def fitted(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Shapes drawn inside are shrunk and moved, if need be, to lie in a rectangle of the canvas.

        A plant that grows at random does not know its size before it is drawn, so its shapes are held back.
        """
        self._held = []
        try:
            yield
            held = self._held
        finally:
            self._held = None
        if not held:
            return
        points = np.concatenate([shape for shape, _, _ in held])
        low, high = points.min(axis=0), points.max(axis=0)
        box_low = self.pixels(np.array([[x, y], [x + width, y + height]]))
        shrink = float(min(1.0, *((box_low[1] - box_low[0]) / (high - low + 1e-6))))
        start = np.clip(low, box_low[0], np.maximum(box_low[0], box_low[1] - (high - low) * shrink))
        for shape, fill, wide in held:
            self._emit((shape - low) * shrink + start, fill, wide * shrink)

    def _emit(self, pixels: Points, fill: Colour, width: float) -> None:
        """Draw a polygon (width 0) or a polyline given in pixels."""
        if self._held is not None:
            self._held.append((pixels, fill, width))
        elif width == 0:
            self._draw.polygon(pixels.ravel().tolist(), fill=fill)
        else:
            self._draw.line(pixels.ravel().tolist(), fill=fill, width=max(1, round(width)), joint="curve")

    def poly(self, points: Points, fill: Colour) -> None:
        self._emit(self.pixels(points), fill, 0)

    def line(self, points: Points, width: float, fill: Colour) -> None:
        self._emit(self.pixels(points), fill, max(0.5, width * self.scale))

    def lines(self, many: Sequence[Points], width: float, fill: Colour) -> None:
        """Many polylines of one width, transformed together because each transform costs more than a line."""
        if not many:
            return
        pixels = self.pixels(np.concatenate(many))
        wide, start = max(0.5, width * self.scale), 0
        for points in many:
            self._emit(pixels[start : start + len(points)], fill, wide)
            start += len(points)

    def stroke(self, points: Points, width: float, end: float, fill: Colour) -> None:
        """A line whose width runs from `width` to `end`."""
        tangent = np.empty_like(points)  # central differences; np.gradient takes five times as long
        tangent[1:-1] = points[2:] - points[:-2]
        tangent[0], tangent[-1] = points[1] - points[0], points[-1] - points[-2]
        length = np.hypot(tangent[:, 0], tangent[:, 1])[:, None] + 1e-9
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / length
        half = np.linspace(width, end, len(points))[:, None] / 2
        least = 0.5 / self.scale  # thinner than half a pixel would break into dots
        half = np.maximum(half, least)
        self.poly(np.concatenate([points + normal * half, (points - normal * half)[::-1]]), fill)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Colour, angle: float = 0.0) -> None:
        tiny = max(rx, ry) * self.scale < 5
        points = (_CIRCLE[::3] if tiny else _CIRCLE) * (rx, ry)
        if angle:
            c, s = math.cos(angle), math.sin(angle)
            points = points @ np.array([[c, s], [-s, c]])
        self.poly(points + (x, y), fill)

    def box(self, x: float, y: float, width: float, height: float, fill: Colour) -> None:
        """A rectangle by its upper left corner."""
        self.poly(np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]), fill)

    def frame(self, x: float, y: float, width: float, height: float, line: float, fill: Colour) -> None:
        corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
        self.line(np.array(corners), line, fill)

    def shadow(self, x: float, y: float, width: float, height: float, depth: float) -> None:
        """A soft shadow under a rectangle: a few translucent copies, cheaper than a blur."""
        for step in range(4):
            grow = depth * (step + 1) / 4
            self.box(x - grow * 0.3, y - grow * 0.1, width + grow, height + grow, (20, 15, 10, 22))

    def text(
        self, x: float, y: float, words: str, size: float, fill: Colour, *, middle: bool = False
    ) -> None:
        """Words with their upper left corner (or upper middle) at (x, y), turned as the canvas is."""
        face = font(round(size * self.scale))
        if middle:
            x -= face.getlength(words) / self.scale / 2
        angle = math.atan2(self._matrix[1, 0], self._matrix[0, 0])
        px, py = self.pixels(np.array([[x, y]]))[0]
        if abs(angle) < 1e-4:
            self._draw.text((float(px), float(py)), words, font=face, fill=fill)
            return
        box = face.getbbox(words)
        mask = Image.new("L", (int(box[2]) + 2, int(box[3]) + 2))
        ImageDraw.Draw(mask).text((0, 0), words, font=face, fill=fill[3] if len(fill) > 3 else 255)
        turned = mask.rotate(-math.degrees(angle), Image.Resampling.BILINEAR, expand=True)
        corners = np.array([[0, 0], [mask.width, 0], [mask.width, mask.height], [0, mask.height]], float)
        c, s = math.cos(angle), math.sin(angle)
        low = (corners @ np.array([[c, s], [-s, c]])).min(axis=0)
        self.image.paste(fill[:3], (round(px + low[0]), round(py + low[1])), turned)

    def text_width(self, words: str, size: float) -> float:
        return float(font(round(size * self.scale)).getlength(words)) / self.scale

    def paste(self, picture: Image.Image, x: float, y: float, width: float) -> None:
        """Put a picture with its middle at (x, y), `width` wide, turned as the canvas is."""
        wide = max(2, round(width * self.scale))
        high = max(2, round(wide * picture.height / picture.width))
        picture = picture.resize((wide, high), Image.Resampling.BILINEAR).convert("RGBA")
        angle = math.atan2(self._matrix[1, 0], self._matrix[0, 0])
        if abs(angle) > 1e-4:
            picture = picture.rotate(-math.degrees(angle), Image.Resampling.BILINEAR, expand=True)
        px, py = self.pixels(np.array([[x, y]]))[0]
        corner = (round(px - picture.width / 2), round(py - picture.height / 2))
        self.image.paste(picture, corner, picture)

    def replace(self, picture: Image.Image) -> None:
        """Go on drawing over another picture of the enlarged size (a blurred background, say)."""
        self.image = picture if picture.size == self.image.size else picture.resize(self.image.size)
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def finish(self) -> Image.Image:
        return self.image.reduce(self._oversample)
