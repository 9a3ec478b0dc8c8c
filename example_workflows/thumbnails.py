"""Paint the pictures that the repository shows: `make thumbnails`.

The thumbnails of ComfyUI's Templates dialog, and the README's pictures in assets/.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from painter_core import load_predictor, paint, preset, render  # noqa: E402
from painter_core.pictures import read_picture, write_picture  # noqa: E402

#: Side of a thumbnail in pixels.
SIDE = 480
#: How much of the strokes the stages of the process show, from left to right.
STAGES = (0.02, 0.12, 1.0)
#: The presets of the workflow presets.json, from left to right.
LOOKS = ("watercolor", "impressionist", "pencil")
#: Width of the lines between and around parts, in pixels.
LINE = 4
#: Part of the photograph that the README shows enlarged: top, left, height, width in its pixels.
DETAIL = (30, 120, 130, 258)


def main() -> None:
    photograph = read_picture(HERE.parent / "assets" / "photo.jpg")
    side = min(photograph.shape[1:])
    top, left = (photograph.shape[1] - side) // 2, (photograph.shape[2] - side) // 2
    square = photograph[None, :, top : top + side, left : left + side]
    picture = torch.nn.functional.interpolate(square, (SIDE, SIDE), mode="bilinear", antialias=True)[0].clamp(0, 1)
    predictor = load_predictor()
    strokes = paint(picture, predictor, preset("oil", strokes=2500))
    stages = [render(strokes[: max(1, round(part * len(strokes)))]) for part in STAGES]
    write_picture(HERE / "paint_image.jpg", with_inset(stages[-1], picture))
    write_picture(HERE / "painting_process_video.jpg", side_by_side(stages))
    looks = [preset(name) for name in LOOKS]
    paintings = [render(paint(picture, predictor, look), brush=look.brush) for look in looks]
    write_picture(HERE / "presets.jpg", side_by_side(paintings))
    readme_pictures(photograph)


def readme_pictures(photograph: Tensor) -> None:
    """The photograph beside its painting, and a detail of the same painting drawn four times as large."""
    strokes = paint(photograph, load_predictor(), preset("oil"))
    gap = torch.ones(3, photograph.shape[1], 2 * LINE)
    assets = HERE.parent / "assets"
    write_picture(assets / "painting.jpg", torch.cat([photograph, gap, render(strokes)], dim=2))
    top, left, height, width = DETAIL
    write_picture(assets / "detail.jpg", render(strokes, scale=4, region=(4 * top, 4 * left, 4 * height, 4 * width)))


def with_inset(painting: Tensor, picture: Tensor) -> Tensor:
    """The painting (3, S, S) with the picture (3, S, S) it was painted from, small and framed, in the lower left."""
    side = SIDE // 3
    small = torch.nn.functional.interpolate(picture[None], (side, side), mode="bilinear", antialias=True)[0]
    framed = torch.nn.functional.pad(small, (LINE, LINE, LINE, LINE), value=1.0)
    result = painting.clone()
    result[:, -framed.shape[1] :, : framed.shape[2]] = framed
    return result


def side_by_side(pictures: list[Tensor]) -> Tensor:
    """One picture made of vertical strips of several (3, H, W), with white lines between them."""
    strips = len(pictures)
    result = pictures[-1].clone()
    for i, picture in enumerate(pictures):
        start, end = SIDE * i // strips, SIDE * (i + 1) // strips
        result[..., start:end] = picture[..., start:end]
        if i:
            result[..., start - LINE // 2 : start + LINE // 2] = 1
    return result


if __name__ == "__main__":
    main()
