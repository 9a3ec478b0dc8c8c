"""The head of a vector picture, and what its strokes are painted on: a rectangle of one color, or a picture in it."""

from __future__ import annotations

import base64
import io
import math

import torch
from PIL import Image
from torch import Tensor

MM_PER_INCH = 25.4
#: JPEG at which a picture to paint on loses nothing that is seen.
QUALITY = {"format": "JPEG", "quality": 95, "subsampling": 0}


def head(canvas: tuple[int, int], dpi: float | None) -> str:
    """The opening tag of a page of (height, width) pixels; with a resolution it has a size in millimetres.

    Raises ValueError for a resolution that is no positive number.
    """
    height, width = canvas
    if dpi is not None and not (math.isfinite(dpi) and dpi > 0):
        raise ValueError(f"dpi must be a positive number of pixels per inch, got {dpi}")
    size = [f"{side}" if dpi is None else f"{side / dpi * MM_PER_INCH:.4f}mm" for side in (width, height)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
        f'version="1.1" width="{size[0]}" height="{size[1]}" viewBox="0 0 {width} {height}">'
    )


def ground_layer(ground: Tensor, canvas: tuple[int, int], number: int) -> list[str]:
    """A group with what is painted on: (3,) color or (3, h, w) picture in [0, 1], stretched over the canvas.

    It is a layer of its own, with a number that no layer of strokes has: plotters' programs take the first number of a
    layer's name for that of its pen, and would draw the frame of the page with the first one.

    Raises ValueError for another shape, or values that are not finite.
    """
    height, width = canvas
    if ground.ndim not in (1, 3) or len(ground) != 3 or 0 in ground.shape or not bool(torch.isfinite(ground).all()):
        raise ValueError(
            f"ground: a color (3,) or a picture (3, height, width) of finite values is needed, got "
            f"{tuple(ground.shape)}"
        )
    pixels = ground.detach().clamp(0, 1).mul(255).round().to("cpu", torch.uint8)
    if ground.ndim == 1:
        fill = "".join(f"{channel:02x}" for channel in pixels.tolist())
        element = f'<rect id="ground" width="{width}" height="{height}" fill="#{fill}"/>'
    else:
        element = (
            f'<image id="ground" width="{width}" height="{height}" preserveAspectRatio="none" '
            f'xlink:href="{_data(pixels)}"/>'
        )
    return [f'<g id="layer-{number}" inkscape:groupmode="layer" inkscape:label="ground-{number}">', element, "</g>"]


def _data(pixels: Tensor) -> str:
    """(3, h, w) uint8 as a data URL: PNG, or JPEG where that is smaller, as for photographs."""
    image = Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
    files = {}
    for kind, options in (("png", {"format": "PNG", "optimize": True}), ("jpeg", QUALITY)):
        if kind == "jpeg" and max(image.size) > 65500:  # more than the format has room for
            continue
        buffer = io.BytesIO()
        image.save(buffer, **options)
        files[kind] = buffer.getvalue()
    kind, content = min(files.items(), key=lambda file: len(file[1]))
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
