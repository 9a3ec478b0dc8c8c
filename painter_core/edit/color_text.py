"""Colors as people write them."""

from __future__ import annotations

import torch
from PIL import ImageColor
from torch import Tensor

from ..wording import shown


def color_from_text(text: str) -> Tensor:
    """ "#f2c14e", "#fc4", "teal", "rgb(240, 190, 70)" or "hsl(43, 85%, 61%)" as sRGB (3,) in [0, 1].

    Raises ValueError for anything else.
    """
    try:
        color = ImageColor.getrgb(text.strip())
    except ValueError as error:
        raise ValueError(f"there is no color {shown(text)}; write it as #rrggbb or a name such as teal") from error
    return torch.tensor(color[:3], dtype=torch.float32) / 255
