"""Pictures of the surface for its help page: the light, what is painted on, thick paint, varnish, and the maps."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import panel  # noqa: E402

from painter_core import PaintOptions, Strokes, load_predictor, paint  # noqa: E402
from painter_core.files.pictures import read_picture  # noqa: E402
from painter_core.surface import Lit, Surface, light_surface  # noqa: E402

STROKES, SCALE = 3000, 4
#: Parts of the photograph that are shown, in its pixels: top, left, height, width.
FACE, CORNER, WIDE = (30, 170, 130, 130), (60, 250, 100, 100), (20, 110, 160, 280)


def main() -> None:
    photograph = read_picture(HERE.parent / "assets" / "photo.jpg")
    strokes = paint(photograph, load_predictor(), PaintOptions(strokes=STROKES, refine=0))

    def part(where: tuple[int, int, int, int], **settings: object) -> Lit:
        return lit_part(strokes, where, Surface(**settings))

    panel.write("PaintSurface", [("", part(WIDE).picture)], columns=1)
    bare = {"weave": "none", "varnish": 0.0}
    show("impasto", {f"impasto {level:g}": part(FACE, impasto=level, **bare) for level in (0.0, 0.2, 0.5, 1.0)})
    lamps = {
        "from the left, above": (315, 40),
        "from the right, below": (135, 40),
        "low": (270, 10),
        "in front": (0, 90),
    }
    show("light", {
        name: part(CORNER, impasto=0.6, azimuth=azimuth, elevation=elevation, weave="none")
        for name, (azimuth, elevation) in lamps.items()
    })  # fmt: skip
    show("weave", {weave: part(FACE, impasto=0.2, weave=weave) for weave in ("none", "canvas", "linen", "paper")})
    varnishes = {"dry": 0.0, "varnish 0.5": 0.5, "varnish 1": 1.0}
    show("varnish", {name: part(FACE, impasto=0.5, weave="none", varnish=level) for name, level in varnishes.items()})
    seen = part(FACE)
    maps = {"picture": seen.picture, "height": seen.height.expand(3, -1, -1), "normals": seen.normals}
    panel.write("PaintSurface_maps", list(maps.items()))


def lit_part(strokes: Strokes, where: tuple[int, int, int, int], surface: Surface) -> Lit:
    """A part of the painting, given in pixels of its canvas, `SCALE` times as large."""
    top, left, height, width = (SCALE * side for side in where)
    return light_surface(strokes, surface, scale=SCALE, region=(top, left, height, width))


def show(name: str, parts: dict[str, Lit]) -> None:
    """Parts of the painting with their names, as PaintSurface_<name>.jpg."""
    panel.write(f"PaintSurface_{name}", [(text, lit.picture) for text, lit in parts.items()])


if __name__ == "__main__":
    main()
