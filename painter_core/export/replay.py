"""What a player needs to paint strokes again by itself: the marks as one block of numbers, and a sheet of brush tips.

The block (`pack_strokes`), all numbers little-endian:

    8 bytes         "APSTROKE"
    uint32          bytes of the header, a multiple of 4
    header          JSON, filled up with spaces: version 3; canvas [height, width] in pixels; count N; ground [r, g, b],
                    its (mean) color; brushes, in the order of their tip sheets: first (number of its first tip),
                    relief, hardness, detail (see `Brush`)
    float32 (N, 7)  x, y, length, width in pixels of the canvas, angle and bend in radians, taper
    float32 (N,)    what share of the time is over when the first, second ... of them that appears is there
    uint32 (N,)     which one that is: strokes may appear in another order than that in which they lie over one another
    uint8 (N, 4)    r, g, b, opacity as shares of 255
    int8 (N, 4)     what the second color has more of r, g, b, as shares of 127; 0
    uint16 (N,)     number of the tip, counted through the tips of all brushes

A sheet (`tip_sheet`) is a picture of all tips of a brush, one below the other: red is coverage, green the paint's
height (128 neutral), blue the share of the second color. Marks are drawn from it as `sampling.sample` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from itertools import accumulate

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ..brushes.brush import Brush
from ..brushes.kept import kept_with_brush
from ..rendering.marks import brushes_of, tips_of
from ..strokes import Strokes
from .process import AS_PAINTED, Process
from .schedule import moments

MAGIC = b"APSTROKE"
VERSION = 3
#: Tips have this many times fewer texels each way on a sheet: enough for a player, whose pictures are small.
REDUCED = 2
#: Most strokes of a block, which has 46 bytes for each.
MOST_STROKES = 100_000


def pack_strokes(
    strokes: Strokes,
    brush: str | Brush | None = None,
    process: Process = AS_PAINTED,
    on_stroke: Callable[[], None] | None = None,
) -> bytes:
    """The block of a painting, format as above; its brushes are those of `brushes_of(strokes, brush)`.

    process: in which order the strokes appear, and how quickly. on_stroke: called often; what it raises passes through.
    Raises ValueError for more than MOST_STROKES strokes, an unknown brush, order or easing.
    """
    count = len(strokes)
    if count > MOST_STROKES:
        raise ValueError(f"a player takes at most {MOST_STROKES} strokes, got {count}; keep fewer of them first")
    strokes = strokes.detach().to("cpu")
    brushes, which = brushes_of(strokes, brush)
    firsts = [0, *accumulate(len(each.tips) for each in brushes)]
    header = {
        "version": VERSION,
        "canvas": list(strokes.canvas),
        "count": count,
        "ground": strokes.ground_color.tolist(),
        "brushes": [
            {"first": first, "relief": each.relief, "hardness": each.hardness, "detail": each.detail}
            for first, each in zip(firsts, brushes, strict=False)
        ],
    }
    text = json.dumps(header).encode("ascii")
    text += b" " * (-len(text) % 4)
    tip = tips_of(strokes, brushes, which)
    if which is not None:
        tip = tip + torch.tensor(firsts)[which]
    places = torch.cat(
        [strokes.center, strokes.size, torch.stack([strokes.angle, strokes.bend, strokes.taper], 1)], dim=1
    )
    paint = torch.cat([strokes.color, strokes.opacity[:, None]], dim=1).mul(255).round()
    blend = torch.cat([strokes.blend, torch.zeros(count, 1)], dim=1).mul(127).round()
    turn, when = moments(strokes, order=process.order, easing=process.easing, mask=process.mask, on_stroke=on_stroke)
    columns = [(places, "<f4"), (when, "<f4"), (turn, "<u4"), (paint, "u1"), (blend, "i1"), (tip, "<u2")]
    head = MAGIC + len(text).to_bytes(4, "little") + text
    return head + b"".join(column.numpy().astype(kind).tobytes() for column, kind in columns)


@kept_with_brush(1)
def tip_sheet(brush: Brush) -> bytes:
    """The tip sheet of a brush as a PNG file of (K 64) x 128 pixels, K tips; kept, it takes a moment."""
    with torch.inference_mode(False), torch.no_grad():
        tips = avg_pool2d(torch.cat([brush.tips, brush.loads()], dim=1), REDUCED)
        tips[:, 1] = (tips[:, 1] * 127 + 128) / 255
        sheet = tips.movedim(1, -1).flatten(0, 1)
    return png(sheet)


def png(pixels: Tensor) -> bytes:
    """(H, W, 3 or 4) in [0, 1] as a PNG file."""
    file = BytesIO()
    Image.fromarray(_bytes(pixels)).save(file, "PNG", compress_level=6)
    return file.getvalue()


def jpeg(pixels: Tensor) -> bytes:
    """(H, W, 3) in [0, 1] as a JPEG file."""
    file = BytesIO()
    Image.fromarray(_bytes(pixels)).save(file, "JPEG", quality=88)
    return file.getvalue()


def _bytes(pixels: Tensor) -> np.ndarray:
    return pixels.detach().cpu().float().clamp(0, 1).mul(255).round().byte().numpy()
