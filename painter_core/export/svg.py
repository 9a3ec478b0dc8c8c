"""Strokes as vectors, in painting order, for browsers, Inkscape, Illustrator and plotters: SVG 1.1 without tricks."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from ..brushes.brush import Brush, built_in
from ..files.atomic import atomic_path
from ..rendering.marks import brushes_of, tips_of
from ..strokes import Strokes
from ..wording import shown
from .bending import Bent
from .gradients import fills
from .outlines import POINTS, outline_of
from .page import LEAST, lines_on_page, on_page
from .svg_page import ground_layer, head

#: What a stroke becomes, the default first.
STYLES = ("shapes", "strokes")
#: The mark of the flat brush as shares of a stroke's length and width: its extent, and the radii of its corners.
EXTENT, CORNER = 0.977, 0.157
#: Decimals of positions and sizes (0.01 px), of angles in degrees (0.001: 0.01 px at the end of a 1,000 px stroke)
#: and of opacities.
DECIMALS, ANGLE_DECIMALS, OPACITY_DECIMALS = 2, 3, 3
#: Positions of outlines need not be finer than this share of the canvas's long side.
OUTLINE_PRECISION = 1 / 5_000
#: One point of an outline for so many pixels of the mark's circumference ...
PIXELS_PER_POINT = 2.5
#: ... and on average at most so many for a stroke, fewer if strokes have gradients, which keeps 5,000 below 2 MB.
MEAN_POINTS, MEAN_POINTS_LOADED = 40, 14
#: Straight lines stand for arcs from which they are no further than so many of the smallest units.
SAGITTA = 3
#: A brush with softer edges than this draws its center lines with round ends.
SOFT = 0.5


def strokes_to_svg(
    strokes: Strokes,
    *,
    style: str = "shapes",
    brush: str | Brush | None = None,
    ground: Tensor | None = None,
    dpi: float | None = None,
    on_stroke: Callable[[], None] = lambda: None,
) -> str:
    """The painting as an SVG 1.1 document.

    The view box is the reference canvas in pixels. Every run of strokes of one layer is a group `layer-K`, K counted
    from 1 (`layer-K-2` ... when the layer comes back later), which Inkscape shows as a layer and plotters' programs
    take for a pen; below them lies a group with the ground, whose number comes after those of the layers. Every stroke
    that reaches the canvas is one element with its color and opacity.

    Args:
        style: "shapes": the outline of the brush's mark, for the flat brush a rounded rectangle, bent with cubic curves
            if the stroke is. "strokes": the center line, an arc if the stroke bends, with one width, as far as it lies
            on the canvas, for plotters, and for editing with other brushes.
        brush: as in `render`: default the strokes' own.
        ground: (3,) color or (3, h, w) picture that was painted on, which is embedded; default: the strokes' own.
        dpi: pixels per inch of the painting, which gives the page a size in millimetres; default: pixels.
        on_stroke: called for every stroke; what it raises passes through: a way to cancel.
    Raises:
        ValueError: malformed strokes, an unknown style or brush, a ground or resolution that is none.
    """
    strokes = on_page(strokes.detach().to("cpu").validated())
    if style not in STYLES:
        raise ValueError(f"there is no SVG style {shown(style)}; choose one of: {', '.join(STYLES)}")
    last = int(strokes.layer.max()) + 1 if len(strokes) else 0
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        head(strokes.canvas, dpi),
        *ground_layer(strokes.ground if ground is None else ground, strokes.canvas, last + 1),
    ]
    brushes, which = brushes_of(strokes, brush)
    shapes, gradients = _shapes(strokes, style, brushes, which, on_stroke)
    lines += ["<defs>", *gradients, "</defs>"] if gradients else []
    common = ""
    if style == "strokes":  # strokes of one brush all end alike
        common = ' fill="none"' + (_cap(brushes[0]) if which is None else "")
    seen: dict[int, int] = {}
    start = 0
    for layer, length in _runs(strokes.layer.tolist()):
        seen[layer] = seen.get(layer, 0) + 1
        name = f"layer-{layer + 1}" + (f"-{seen[layer]}" if seen[layer] > 1 else "")
        lines.append(f'<g id="{name}" inkscape:groupmode="layer" inkscape:label="{name}"{common}>')
        lines += filter(None, shapes[start : start + length])  # lines beside the page are none
        lines.append("</g>")
        start += length
    return "\n".join([*lines, "</svg>\n"])


def save_svg(
    strokes: Strokes,
    path: str | os.PathLike[str],
    *,
    style: str = "shapes",
    brush: str | Brush | None = None,
    ground: Tensor | None = None,
    dpi: float | None = None,
) -> None:
    """Write `strokes_to_svg` to `path`, whole or not at all; OSError that says why when it cannot be."""
    text = strokes_to_svg(strokes, style=style, brush=brush, ground=ground, dpi=dpi)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _shapes(
    strokes: Strokes,
    style: str,
    brushes: tuple[Brush, ...],
    which: torch.Tensor | None,
    on_stroke: Callable[[], None],
) -> tuple[list[str], list[str]]:
    """An element for each stroke, drawn as its brush draws, and the gradients that they refer to."""
    tips = tips_of(strokes, brushes, which)
    shapes, gradients = [""] * len(strokes), []
    for number, each in enumerate(brushes):
        index = torch.arange(len(strokes)) if which is None else (which == number).nonzero()[:, 0]
        part, own, places = strokes[index], tips[index].tolist(), index.tolist()
        if style == "strokes":
            drawn = _lines(part, each, own, "" if which is None else _cap(each))
        else:
            draw = _rectangles if each is built_in("flat") else _paths
            colors, new = fills(part, each, own, _hex, turned=draw is _paths, names=places)
            gradients += new
            drawn = draw(part, each, own, colors)
        for place, shape in zip(places, drawn, strict=True):
            on_stroke()
            shapes[place] = shape
    return shapes, gradients


def _rectangles(strokes: Strokes, brush: Brush, tips: list[int], colors: list[str]) -> Iterator[str]:
    """A rounded rectangle for each straight stroke, a path for each that bends, filled with its entry of `colors`."""
    mark = strokes.size * EXTENT
    columns = (
        torch.cat([strokes.center - mark / 2, strokes.center], dim=1).tolist(),
        torch.cat([mark, strokes.size * CORNER], dim=1).tolist(),
        strokes.angle.tolist(),
        colors,
        strokes.opacity.tolist(),
        _bent(strokes),
    )
    number, scale = _numbers(strokes.canvas)
    for (left, top, x, y), (length, width, rx, ry), angle, color, opacity, bent in zip(*columns, strict=True):
        if bent is not None:
            yield f'<path d="{_curve(bent, number, scale)}" fill="{color}"{_alpha("fill", opacity)}/>'
            continue
        turn = _trim(math.degrees(angle), ANGLE_DECIMALS)
        transform = "" if turn == "0" else f' transform="rotate({turn} {_trim(x)} {_trim(y)})"'
        yield (
            f'<rect x="{_trim(left)}" y="{_trim(top)}" width="{_trim(length)}" height="{_trim(width)}" '
            f'rx="{_trim(rx)}" ry="{_trim(ry)}" fill="{color}"{_alpha("fill", opacity)}{transform}/>'
        )


def _bent(strokes: Strokes, mark: Tensor | None = None) -> list[Bent | None]:
    """Each stroke that bends or tapers, for `bending`; None for those that do not. mark: (N, 2) other sizes."""
    columns = (strokes.center, strokes.size if mark is None else mark)
    center, size = (column.double().numpy() for column in columns)
    forms = zip(strokes.angle.tolist(), strokes.bend.tolist(), strokes.taper.tolist(), strict=True)
    return [
        Bent(center[i], size[i], angle, bend, taper) if bend or taper else None
        for i, (angle, bend, taper) in enumerate(forms)
    ]


def _curve(bent: Bent, number: Callable[[int], str], scale: float) -> str:
    """The outline of the flat brush's mark, bent, as path data."""
    start, *pieces = bent.rounded(EXTENT, CORNER)
    at = np.rint(start[0] * scale).astype(np.int64)
    text, before = f"M{_joined(at, number)}", ""
    for piece in pieces:
        points = np.rint(piece * scale).astype(np.int64)
        kind = "lqc"[len(points) - 1]
        steps = _joined((points - at).flatten(), number)
        # a command that is repeated need not be written again
        text += kind + steps if kind != before else steps if steps.startswith("-") else " " + steps
        at, before = points[-1], kind
    return text + "z"


def _lines(strokes: Strokes, brush: Brush, tips: list[int], more: str) -> Iterator[str]:
    """The center line of each stroke, with the area of its mark, and with `more` attributes."""
    outlines = {tip: outline_of(brush, tip) for tip in set(tips)}
    share = torch.tensor([math.sqrt(outlines[tip].area()) for tip in tips])
    alpha = torch.tensor([outlines[tip].opacity[-1] for tip in tips]) * strokes.opacity
    mark, round_ends = strokes.size * share[:, None], brush.hardness < SOFT
    lines = lines_on_page(
        strokes.center.double().numpy(), mark.double().numpy(), strokes.angle.double().numpy(), strokes.canvas,
        round_ends=round_ends,
    )  # fmt: skip
    columns = (lines, _bent(strokes, mark), _colors(strokes), alpha.tolist())
    for line, bent, color, opacity in zip(*columns, strict=True):
        stroke, end = f'stroke="{_hex(color)}"', _alpha("stroke", opacity)
        data = "" if bent is None or not bent.bend else _arc(bent, strokes.canvas, round_ends)
        if data and bent is not None:
            yield f'<path d="{data}" {stroke} stroke-width="{_trim(bent.size[1])}"{end}{more}/>'
            continue
        if line is None:
            yield ""
            continue
        (x1, y1), (x2, y2) = line.start.tolist(), line.end.tolist()
        cap = ' stroke-linecap="square"' if line.square else more
        yield (
            f'<line x1="{_trim(x1)}" y1="{_trim(y1)}" x2="{_trim(x2)}" y2="{_trim(y2)}" '
            f'{stroke} stroke-width="{_trim(line.width)}"{end}{cap}/>'
        )


def _arc(bent: Bent, page: tuple[int, int], round_ends: bool) -> str:
    """Those parts of a bent stroke's center line that lie on the page, as path data with arcs; "" if there are none."""
    ends = min(1.0, float(bent.size[1] / max(bent.size[0], LEAST))) if round_ends else 0.0
    text = ""
    for start, end in bent.parts_on(page, ends):
        turn = bent.bend * (end - start)
        radius = _trim(bent.size[0] / abs(bent.bend))
        (x1, y1), (x2, y2) = bent.laid(np.array([[start, 0.0], [end, 0.0]])).tolist()
        flags = f"{int(abs(turn) > math.pi)} {int(turn > 0)}"
        text += f"M{_trim(x1)} {_trim(y1)}A{radius} {radius} 0 {flags} {_trim(x2)} {_trim(y2)}"
    return text


def _paths(strokes: Strokes, brush: Brush, tips: list[int], colors: list[str]) -> Iterator[str]:
    """The outline of each stroke's mark as a path of straight lines, filled with its entry of `colors`."""
    outlines = {tip: outline_of(brush, tip) for tip in set(tips)}
    number, scale = _numbers(strokes.canvas)
    center, size = strokes.center.double().numpy(), strokes.size.double().numpy()
    cos, sin = strokes.angle.double().cos().numpy(), strokes.angle.double().sin().numpy()
    opacities, loaded = strokes.opacity.tolist(), any(color.startswith("url") for color in colors)
    levels = _detail(size, MEAN_POINTS_LOADED if loaded else MEAN_POINTS)
    for i, (tip, level, bent) in enumerate(zip(tips, levels, _bent(strokes), strict=True)):
        loops = outlines[tip].loops[level]
        if bent is None:
            turned = size[i, :, None] * np.array([[cos[i], sin[i]], [-sin[i], cos[i]]])
            drawn = [loop @ turned + center[i] for loop in loops]
        else:
            drawn = [bent.laid(bent.refined(loop, SAGITTA / scale)) for loop in loops]
        text = "".join(_path(np.rint(loop * scale).astype(np.int64), number) for loop in drawn)
        alpha = _alpha("fill", opacities[i] * outlines[tip].opacity[level])
        yield f'<path d="{text}" fill="{colors[i]}"{alpha}/>'


def _numbers(canvas: tuple[int, int]) -> tuple[Callable[[int], str], float]:
    """Writes whole numbers of the smallest unit that outlines need as path data; and how many of it make a pixel."""
    decimals = max(0, math.ceil(-math.log10(OUTLINE_PRECISION * max(canvas))))
    texts: dict[int, str] = {}

    def number(value: int) -> str:
        if value not in texts:
            texts[value] = _short(_trim(value / 10**decimals, decimals))
        return texts[value]

    return number, 10**decimals


def _joined(values: np.ndarray, number: Callable[[int], str]) -> str:
    """Numbers as path data: a minus sign keeps them apart as well as a space does."""
    parts = [number(value) for value in values.tolist()]
    return "".join(part if part.startswith("-") else " " + part for part in parts).lstrip()


def _path(points: np.ndarray, number: Callable[[int], str]) -> str:
    """A closed polygon (n, 2) of whole numbers as path data: where it starts, and the way from point to point."""
    return f"M{_joined(points[0], number)}l{_joined(np.diff(points, axis=0).flatten(), number)}z"


def _detail(size: np.ndarray, mean: int) -> list[int]:
    """Which level of detail the outline of each mark (N, 2) has, an index into POINTS, with `mean` points at most."""
    wanted = size.sum(axis=1) * 2 / PIXELS_PER_POINT
    counts = np.array(POINTS)
    while True:
        level = np.searchsorted(counts, wanted).clip(0, len(POINTS) - 1)
        if not len(level) or counts[level].mean() <= mean:
            return level.tolist()
        wanted = wanted * 0.9  # the small ones lose points first


def _colors(strokes: Strokes) -> list[list[float]]:
    """One color for each line; of two colors, of which a mark shows as much of each, the middle."""
    return (strokes.color + strokes.blend / 2).clamp(0, 1).tolist()


def _cap(brush: Brush) -> str:
    """How the brush's lines end, as an attribute."""
    return f' stroke-linecap="{"round" if brush.hardness < SOFT else "butt"}"'


def _runs(layers: list[int]) -> Iterator[tuple[int, int]]:
    """(layer, how many strokes of it follow one another), in painting order."""
    start = 0
    for i in range(1, len(layers) + 1):
        if i == len(layers) or layers[i] != layers[start]:
            yield layers[start], i - start
            start = i


def _trim(value: float, decimals: int = DECIMALS) -> str:
    """A number with as few digits as its precision needs."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return "0" if text == "-0" else text


def _short(text: str) -> str:
    """A number as path data may have it: .5 for 0.5."""
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _alpha(kind: str, opacity: float) -> str:
    text = _trim(opacity, OPACITY_DECIMALS)
    return "" if text == "1" else f' {kind}-opacity="{text}"'


def _hex(color: list[float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in color)
