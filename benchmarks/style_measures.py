"""What the benchmark of styles measures of a picture, and what is asked of each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import fmean

import torch
from torch import Tensor

from painter_core.color import to_oklab
from painter_core.style import content_distance, keep_colors
from painter_core.style.networks.distances import PIXELS, style_of

#: Pixels at which the style is measured a second time: methods that follow its statistics follow those at 256 x 256.
FULL = 512 * 512
#: Quantiles at which values of a channel are compared.
QUANTILES = 2001
#: sRGB to CIE XYZ (IEC 61966-2-1), and the white D65 there.
XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
#: What is averaged of the records, and how it is called in the table.
COLUMNS = {
    "style": "style distance", "share": "share", "share_full": "share, full size", "content": "content",
    "edges": "edges", "wasserstein": "W1", "chroma": "kept chroma", "chroma_lab": "kept chroma, CIELAB",
    "seconds": "seconds",
}  # fmt: skip


@torch.no_grad()
def measure(result: Tensor, without: Tensor, content: Tensor, style: Tensor) -> dict[str, float]:
    """The figures of one picture; `without` is what it would be without the method. All (3, H, W) in [0, 1]."""
    return styled(result, without, style) | {
        "content": content_distance(result, content),
        "edges": correlation(edges(result), edges(content)),
        "wasserstein": wasserstein(result, style),
    }


@torch.no_grad()
def styled(result: Tensor, without: Tensor, style: Tensor) -> dict[str, float]:
    """The figures of one picture that are about style, as in `measure`."""
    found = {}
    for suffix, pixels in (("", PIXELS), ("_full", FULL)):
        wanted = _known(style, pixels)
        # the package's `style_distance`, with what was worked out before
        found[f"style{suffix}"] = distance = wanted.distance(style_of(result, pixels))
        found[f"share{suffix}"] = distance / max(1e-9, wanted.distance(_known(without, pixels)))
    return found


#: By the tensor itself, not its values.
_known = lru_cache(maxsize=64)(style_of)


def wasserstein(a: Tensor, b: Tensor) -> float:
    """The largest 1-D Wasserstein distance of a channel's values, of pictures (3, ...) in [0, 1]."""
    at = torch.linspace(0, 1, QUANTILES)

    def quantiles(one: Tensor) -> Tensor:
        ordered = one.flatten(1).sort(1).values
        return ordered[:, (at * (ordered.shape[1] - 1)).round().long()]

    return float((quantiles(a) - quantiles(b)).abs().mean(1).max())


def edges(picture: Tensor) -> Tensor:
    """(H - 1, W - 1) steps of lightness to the neighbors."""
    light = picture.mean(0)
    return torch.hypot(light[1:, :-1] - light[:-1, :-1], light[:-1, 1:] - light[:-1, :-1])


def correlation(a: Tensor, b: Tensor) -> float:
    """Of two planes of one size."""
    return float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1])


def kept_chroma(stylized: Tensor, content: Tensor) -> dict[str, float]:
    """How far opponent colors are from the content's after `keep_colors`, in the mean over the pixels.

    Returns:
        chroma: in hundredths of OKLab's unit; chroma_lab: in CIELAB's a* and b* (dE of 1976), where the same hue and
        chroma have other values in another lightness, so that it is not 0 even if nothing is lost.
    """
    kept = keep_colors(stylized, content)
    pairs = {"chroma": [100 * to_oklab(one.flatten(1).T) for one in (kept, content)],
             "chroma_lab": [cielab(one.flatten(1).T) for one in (kept, content)]}  # fmt: skip
    return {name: float((here - there)[:, 1:].norm(dim=1).mean()) for name, (here, there) in pairs.items()}


def cielab(colors: Tensor) -> Tensor:
    """(N, 3) L*, a*, b* (CIE 1976, white D65) of sRGB colors (N, 3)."""
    linear = torch.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    matrix = linear.new_tensor(XYZ)
    relative = linear @ matrix.T / matrix.sum(1)
    edge = 6 / 29
    f = torch.where(relative > edge**3, relative.clamp_min(0) ** (1 / 3), relative / (3 * edge**2) + 4 / 29)
    return torch.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


@dataclass(frozen=True)
class Finding:
    """One thing that is asked of a method, and whether it is so."""

    method: str
    asked: str
    found: str
    met: bool


def means(records: Sequence[Mapping[str, object]]) -> dict[str, float]:
    """Means over the records of what COLUMNS names, as far as it was measured."""
    return {name: fmean(float(one[name]) for one in records) for name in COLUMNS if all(name in one for one in records)}


def findings(by_method: Mapping[str, Sequence[Mapping[str, object]]], baseline: str) -> list[Finding]:
    """What is asked of the methods that have records; of the baseline's, those of the same pairs count.

    Args:
        by_method: records by the method's name.
        baseline: the name of the one that the networks are compared with.
    """
    found = []
    for method, records in by_method.items():
        mean = means(records)
        if method in ("adaattn", "lapstyle", "fast"):
            found.append(_least(method, "style distance, of the content's own", mean["share"], 0.50))
            found += _against(method, records, by_method.get(baseline, ()), baseline)
        elif method == "palette":
            worst = max(float(one["wasserstein"]) for one in records)
            found.append(_least(method, "W1 of a channel, worst pair", worst, 0.01))
            found.append(_least(method, "kept chroma", mean["chroma"], 2.0))
        elif method == "strokes":
            found.append(_least(method, "style distance, of the plain painting's", mean["share"], 0.70))
    return found


def _least(method: str, what: str, value: float, most: float) -> Finding:
    return Finding(method, f"{what}: at most {most:g}", f"{value:.4f}", value <= most)


def _against(
    method: str, records: Sequence[Mapping[str, object]], others: Sequence[Mapping[str, object]], baseline: str
) -> list[Finding]:
    """Content and style no worse than the baseline's, over the pairs that both have."""
    pairs = {(one["content_name"], one["style_name"]) for one in others}
    mine = [one for one in records if (one["content_name"], one["style_name"]) in pairs]
    pairs = {(one["content_name"], one["style_name"]) for one in mine}
    if not pairs:
        return []
    here, there = means(mine), means([one for one in others if (one["content_name"], one["style_name"]) in pairs])
    of = f"{baseline}'s over {len(pairs)} pairs"
    return [
        _least(method, f"style distance, {of}", here["style"], round(there["style"], 4)),
        _least(method, f"content distance, {of}", here["content"], round(there["content"], 4)),
        Finding(method, f"edges, {of}: at least {there['edges']:.4f}", f"{here['edges']:.4f}",
                here["edges"] >= there["edges"]),
    ]  # fmt: skip


def monotony(records: Sequence[Mapping[str, object]]) -> tuple[dict[float, float], int, int, bool]:
    """Of one method's records at several strengths, over the pairs that have all of them.

    Returns:
        the mean style distance at each strength; for how many pairs it rises somewhere, of how many; whether nothing
        changes at 0.
    """
    strengths = sorted({float(one["strength"]) for one in records})
    pairs: dict[tuple[object, object], dict[float, float]] = {}
    for one in records:
        pairs.setdefault((one["content_name"], one["style_name"]), {})[float(one["strength"])] = float(one["style"])
    whole = [pair for pair in pairs.values() if len(pair) == len(strengths)]
    rising = sum(any(after > before for before, after in pairwise(pair[at] for at in strengths)) for pair in whole)
    same = all(bool(one["same"]) for one in records if one["strength"] == 0)
    return {at: fmean(pair[at] for pair in whole) for at in strengths} if whole else {}, rising, len(whole), same
