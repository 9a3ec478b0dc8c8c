"""The form of a mark: an arc of some length and width, which may be broader at one end; a bar is one that turns by 0.

A mark's spine is an arc of a circle. Its middle has the mark's place and direction; from start to end it turns by the
bend, so that its radius is length / bend. Its width grows evenly from (1 - taper) at the start to (1 + taper) at the
end, times the width that is said of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

#: A mark turns by at most so many radians: nearly a ring, whose ends do not meet.
MOST_BEND = 6.0
#: A mark is at most this much broader at one end, as a share of its width: there it comes to a point at the other.
MOST_TAPER = 1.0
#: No place of a mark is taken for narrower than this share of its width when pixels are looked up in its tip.
LEAST_WIDTH = 1 / 32
#: atan(x) / x as a polynomial of x^2 for x in [0, 1], relative error 4.4e-6; the coefficients are a minimax fit.
ARC_TANGENT = (0.99999564, -0.33299493, 0.19563485, -0.12123125, 0.05746557, -0.01347514)
#: Slopes are taken as if nothing came nearer to the middle of a mark's circle than so many radii.
LEAST_FAR = 1e-3
#: Keeps what lies exactly opposite of a mark's middle, on its own circle, from being taken for that middle.
ASIDE = 1e-12


def canonical(size: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """The one description of a mark with length >= width and angle in [0, pi).

    Args:
        size: (..., 2) the two extents of the mark, in any order, any unit.
        angle: (...) direction of the first extent in radians.
    Returns:
        (..., 2) length, width and (...) direction of the length in [0, pi).
    """
    swapped = size[..., 1] > size[..., 0]
    size = torch.where(swapped[..., None], size.flip(-1), size)
    angle = torch.where(swapped, angle + math.pi / 2, angle)
    angle = torch.remainder(angle, math.pi)
    # remainder can round up to pi itself for tiny negative angles
    return size, torch.where(angle >= math.pi, torch.zeros_like(angle), angle)


def facing(size: Tensor, angle: Tensor) -> Tensor:
    """What `canonical` makes of bends and tapers: the factor (...) on both.

    A mark whose direction is turned round is seen from its other end: it bends and tapers the other way (-1). One that
    is wider than long has its length across and is straight (0).
    """
    _, after = canonical(size, angle)
    turned = torch.cos(angle - after) < 0
    one = torch.ones_like(angle)
    return torch.where(size[..., 1] > size[..., 0], torch.zeros_like(one), torch.where(turned, -one, one))


def spine(center: Tensor, length: Tensor, angle: Tensor, bend: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """Places on the spines of N marks.

    Args:
        center: (N, 2); length, angle, bend: (N,).
        shares: (S,) or (N, S) where on the spine, in lengths from its middle: -0.5 is the start, 0.5 the end.
    Returns:
        (N, S, 2) places and (N, S) the spine's direction there, in radians.
    """
    turn = bend[:, None] * shares
    # the chord from the middle to a place on the arc has half the turn, and is shorter than the arc by its sinc
    chord = length[:, None] * shares * torch.sinc(turn / (2 * math.pi))
    direction = angle[:, None] + turn / 2
    places = center[:, None] + torch.stack([chord * direction.cos(), chord * direction.sin()], -1)
    return places, angle[:, None] + turn


def extent(half: Tensor, bend: Tensor, taper: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A box around each of N marks in its own frame: x along its direction, y across, from its middle.

    Args:
        half: (N, 2) half its length and width; bend, taper: (N,).
    Returns:
        (N,) how far it reaches along to both sides, and from where to where it goes across.
    """
    width = half[:, 1] * (1 + taper.abs())
    turn = (bend.abs() / 2).clamp_max(math.pi / 2)
    # (radius + half the width) times the sine of what it turns by, up to a quarter of the circle
    along = half[:, 0] * torch.sinc(turn / math.pi) + width * turn.sin()
    sagitta = bow(2 * half[:, 0], bend)
    return along, sagitta.clamp_max(0) - width, sagitta.clamp_min(0) + width


def bow(length: Tensor, bend: Tensor) -> Tensor:
    """(N,) how far the ends of spines (N,) lie beside their middles: radius (1 - cos(bend / 2))."""
    return bend * length / 8 * torch.sinc(bend / (4 * math.pi)).square()


def straightened(along: Tensor, across: Tensor, curvature: Tensor) -> tuple[Tensor, Tensor]:
    """Where places in marks' frames would lie if the marks were straight.

    Only additions, products, quotients and roots, which are rounded alike wherever a tensor is split: so a pixel has
    the same bits in every tile and on any number of threads, which is not true of the library's arc tangent.

    Args:
        along, across: (M, ...) from the mark's middle; curvature: 1 / radius, broadcast to them. Differentiable.
    Returns:
        (M, ...) each: how far along the spine, and how far off it.
    """
    place, off, *_ = _straightened(along, across, curvature)
    return place, off


def _straightened(along: Tensor, across: Tensor, curvature: Tensor) -> tuple[Tensor, ...]:
    """Place along the spine and off it, sine and cosine of the turn there, times the distance from the circle's middle
    in radii, that distance, and the square of that from the mark's middle."""
    along = along + ASIDE
    sine, cosine = curvature * along, 1 - curvature * across
    far = torch.sqrt(sine * sine + cosine * cosine)
    square = along * along + across * across
    off = (2 * across - curvature * square) / (1 + far)
    # a quarter of the turn has the tangent sine / room: half angles twice
    room = far + cosine
    room = room + torch.sqrt(room * room + sine * sine)
    tangent = (sine / room).square()
    ratio = ARC_TANGENT[-1] * tangent
    for coefficient in ARC_TANGENT[-2:0:-1]:
        ratio = (ratio + coefficient) * tangent
    return 4 * along / room * (ratio + ARC_TANGENT[0]), off, sine, cosine, far, square


@dataclass(frozen=True)
class Slopes:
    """By how much the place on a straightened mark changes, (M, ...) each, with the place in the mark's frame.

    cos, sin: of the direction of the spine at the place; near: one over the distance from the circle's middle in radii.
    The derivatives of (along the spine, off it) by along are (cos near, -sin), those by across (sin near, cos), and
    those by the curvature `by_curvature`.
    """

    cos: Tensor
    sin: Tensor
    near: Tensor
    by_curvature: tuple[Tensor, Tensor]


def straightened_with_slopes(along: Tensor, across: Tensor, curvature: Tensor) -> tuple[Tensor, Tensor, Slopes]:
    """What `straightened` gives, (M, ...) each, and how it changes; the arguments as there."""
    place, off, sine, cosine, far, square = _straightened(along, across, curvature)
    near = 1 / far.clamp_min(LEAST_FAR)
    # from off (1 + far) = 2 across - curvature square
    off_slope = (square + off * near * (curvature * square - across)) / (-1 - far)
    # turn - sin(turn) as a series, which loses nothing where the turn is small
    turn = (curvature * place).square()
    place_slope = place * near * (off - curvature * place.square() * (1 / 6 - turn * (1 / 120)))
    return place, off, Slopes(cosine * near, sine * near, near, (place_slope, off_slope))


def breadth(place: Tensor, taper: Tensor, length: Tensor) -> Tensor:
    """How wide marks are at a place on their spine, as a share of their width.

    Args:
        place: (M, ...) how far along the spine from its middle; taper, length: broadcast to it.
    """
    return (1 + taper * (2 * place / length).clamp(-1, 1)).clamp_min(LEAST_WIDTH)
