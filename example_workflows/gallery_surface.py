"""Pictures of the surface for its help page: the light, what is painted on, thick paint, varnish, and the maps."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from painter_core import PaintOptions, Strokes, load_predictor, paint  # noqa: E402
from painter_core.files.pictures import read_picture, write_picture  # noqa: E402
from painter_core.surface import Lit, Surface, light_surface  # noqa: E402

DOCS = HERE.parent / "nodes" / "web" / "docs"
STROKES, SCALE = 3000, 4
#: Parts of the photograph that are shown, in its pixels: top, left, height, width.
FACE, CORNER, WIDE = (30, 170, 130, 130), (60, 250, 100, 100), (20, 110, 160, 280)
#: Width of the lines between pictures in pixels.
LINE = 6
#: Width of a row of pictures in pixels.
SHOWN = 1280


def main() -> None:
    photograph = read_picture(HERE.parent / "assets" / "photo.jpg")
    strokes = paint(photograph, load_predictor(), PaintOptions(strokes=STROKES, refine=0))

    def part(where: tuple[int, int, int, int], **settings: object) -> Lit:
        return lit_part(strokes, where, Surface(**settings))

    write_picture(DOCS / "PaintSurface.jpg", part(WIDE).picture)
    bare = {"weave": "none", "varnish": 0.0}
    show("impasto", [part(FACE, impasto=impasto, **bare).picture for impasto in (0.0, 0.2, 0.5, 1.0)])
    lamps = ((315, 40), (135, 40), (270, 10), (0, 90))
    show("light", [part(CORNER, impasto=0.6, azimuth=a, elevation=e, weave="none").picture for a, e in lamps])
    weaves = ("none", "canvas", "linen", "paper")
    show("weave", [part(FACE, impasto=0.2, weave=weave).picture for weave in weaves])
    show("varnish", [part(FACE, impasto=0.5, weave="none", varnish=varnish).picture for varnish in (0.0, 0.5, 1.0)])
    seen = part(FACE)
    show("maps", [seen.picture, seen.height.expand(3, -1, -1), seen.normals])


def lit_part(strokes: Strokes, where: tuple[int, int, int, int], surface: Surface) -> Lit:
    """A part of the painting, given in pixels of its canvas, `SCALE` times as large."""
    top, left, height, width = (SCALE * side for side in where)
    return light_surface(strokes, surface, scale=SCALE, region=(top, left, height, width))


def show(name: str, pictures: list[Tensor]) -> None:
    """Pictures (3, H, W) side by side, with white lines between them, as PaintSurface_<name>.jpg."""
    line = torch.ones(3, pictures[0].shape[1], LINE)
    row = [piece for picture in pictures for piece in (line, picture)][1:]
    wide = torch.cat(row, dim=2)
    shrink = min(1.0, SHOWN / wide.shape[2])
    size = (round(wide.shape[1] * shrink), round(wide.shape[2] * shrink))
    small = torch.nn.functional.interpolate(wide[None], size, mode="bilinear", antialias=True)[0]
    write_picture(DOCS / f"PaintSurface_{name}.jpg", small)


if __name__ == "__main__":
    main()
