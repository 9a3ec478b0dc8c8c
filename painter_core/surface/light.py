"""Light on the relief: one distant lamp, the sky, shadows of ridges, and the gloss of oil and varnish.

Shading happens in linear light and is measured against that of a flat canvas, which keeps its colors whatever the
lamp does: only slopes get lighter or darker.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..color import from_linear, to_linear

#: Share of the light that comes from everywhere.
AMBIENT = 0.35
#: Shading never takes more than this share of the lamp's light away, nor adds more.
STRONGEST = 0.75
#: What of the light the deepest hollows lose and the highest crests gain, and what the darkest shadows lose.
HOLLOW, SHADOW = 0.25, 0.4
#: Gloss (Blinn-Phong exponent) and brightness of dry oil paint, and of fresh varnish on top of it.
OIL_GLOSS, OIL_SHINE = 40.0, 0.03
VARNISH_GLOSS, VARNISH_SHINE = 90.0, 0.25
#: Wet look: varnish deepens tones by this exponent and raises saturation by this share.
DEEPENING, SATURATION = 0.12, 0.10
#: Rec. 709 luma weights, in linear light.
LUMA = (0.2126, 0.7152, 0.0722)


def lamp(azimuth: float, elevation: float) -> tuple[float, float, float]:
    """Unit vector to the lamp: x right, y down, z out of the picture. Degrees; azimuth clockwise from the top edge."""
    turn, rise = math.radians(azimuth), math.radians(elevation)
    return math.sin(turn) * math.cos(rise), -math.cos(turn) * math.cos(rise), math.sin(rise)


def normals_of(slope: Tensor) -> Tensor:
    """Unit normals (3, H, W), x right, y down, z out, from slopes dh/dx, dh/dy (2, H, W)."""
    up = 1 / (1 + slope.square().sum(0)).sqrt()
    return torch.stack([-slope[0] * up, -slope[1] * up, up])


def normal_picture(normal: Tensor) -> Tensor:
    """Normals as a normal map in [0, 1], OpenGL convention: red right, green up, blue out of the picture."""
    flipped = torch.stack([normal[0], -normal[1], normal[2]])
    return (flipped * 0.5 + 0.5).clamp(0, 1)


def lit(
    picture: Tensor,
    normal: Tensor,
    hollow: Tensor,
    shadow: Tensor,
    to_lamp: tuple[float, float, float],
    oil: float,
    varnish: float,
) -> Tensor:
    """The picture under the lamp.

    Args:
        picture: (3, H, W) sRGB in [0, 1]; normal: (3, H, W) unit; hollow: (H, W) from -1, a crest, to 1, a pit; shadow:
            (H, W) in [0, 1], 1 = none of the lamp's light gets there.
        to_lamp: from `lamp`; oil: sheen of the bare paint, varnish: how much varnish is on it, 0 to 1.
    Returns:
        (3, H, W) sRGB in [0, 1].
    """
    paint = to_linear(picture)
    if varnish > 0:
        paint = _wet(paint, varnish)
    x, y, z = to_lamp
    shade = (normal[0] * x + normal[1] * y + normal[2] * z) / z - 1
    shade = shade / (1 + (shade / STRONGEST).square()).sqrt()
    light = (1 + (1 - AMBIENT) * shade) * (1 - HOLLOW * hollow) * (1 - SHADOW * shadow)
    gloss = oil * OIL_SHINE * _highlight(normal, to_lamp, OIL_GLOSS)
    if varnish > 0:
        gloss = gloss + varnish * VARNISH_SHINE * _highlight(normal, to_lamp, VARNISH_GLOSS)
    return from_linear((paint * light + gloss * (1 - shadow)).clamp(0, 1))


def _highlight(normal: Tensor, to_lamp: tuple[float, float, float], exponent: float) -> Tensor:
    """Blinn-Phong for an eye straight in front; what a flat canvas would shine by is left out: no haze over it."""
    x, y, z = to_lamp
    length = math.sqrt(x * x + y * y + (z + 1) ** 2)
    facing = (normal[0] * x + normal[1] * y + normal[2] * (z + 1)) / length
    flat = ((z + 1) / length) ** exponent
    return (facing.clamp_min(0) ** exponent - flat).clamp_min(0)


def _wet(paint: Tensor, varnish: float) -> Tensor:
    """Varnish fills the matt surface: less stray white light, so tones get deeper and colors fuller."""
    deep = paint ** (1 + DEEPENING * varnish)
    luma = torch.einsum("c,chw->hw", deep.new_tensor(LUMA), deep)
    return (luma + (1 + SATURATION * varnish) * (deep - luma)).clamp(0, 1)
