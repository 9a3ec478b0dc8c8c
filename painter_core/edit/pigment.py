"""Mixing colors as paint mixes: blue and yellow make green, white makes a tint.

Paul Kubelka and Franz Munk, "Ein Beitrag zur Optik der Farbanstriche" (1931): a layer of paint that hides its ground
reflects R = 1 + K/S - sqrt((K/S)^2 + 2 K/S), with what it absorbs (K) and scatters (S) at each wavelength; so K/S =
(1 - R)^2 / (2 R). In a mixture K and S are the sums of the pigments', by their parts (Duncan 1940). A color alone does
not say how strongly its pigment scatters: here light ones do more than dark ones, as white lead does beside lamp black,
which also keeps black from swallowing whatever it is mixed with.
"""

from __future__ import annotations

import itertools

import torch
from scipy.spatial import cKDTree  # type: ignore[attr-defined]
from torch import Tensor

from ..color import from_linear, to_linear, to_oklab
from ..wording import shown
from .clusters import pooled
from .spectra import from_spectrum, luminance, to_spectrum

#: Scattering is luminance to this power: between 1 (white drowns everything) and 0 (black does).
SCATTERING = 0.75
#: Pigments in one mixture beside white: with more of them people get mud.
MOST_IN_MIX = 3
#: Amounts of a pigment in a mixture of so many: powers of a ratio from 1 to 64. A drop of blue makes white a sky.
AMOUNTS = {1: (0, 1.0), 2: (12, 2**0.5), 3: (12, 2**0.5), 4: (9, 2 ** (2 / 3))}
#: Most tubes of a palette: its mixtures are all worked out.
MOST_TUBES = 8
#: Paints that are mixed at once: 36 bands, several buffers of 10 MB.
CHUNK = 1 << 16
#: Colors closer than this in OKLab get the same mixture.
SAME = 1 / 128
#: Lightness, green to red, blue to yellow: a face that is a little too light looks better than one that turns green.
HUE_COUNTS = (1.0, 2.0, 2.0)

#: Tubes of paint, sRGB of the paint laid on thickly (0 to 255), estimated from published color charts.
TUBES: dict[str, tuple[int, int, int]] = {
    "titanium white": (249, 249, 246),
    "ivory black": (35, 32, 31),
    "yellow ochre": (204, 150, 60),
    "vermilion": (214, 56, 33),
    "cadmium yellow": (252, 206, 20),
    "lemon yellow": (250, 236, 60),
    "cadmium red": (206, 32, 33),
    "alizarin crimson": (120, 14, 38),
    "quinacridone rose": (196, 24, 92),
    "ultramarine": (28, 34, 140),
    "cobalt blue": (10, 68, 160),
    "phthalo blue": (0, 60, 120),
    "viridian": (0, 92, 74),
    "burnt sienna": (132, 58, 30),
    "raw umber": (92, 70, 46),
    "indigo": (32, 42, 78),
}
#: Palettes that painters have used, and some that give a painting one mood.
PALETTES: dict[str, tuple[str, ...]] = {
    "zorn": ("titanium white", "yellow ochre", "vermilion", "ivory black"),
    "impressionist": (
        "titanium white", "cadmium yellow", "vermilion", "alizarin crimson", "ultramarine", "cobalt blue", "viridian",
    ),
    "primaries": ("titanium white", "lemon yellow", "quinacridone rose", "phthalo blue", "ivory black"),
    "earth": ("titanium white", "yellow ochre", "burnt sienna", "raw umber", "ivory black"),
    "nocturne": ("titanium white", "raw umber", "indigo", "yellow ochre", "ivory black"),
    "grisaille": ("titanium white", "ivory black"),
}  # fmt: skip


def mix(colors: Tensor, parts: Tensor) -> Tensor:
    """The color of paint mixed from several.

    Args:
        colors: (N, M, 3) sRGB in [0, 1] of M paints for each of N mixtures.
        parts: (N, M) how much of each, >= 0, not all 0.
    Returns:
        (N, 3) sRGB in [0, 1]. One paint alone comes out as it is.
    """
    if len(colors) == 0:
        return colors.new_zeros(0, 3)
    rows = max(1, CHUNK // colors.shape[1])
    chunks = zip(colors.split(rows), parts.split(rows), strict=True)
    return torch.cat([_mix(some, share) for some, share in chunks])


def palette_colors(palette: str) -> Tensor:
    """(P, 3) sRGB of the tubes of a palette of PALETTES. ValueError for another name."""
    if palette not in PALETTES:
        raise ValueError(f"there is no palette {shown(palette)}; choose one of: {', '.join(PALETTES)}")
    return torch.tensor([TUBES[name] for name in PALETTES[palette]], dtype=torch.float32) / 255


def mixtures(tubes: Tensor) -> tuple[Tensor, Tensor]:
    """Everything that can be mixed from white and at most three other `tubes` (P, 3); white is the lightest of them.

    Returns (K, 3) sRGB and (K, P) parts that sum to 1.
    """
    white = int(to_oklab(tubes)[:, 0].argmax())
    others = [tube for tube in range(len(tubes)) if tube != white]
    recipes = []
    for count in range(MOST_IN_MIX + 1):
        for chosen in itertools.combinations(others, count):
            recipes += [_recipes(mixed, len(tubes)) for mixed in (chosen, (white, *chosen)) if mixed]
    parts = torch.cat(recipes).to(tubes.device)
    return mix(tubes.expand(len(parts), -1, -1), parts), parts


def _recipes(tubes: tuple[int, ...], count: int) -> Tensor:
    """(K, count) parts of mixtures that have all of `tubes` in them and nothing else."""
    finest, ratio = AMOUNTS[len(tubes)]
    # the same mixture in other amounts is left out: of one pigment there is the least
    steps = [s for s in itertools.product(range(finest + 1), repeat=len(tubes)) if min(s) == 0]
    parts = torch.zeros(len(steps), count)
    parts[:, list(tubes)] = ratio ** torch.tensor(steps, dtype=torch.float32)
    return parts / parts.sum(1, keepdim=True)


def best_mixtures(color: Tensor, tubes: Tensor) -> Tensor:
    """For each color (N, 3) sRGB the closest one (N, 3) that can be mixed from `tubes` (P, 3): see `mixtures`."""
    if len(color) == 0:
        return color.clone()
    table, _ = mixtures(tubes.to(color.device))
    lab = to_oklab(color)
    few, _, where = pooled(lab, torch.ones_like(lab[:, 0]), SAME)
    # thousands of mixtures: a tree finds the nearest at once
    counts = lab.new_tensor(HUE_COUNTS)
    index = cKDTree((to_oklab(table) * counts).cpu().numpy()).query((few * counts).cpu().numpy())[1]
    return table[torch.from_numpy(index).to(table.device)][where]


def _mix(colors: Tensor, parts: Tensor) -> Tensor:
    n, m, _ = colors.shape
    reflectance = to_spectrum(to_linear(colors.reshape(n * m, 3)))
    # the paint's own scattering and the amount of it
    scattering = (luminance(reflectance) ** SCATTERING * parts.reshape(n * m))[:, None]
    absorption = scattering * (1 - reflectance).square() / (2 * reflectance)
    ratio = absorption.view(n, m, -1).sum(1) / scattering.view(n, m, -1).sum(1).clamp_min(1e-12)
    mixed = 1 + ratio - (ratio.square() + 2 * ratio).sqrt()
    return from_linear(from_spectrum(mixed).clamp(0, 1)).clamp(0, 1)
