"""The picture of Style Transfer, Then Paint's help page.

A field for every method that there is, painted. The styles are painted by this script, stroke by stroke, so that they
belong to the project: a night with whirling stars, and a field of poppies.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import panel  # noqa: E402

from painter_core import PaintOptions, Strokes, load_predictor, paint, preset, render  # noqa: E402
from painter_core.files.pictures import read_picture  # noqa: E402
from painter_core.images import resized  # noqa: E402
from painter_core.style import METHODS, style_strokes, stylize  # noqa: E402

#: Side of the pictures in pixels.
SIDE = 400
STROKES = 2500


def main() -> None:
    photograph = resized(read_picture(HERE.parent / "assets" / "photo.jpg"), (SIDE, SIDE))
    predictor, look = load_predictor(), preset("oil", strokes=STROKES)
    plain = painted(photograph, predictor, look)
    fields = [("photograph", photograph), ("painted", plain)]
    for name, style in (("night", night()), ("poppies", field())):
        stylized = [stylize(photograph, style, method=method) for method in METHODS]
        shaped = render(style_strokes(photograph, style, predictor, look), brush=look.brush)
        fields += [(f"the style: {name}", style), ("strokes", shaped)]
        fields += [
            (method, painted(picture, predictor, look)) for method, picture in zip(METHODS, stylized, strict=True)
        ]
    panel.write("StyleTransferThenPaint", fields)


def painted(picture: Tensor, predictor: torch.nn.Module, look: PaintOptions) -> Tensor:
    """The painting (3, H, W) of a picture."""
    return render(paint(picture, predictor, look), brush=look.brush)


def night() -> Tensor:
    """Blue whirls with yellow stars: long strokes along the circles of five vortices."""
    generator = torch.Generator().manual_seed(4)
    place = SIDE * torch.rand(5200, 2, generator=generator)
    stars = SIDE * torch.tensor([[0.2, 0.2], [0.7, 0.15], [0.5, 0.5], [0.87, 0.5], [0.15, 0.65]])
    offset = place[:, None] - stars
    distance = offset.norm(dim=2)
    pull = torch.softmax(-distance / 30, 1)[..., None]
    across = (offset / distance[..., None].clamp_min(1) * pull).sum(1)
    nearest, which = distance.min(1)
    ring = 0.5 + 0.5 * torch.cos(nearest / 7.5)
    glow = torch.exp(-nearest / torch.tensor([26.0, 20.0, 34.0, 18.0, 22.0])[which])
    tone = (0.55 * ring + 0.45 * torch.rand(len(place), generator=generator))[:, None]
    blue = torch.tensor([0.06, 0.12, 0.36]) * (1 - tone) + torch.tensor([0.45, 0.62, 0.80]) * tone
    yellow = torch.tensor([0.98, 0.86, 0.38]) * (0.75 + 0.25 * tone)
    color = torch.where((glow > 0.15 + 0.5 * torch.rand(len(place), generator=generator))[:, None], yellow, blue)
    ground = hills(place)
    dark = torch.tensor([0.05, 0.10, 0.14]) + tone * torch.tensor([0.12, 0.20, 0.15])
    color = torch.where(ground[:, None], dark, color)
    angle = torch.atan2(across[:, 0], -across[:, 1])
    angle = torch.where(ground, 0.5 * torch.sin(place[:, 0] / 40), angle)
    return _painted(place, 22.0, 4.6, angle, color, generator)


def hills(place: Tensor) -> Tensor:
    """(N,) bool: which of the places (N, 2) lie on the dark hills below the sky."""
    return place[:, 1] > SIDE * (0.82 + 0.05 * torch.sin(place[:, 0] / 55))


def field() -> Tensor:
    """A field of poppies under a hazy sky: short dabs, upright in the field."""
    generator = torch.Generator().manual_seed(8)
    place = SIDE * torch.rand(9000, 2, generator=generator)
    chance, tone = torch.rand(2, len(place), 1, generator=generator)
    depth = place[:, 1:] / SIDE
    sky = torch.tensor([0.72, 0.80, 0.86]) * (1 - tone) + torch.tensor([0.96, 0.92, 0.82]) * tone
    grass = torch.tensor([0.20, 0.36, 0.12]) * (1 - tone) + torch.tensor([0.66, 0.70, 0.28]) * tone
    poppy = torch.tensor([0.86, 0.20, 0.10]) + 0.12 * (tone - 0.5)
    color = torch.where(depth < 0.3, sky, torch.where(chance < 0.30, poppy, grass)).clamp(0, 1)
    upright = math.pi / 2 + 0.5 * torch.randn(len(place), generator=generator)
    angle = torch.where(depth[:, 0] < 0.3, 0.2 * upright, upright)
    return _painted(place, 13.0, 6.0, angle, color, generator)


def _painted(
    place: Tensor, length: float, width: float, angle: Tensor, color: Tensor, generator: torch.Generator
) -> Tensor:
    """(3, SIDE, SIDE) strokes at places (N, 2), about so long and broad, at angles (N,), in colors (N, 3)."""
    size = torch.tensor([length, width]) * (0.8 + 0.4 * torch.rand(len(place), 2, generator=generator))
    seed = torch.randint(2**31, (len(place),), generator=generator)
    ground = color.mean(0)
    strokes = Strokes.build(place, size, angle, color.clamp(0, 1), canvas=(SIDE, SIDE), ground=ground, seed=seed)
    return render(strokes)


if __name__ == "__main__":
    main()
