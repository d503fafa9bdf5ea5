"""Renders traffic signs as a small camera would see them: 32x32 grey pixels, tilted, blurred, noisy, in clutter."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = 32
"""Side of a rendered image in pixels."""

SUPERSAMPLING = 3
CANVAS = SIZE * SUPERSAMPLING

Polygon = list[tuple[float, float]]
"""Corners in sign coordinates: x to the right, y down, the sign's outline within [-1, 1]."""


@dataclass(frozen=True)
class Paint:
    """Grey values of one sign, 0 (black) to 255 (white)."""

    light: int
    dark: int
    rim: int


@dataclass(frozen=True)
class Sign:
    name: str
    board: Callable[[ImageDraw.ImageDraw, Paint], None]
    symbol: Callable[[ImageDraw.ImageDraw, Paint], None]


def regular_polygon(corners: int, first_angle: float, radius: float = 1.0) -> Polygon:
    angles = np.radians(first_angle) + 2 * np.pi * np.arange(corners) / corners
    return [(radius * float(np.cos(angle)), radius * float(np.sin(angle))) for angle in angles]


def to_pixels(points: Polygon) -> Polygon:
    half = CANVAS / 2
    return [(half + x * half, half + y * half) for x, y in points]


def fill(draw: ImageDraw.ImageDraw, points: Polygon, grey: int) -> None:
    draw.polygon(to_pixels(points), fill=grey)


def disc(draw: ImageDraw.ImageDraw, radius: float, grey: int) -> None:
    draw.ellipse(to_pixels([(-radius, -radius), (radius, radius)]), fill=grey)


def stroke(draw: ImageDraw.ImageDraw, points: Polygon, grey: int, width: float) -> None:
    draw.line(to_pixels(points), fill=grey, width=round(width * CANVAS / 2), joint="curve")


def write(draw: ImageDraw.ImageDraw, text: str, grey: int, height: float) -> None:
    font = ImageFont.load_default(size=height * CANVAS / 2)
    width = 0.03 * height * CANVAS / 2
    draw.text((CANVAS / 2, CANVAS / 2), text, fill=grey, font=font, anchor="mm", stroke_width=width, stroke_fill=grey)


def prohibition(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    disc(draw, 1.0, paint.rim)
    disc(draw, 0.76, paint.light)


def mandatory(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    disc(draw, 1.0, paint.dark)


def warning(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    fill(draw, regular_polygon(3, -90), paint.rim)
    fill(draw, regular_polygon(3, -90, 0.70), paint.light)


def give_way(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    fill(draw, regular_polygon(3, 90), paint.rim)
    fill(draw, regular_polygon(3, 90, 0.60), paint.light)


def octagon(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    fill(draw, regular_polygon(8, 22.5), paint.rim)


def diamond(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    fill(draw, regular_polygon(4, 0), paint.light)
    fill(draw, regular_polygon(4, 0, 0.66), paint.rim)


def red_disc(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    disc(draw, 1.0, paint.rim)


def nothing(_draw: ImageDraw.ImageDraw, _paint: Paint) -> None:
    return


def dark_text(text: str, height: float) -> Callable[[ImageDraw.ImageDraw, Paint], None]:
    return lambda draw, paint: write(draw, text, paint.dark, height)


def light_text(text: str, height: float) -> Callable[[ImageDraw.ImageDraw, Paint], None]:
    return lambda draw, paint: write(draw, text, paint.light, height)


def dark_path(points: Polygon) -> Callable[[ImageDraw.ImageDraw, Paint], None]:
    return lambda draw, paint: stroke(draw, points, paint.dark, 0.16)


def arrow(shaft: Polygon, head: Polygon) -> Callable[[ImageDraw.ImageDraw, Paint], None]:
    def draw_arrow(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
        stroke(draw, shaft, paint.light, 0.2)
        fill(draw, head, paint.light)

    return draw_arrow


def crossing(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    stroke(draw, [(0.0, -0.36), (0.0, 0.32)], paint.dark, 0.16)
    stroke(draw, [(-0.32, 0.04), (0.32, 0.04)], paint.dark, 0.16)


def bar(draw: ImageDraw.ImageDraw, paint: Paint) -> None:
    stroke(draw, [(-0.68, 0.0), (0.68, 0.0)], paint.light, 0.34)


def mirrored(points: Polygon) -> Polygon:
    return [(-x, y) for x, y in points]


BEND = [(0.14, 0.32), (0.14, 0.08), (-0.14, -0.08), (-0.14, -0.36)]
TURN_SHAFT = [(-0.30, 0.62), (-0.30, -0.12), (0.30, -0.12)]
TURN_HEAD = [(0.24, -0.44), (0.66, -0.12), (0.24, 0.20)]
AHEAD_SHAFT = [(0.0, 0.64), (0.0, -0.20)]
AHEAD_HEAD = [(-0.36, -0.16), (0.0, -0.68), (0.36, -0.16)]

SIGNS = [
    Sign("speed limit 30", prohibition, dark_text("30", 0.98)),
    Sign("speed limit 50", prohibition, dark_text("50", 0.98)),
    Sign("speed limit 60", prohibition, dark_text("60", 0.98)),
    Sign("speed limit 80", prohibition, dark_text("80", 0.98)),
    Sign("no vehicles", prohibition, nothing),
    Sign("no entry", red_disc, bar),
    Sign("stop", octagon, light_text("STOP", 0.72)),
    Sign("give way", give_way, nothing),
    Sign("priority road", diamond, nothing),
    Sign("danger", warning, dark_text("!", 0.95)),
    Sign("crossroads", warning, crossing),
    Sign("bend to the left", warning, dark_path(BEND)),
    Sign("bend to the right", warning, dark_path(mirrored(BEND))),
    Sign("ahead only", mandatory, arrow(AHEAD_SHAFT, AHEAD_HEAD)),
    Sign("turn left", mandatory, arrow(mirrored(TURN_SHAFT), mirrored(TURN_HEAD))),
    Sign("turn right", mandatory, arrow(TURN_SHAFT, TURN_HEAD)),
]
"""The classes; a label is an index into this list."""


def perspective(source: np.ndarray, target: np.ndarray) -> list[float]:
    """Coefficients for Image.transform that take four output points (target) to four input points (source)."""
    rows = []
    for (u, v), (x, y) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return np.linalg.solve(np.array(rows), source.reshape(-1)).tolist()


def camera_view(rng: np.random.Generator) -> list[float]:
    """A random pose: up to 14 degrees of tilt, 58 to 92 % of the frame, slightly off centre and out of plane."""
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    angle = np.radians(rng.uniform(-14, 14))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    posed = corners @ rotation.T * rng.uniform(0.58, 0.92)
    posed += rng.uniform(-0.12, 0.12, size=2) + rng.uniform(-0.08, 0.08, size=(4, 2))
    return perspective((corners + 1) * CANVAS / 2, (posed + 1) * CANVAS / 2)


def clutter(rng: np.random.Generator) -> Image.Image:
    """A background of a few flat shapes, as of buildings, poles and foliage out of focus."""
    background = Image.new("L", (CANVAS, CANVAS), int(rng.integers(30, 226)))
    draw = ImageDraw.Draw(background)
    for _ in range(rng.integers(3, 9)):
        x, y = rng.uniform(-0.2, 1.0, size=2) * CANVAS
        width, height = rng.uniform(0.1, 0.8, size=2) * CANVAS
        shape = draw.rectangle if rng.random() < 0.5 else draw.ellipse
        shape((x, y, x + width, y + height), fill=int(rng.integers(0, 256)))
    return background.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2) * SUPERSAMPLING))


def paint_of(rng: np.random.Generator) -> Paint:
    """Weathered paint: in grey, the red of a rim lies anywhere between the dark and the light."""
    light = rng.integers(165, 256)
    dark = rng.integers(0, 75)
    rim = rng.integers(60, 125)
    return Paint(light=int(light), dark=int(dark), rim=int(rim))


def lighting(rng: np.random.Generator) -> np.ndarray:
    """A linear gradient of light across the image, [SIZE, SIZE], as of a low sun or a shadow."""
    direction = rng.uniform(0, 2 * np.pi)
    axis = np.linspace(-1, 1, SIZE)
    slope = np.cos(direction) * axis[None, :] + np.sin(direction) * axis[:, None]
    return rng.uniform(0.45, 1.1) * (1 + rng.uniform(0, 0.4) * slope)


def render(sign: Sign, rng: np.random.Generator) -> np.ndarray:
    """One view of the sign: uint8 [SIZE, SIZE]."""
    face, outline = Image.new("L", (CANVAS, CANVAS)), Image.new("L", (CANVAS, CANVAS))
    paint = paint_of(rng)
    draw = ImageDraw.Draw(face)
    sign.board(draw, paint)
    sign.symbol(draw, paint)
    sign.board(ImageDraw.Draw(outline), Paint(255, 255, 255))

    view = camera_view(rng)
    frame = (CANVAS, CANVAS)
    scene = clutter(rng)
    scene.paste(
        face.transform(frame, Image.Transform.PERSPECTIVE, view, Image.Resampling.BILINEAR),
        mask=outline.transform(frame, Image.Transform.PERSPECTIVE, view, Image.Resampling.BILINEAR),
    )
    blurred = scene.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.3) * SUPERSAMPLING))
    pixels = np.asarray(blurred.reduce(SUPERSAMPLING), dtype=np.float64) * lighting(rng)
    noisy = pixels + rng.normal(0, rng.uniform(2, 18), size=pixels.shape) + rng.uniform(-15, 15)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def render_set(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [count, 1, SIZE, SIZE] and labels int64 [count]; every class equally often, in random order."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(SIGNS))
    images = np.stack([render(SIGNS[label], rng) for label in labels])
    return images[:, None], labels.astype(np.int64)
