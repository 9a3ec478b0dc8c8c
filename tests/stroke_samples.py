"""Strokes to export, and their comparison."""

from __future__ import annotations

import math

import torch

from painter_core.brushes.brush import get_brush
from painter_core.strokes import FIELDS, Strokes

#: Several brushes, for what is to be kept of each stroke.
MIXED = ("oil", "flat", "pencil")


def random_strokes(
    n: int = 40, height: int = 48, width: int = 64, seed: int = 0, brushes: tuple[str, ...] = ("flat",)
) -> Strokes:
    """Coarse to fine strokes with every field in use."""
    g = torch.Generator().manual_seed(seed)
    layer = torch.arange(n) * 4 // max(n, 1)
    length = width / 2.0 ** (layer + 1) * (0.6 + torch.rand(n, generator=g))
    return Strokes.build(
        torch.rand(n, 2, generator=g) * torch.tensor([width, height]),
        torch.stack([length, length * (0.2 + 0.6 * torch.rand(n, generator=g))], dim=1),
        torch.rand(n, generator=g) * math.pi,
        torch.rand(n, 3, generator=g),
        canvas=(height, width),
        ground=torch.rand(3, generator=g),
        opacity=torch.rand(n, generator=g),
        brush=torch.randint(0, 3, (n,), generator=g) % len(brushes),
        layer=layer,
        seed=torch.randint(0, 2**62, (n,), generator=g),
        brushes=brushes,
    )


def bent_strokes(n: int = 40, seed: int = 0, brushes: tuple[str, ...] = ("flat",)) -> Strokes:
    """The same, two of three bent and tapering."""
    g = torch.Generator().manual_seed(seed + 2)
    bend, taper = (2 * torch.rand(2, n, generator=g) - 1) * (torch.arange(n) % 3 > 0)
    return random_strokes(n, seed=seed, brushes=brushes).replace(bend=2.5 * bend, taper=0.7 * taper)


def loaded_strokes(n: int = 40, seed: int = 0, brushes: tuple[str, ...] = ("flat",)) -> Strokes:
    """The same, every other stroke with two colors."""
    g = torch.Generator().manual_seed(seed + 1)
    blend = (2 * torch.rand(n, 3, generator=g) - 1) * (torch.arange(n) % 2)[:, None]
    return random_strokes(n, seed=seed, brushes=brushes).replace(blend=blend)


def assert_same(a: Strokes, b: Strokes) -> None:
    assert a.canvas == b.canvas
    assert all(
        one is two or one == two or get_brush(one).alike(get_brush(two))
        for one, two in zip(a.brushes, b.brushes, strict=True)
    )
    for name in (*FIELDS, "ground"):
        assert getattr(a, name).dtype == getattr(b, name).dtype
        assert torch.equal(getattr(a, name), getattr(b, name)), name
