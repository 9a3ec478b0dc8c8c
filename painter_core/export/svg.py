"""Strokes as vectors: one rounded rectangle each, in painting order, for browsers, Inkscape and Illustrator."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

import torch

from ..atomic import atomic_path
from ..strokes import Strokes

#: The mark of the flat brush as shares of a stroke's length and width: its extent, and the radii of its corners.
EXTENT, CORNER = 0.977, 0.157
#: Decimals of positions and sizes (0.01 px), of angles in degrees (0.001: 0.01 px at the end of a 1,000 px stroke)
#: and of opacities.
DECIMALS, ANGLE_DECIMALS, OPACITY_DECIMALS = 2, 3, 3


def strokes_to_svg(strokes: Strokes) -> str:
    """The painting as an SVG 1.1 document.

    The view box is the reference canvas in pixels, a rectangle is the ground, every run of strokes of one layer is a
    group `layer-K` (`layer-K-2` ... when the layer comes back later), which Inkscape shows as a layer, and every
    stroke is a flat rounded rectangle with its colour and opacity. Raises ValueError for malformed strokes.
    """
    strokes = strokes.detach().to("cpu").validated()
    height, width = strokes.canvas
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
        f'version="1.1" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<rect id="ground" width="{width}" height="{height}" fill="{_hex(strokes.ground.tolist())}"/>',
    ]
    shapes = list(_shapes(strokes))
    seen: dict[int, int] = {}
    start = 0
    for layer, length in _runs(strokes.layer.tolist()):
        seen[layer] = seen.get(layer, 0) + 1
        name = f"layer-{layer}" + (f"-{seen[layer]}" if seen[layer] > 1 else "")
        lines.append(f'<g id="{name}" inkscape:groupmode="layer" inkscape:label="{name}">')
        lines += shapes[start : start + length]
        lines.append("</g>")
        start += length
    return "\n".join([*lines, "</svg>\n"])


def save_svg(strokes: Strokes, path: str | os.PathLike[str]) -> None:
    """Write `strokes_to_svg(strokes)` to `path`, whole or not at all; OSError that says why when it cannot be."""
    text = strokes_to_svg(strokes)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _shapes(strokes: Strokes) -> Iterator[str]:
    """One SVG element for each stroke."""
    mark = strokes.size * EXTENT
    columns = (
        torch.cat([strokes.center - mark / 2, strokes.center], dim=1).tolist(),
        torch.cat([mark, strokes.size * CORNER], dim=1).tolist(),
        strokes.angle.tolist(),
        strokes.color.tolist(),
        strokes.opacity.tolist(),
    )
    for (left, top, x, y), (length, width, rx, ry), angle, color, opacity in zip(*columns, strict=True):
        turn = _trim(math.degrees(angle), ANGLE_DECIMALS)
        transform = "" if turn == "0" else f' transform="rotate({turn} {_trim(x)} {_trim(y)})"'
        alpha = "" if opacity == 1 else f' fill-opacity="{_trim(opacity, OPACITY_DECIMALS)}"'
        yield (
            f'<rect x="{_trim(left)}" y="{_trim(top)}" width="{_trim(length)}" height="{_trim(width)}" '
            f'rx="{_trim(rx)}" ry="{_trim(ry)}" fill="{_hex(color)}"{alpha}{transform}/>'
        )


def _runs(layers: list[int]) -> Iterator[tuple[int, int]]:
    """(layer, how many strokes of it follow one another), in painting order."""
    start = 0
    for i in range(1, len(layers) + 1):
        if i == len(layers) or layers[i] != layers[start]:
            yield layers[start], i - start
            start = i


def _trim(value: float, decimals: int = DECIMALS) -> str:
    """A number with as few digits as its precision needs."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _hex(color: list[float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in color)
