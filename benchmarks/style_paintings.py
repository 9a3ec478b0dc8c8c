"""Paintings by our own painter for style training: training photographs, each in a hand and in colors of its own.

Style is texture at every scale and a palette, so brushes, stroke counts and sizes are drawn as far apart as they go.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from painter_core import load_predictor, paint, preset, render
from painter_core.brushes.brush import BRUSHES
from painter_core.files.pictures import read_picture
from painter_core.images import resized
from painter_core.painting.presets import CREAM, PRESETS, WHITE
from painter_core.style import stylize

#: Strokes of a painting, fewest and most, on a logarithmic scale; more often many than few (power of an even draw).
STROKES, FEW = (80, 2000), 0.6
#: Short sides in pixels at which it is painted; all are drawn at `SHOWN`, so that the small ones show larger marks.
PAINTED, SHOWN = (160, 224, 320, 320), 352
#: Crops are at most so much longer than wide.
MOST_ASPECT = 1.5
#: How often the colors are: the photograph's, another picture's, vivid, of one hue, ink on paper.
LOOKS = {"plain": 3, "recolored": 8, "vivid": 4, "tinted": 3, "ink": 3}
#: Brushes that make lines, for ink.
LINES = ("pencil", "charcoal", "dry", "marker", "fan")
#: Weights of red, green and blue in the light of a color (Rec. 709).
LIGHT = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True)
class Hand:
    """How one painting is made. `seed` decides whatever else is left to chance."""

    seed: int
    photo: Path
    other: Path
    look: str
    preset: str | None
    brush: str
    strokes: int
    length: float
    flow: float
    variety: float
    side: int


def hands(count: int, photos: Sequence[Path], others: Sequence[Path]) -> list[Hand]:
    """`count` different hands. `photos` are taken in turn; `others` lend their colors. The same on every run."""
    order = sorted(photos)
    random.Random("photos").shuffle(order)
    return [_hand(number, order[number % len(order)], sorted(others)) for number in range(count)]


def _hand(number: int, photo: Path, others: Sequence[Path]) -> Hand:
    draw = random.Random(f"hand {number}")
    look = draw.choices(list(LOOKS), list(LOOKS.values()))[0]
    name = draw.choice([None, *PRESETS])
    brush = draw.choice(LINES if look == "ink" else BRUSHES)
    if name and look != "ink" and draw.random() < 0.6:
        brush = PRESETS[name].brush  # a preset's own brush goes best with its manner
    return Hand(
        seed=number, photo=photo, other=draw.choice(others), look=look, preset=name, brush=brush,
        strokes=round(STROKES[0] * (STROKES[1] / STROKES[0]) ** (draw.random() ** FEW)),
        length=draw.choice((0.6, 0.8, 1.0, 1.0, 1.5, 2.2)), flow=draw.choice((0.0, 1.0, 1.0, 2.0)),
        variety=draw.choice((0.0, 0.0, 0.3, 0.7, 1.5)), side=draw.choice(PAINTED),
    )  # fmt: skip


class Studio:
    """Paints; keeps the network between paintings."""

    def __init__(self) -> None:
        self.predictor = load_predictor()

    def painting(self, hand: Hand) -> Tensor:
        """(3, H, W) in [0, 1], `SHOWN` pixels on the short side."""
        draw = random.Random(hand.seed)
        picture = colored(_cropped(read_picture(hand.photo), hand.side, draw), hand, draw)
        options = preset(hand.preset, strokes=hand.strokes, length=hand.length, flow=hand.flow, variety=hand.variety,
                         brush=hand.brush, refine=0, seed=hand.seed, attention=0.0)  # fmt: skip
        if hand.look == "ink":
            manner = replace(options.manner, ground=draw.choice((WHITE, CREAM)), blocked=0.0)
            options = replace(options, manner=manner)
        strokes = paint(picture, self.predictor, options)
        return render(strokes, scale=SHOWN / hand.side, brush=hand.brush).clamp(0, 1)


def _cropped(picture: Tensor, side: int, draw: random.Random) -> Tensor:
    """A random part, at most `MOST_ASPECT` times longer than wide, reduced to a short side of `side` pixels."""
    height, width = picture.shape[1:]
    short = round(min(height, width) * draw.uniform(0.6, 1.0))
    longest = round(MOST_ASPECT * short)
    size = tuple(min(round(length * short / min(height, width)), longest) for length in (height, width))
    top, left = (draw.randint(0, whole - part) for whole, part in zip((height, width), size, strict=True))
    part = picture[:, top : top + size[0], left : left + size[1]]
    return resized(part, tuple(round(length * side / short) for length in size)).clamp(0, 1)


def colored(picture: Tensor, hand: Hand, draw: random.Random) -> Tensor:
    """A (3, H, W) picture in the colors that the hand asks for."""
    if hand.look == "plain":
        return picture
    if hand.look == "recolored":
        return stylize(picture, read_picture(hand.other), method="palette")
    grey = stretched((picture * picture.new_tensor(LIGHT)[:, None, None]).sum(0))
    if hand.look == "vivid":
        mean = picture.mean(0)
        turned = picture.roll(draw.randint(0, 2), 0)  # turns the hues by a third
        return (grey + draw.uniform(1.5, 2.8) * (turned - mean)).clamp(0, 1)
    if hand.look == "ink":
        return (0.5 + draw.uniform(1.2, 2.2) * (grey - 0.5)).clamp(0, 1).expand(3, -1, -1).clone()
    dark, middle, light = (_tone(draw, *span) for span in ((0.02, 0.2), (0.35, 0.6), (0.8, 0.98)))
    low, high = (2 * grey).clamp(0, 1), (2 * grey - 1).clamp(0, 1)
    return (dark.lerp(middle, low[None]).lerp(light, high[None])).clamp(0, 1)


def stretched(grey: Tensor) -> Tensor:
    """(H, W) from its 2nd to its 98th percentile, as 0 to 1."""
    low, high = torch.quantile(grey.flatten()[:: max(1, grey.numel() // 100_000)], grey.new_tensor([0.02, 0.98]))
    return ((grey - low) / (high - low).clamp_min(1e-3)).clamp(0, 1)


def _tone(draw: random.Random, least: float, most: float) -> Tensor:
    """(3, 1, 1) a color about as light as drawn between two bounds, of any hue."""
    hue = torch.tensor([draw.uniform(-0.25, 0.25) for _ in range(3)])
    return (draw.uniform(least, most) + hue - hue.mean()).clamp(0, 1)[:, None, None]
