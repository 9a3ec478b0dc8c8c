"""Optical flow: where every place of one picture lies in the next.

OpenCV's dense inverse search where OpenCV is installed (Kroeger, Timofte, Dai, Van Gool, "Fast optical flow using dense
inverse search", 2016), else TV-L1 of our own in PyTorch: total variation keeps the flow smooth and lets it jump at
borders of things, the absolute difference of brightness forgives what no motion explains (Zach, Pock, Bischof, "A
duality based approach for realtime TV-L1 optical flow", 2007), coarse to fine so that it finds large motions.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..images import scaled_size, size_of

#: Ways to find the flow; "auto" takes the first that works here.
METHODS = ("auto", "dis", "tvl1")
#: People's own: flow(a, b), both (3, h, w) in [0, 1], gives (2, h, w) as `flow_between` does.
FlowFunction = Callable[[Tensor, Tensor], Tensor]

#: Brightness of sRGB colors (ITU-R BT.601).
LUMA = (0.299, 0.587, 0.114)
#: Least side of the coarsest picture in pixels, and how much smaller each picture is than the next.
COARSEST, FACTOR = 12, 0.5
#: How often the second picture is brought over the first at each size, and steps in between.
WARPS, STEPS = 4, 10
#: ... and how often to polish what dense inverse search found.
POLISHING = 2
#: Weight of the brightness against smoothness for values in [0, 1], and tightness of the coupling of both.
BRIGHTNESS, COUPLING = 40.0, 0.3
#: Step of the dual variables (at most 1/4).
DUAL_STEP = 0.249
#: Deviation in pixels of the blur that makes both pictures smooth enough for their slopes to mean something.
SMOOTH = 0.8
#: Keeps slopes of nothing from being divided by.
_EPSILON = 1e-9


def flow_between(a: Tensor, b: Tensor, method: str | FlowFunction = "auto") -> Tensor:
    """Where the places of picture `a` lie in picture `b`.

    Args:
        a, b: (3, h, w) sRGB in [0, 1], of one size.
        method: a name of METHODS, or a function of people's own.
    Returns:
        (2, h, w): displacement in x and y in pixels; a(x) looks as b(x + flow(x)).
    Raises:
        ValueError: pictures of different sizes, an unknown method, "dis" without OpenCV, a function's result of another
            shape or not finite.
    """
    if a.shape != b.shape or a.ndim != 3 or a.shape[0] != 3:
        raise ValueError(f"flow: two pictures (3, h, w) of one size are needed, got {tuple(a.shape)}, {tuple(b.shape)}")
    if callable(method):
        flow = method(a, b)
        if tuple(flow.shape) != (2, *a.shape[1:]) or not bool(torch.isfinite(flow).all()):
            raise ValueError(f"flow: the function must give finite (2, {a.shape[1]}, {a.shape[2]}), got "
                             f"{tuple(flow.shape)}")  # fmt: skip
        return flow.to(a)
    return {"dis": _dis, "tvl1": tvl1}[chosen(method)](a, b)


def chosen(method: str) -> str:
    """The method that a name of METHODS stands for here. Raises ValueError as `flow_between` does."""
    if method not in METHODS:
        raise ValueError(f"flow: the method must be one of {', '.join(METHODS)}, got {method!r}")
    there = importlib.util.find_spec("cv2") is not None
    if method == "dis" and not there:
        raise ValueError("flow: 'dis' needs OpenCV; pip install alla-prima[flow], or choose 'tvl1'")
    return ("dis" if there else "tvl1") if method == "auto" else method


def warped(picture: Tensor, flow: Tensor, mode: str = "bilinear") -> Tensor:
    """A picture (C, h, w), read at x + flow(x) for every place x; borders are repeated."""
    height, width = picture.shape[1:]
    y, x = torch.meshgrid(
        torch.arange(height, device=flow.device, dtype=flow.dtype),
        torch.arange(width, device=flow.device, dtype=flow.dtype),
        indexing="ij",
    )
    grid = torch.stack([(2 * (x + flow[0]) + 1) / width - 1, (2 * (y + flow[1]) + 1) / height - 1], -1)
    return F.grid_sample(picture[None], grid[None], mode=mode, padding_mode="border", align_corners=False)[0]


def _luma(picture: Tensor) -> Tensor:
    return torch.einsum("c,chw->hw", torch.tensor(LUMA, device=picture.device), picture)


def _dis(a: Tensor, b: Tensor) -> Tensor:
    """Dense inverse search, brought to a fraction of a pixel by a little of TV-L1; too small pictures, which the search
    does not take, are left to that."""
    cv2: Any = importlib.import_module("cv2")  # whose own types do not know all of it
    if min(a.shape[1:]) < COARSEST:
        return tvl1(a, b)
    first, second = ((255 * _luma(each)).round().clamp(0, 255).byte().cpu().numpy() for each in (a, b))
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # what it finds depends on how rows are shared out
    try:
        flow = search.calc(first, second, None)
    finally:
        cv2.setNumThreads(threads)
    found = torch.from_numpy(flow).permute(2, 0, 1).contiguous().to(a.device)
    pair = _blurred(torch.stack([_luma(a.float()), _luma(b.float())])[:, None])
    return _level(pair[0], pair[1], found, POLISHING)


def tvl1(a: Tensor, b: Tensor) -> Tensor:
    """TV-L1 flow in PyTorch; arguments and result as in `flow_between`."""
    pair = torch.stack([_luma(a.float()), _luma(b.float())])[:, None]
    sizes = [size_of(a)]
    while min(sizes[-1]) * FACTOR >= COARSEST:
        sizes.append(scaled_size(sizes[-1], FACTOR))
    flow = torch.zeros(2, *sizes[-1], device=a.device)
    for size in reversed(sizes):
        if size_of(flow) != size:
            grown = flow.new_tensor([size[1] / flow.shape[2], size[0] / flow.shape[1]])[:, None, None]
            flow = F.interpolate(flow[None], size=size, mode="bilinear", align_corners=False)[0] * grown
        small = _blurred(F.interpolate(pair, size=size, mode="area") if size != sizes[0] else pair)
        flow = _level(small[0], small[1], flow)
    return flow


def _level(first: Tensor, second: Tensor, flow: Tensor, warps: int = WARPS) -> Tensor:
    """The flow from one picture (1, h, w) to another, from a first guess of it."""
    wide = F.pad(second[None], (1, 1, 1, 1), mode="replicate")[0]
    slopes = torch.cat([(wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]) / 2, (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]) / 2])
    sources = torch.cat([second, slopes])
    dual = torch.zeros(2, 2, *flow.shape[1:], device=flow.device)  # (flow, direction, h, w)
    for _ in range(warps):
        there = warped(sources, flow)
        slope = there[1:]
        power = slope.square().sum(0) + _EPSILON
        rest = there[0] - first[0] - (slope * flow).sum(0)
        # what has left the picture says nothing
        slope, rest = slope * _inside(flow), rest * _inside(flow)
        reach = BRIGHTNESS * COUPLING * power
        for _ in range(STEPS):
            # a step towards the same brightness, no longer than it takes
            off = rest + (slope * flow).sum(0)
            move = torch.where(off.abs() <= reach, -off / power, -BRIGHTNESS * COUPLING * off.sign())
            aim = flow + move * slope
            flow = aim + COUPLING * _divergence(dual)
            step = _gradient(flow) * (DUAL_STEP / COUPLING)
            dual = (dual + step) / (1 + step.square().sum((0, 1), keepdim=True).sqrt())
        flow = _median(flow)
    return flow


def _inside(flow: Tensor) -> Tensor:
    """(h, w): 1 where a place lies in the picture after its displacement, else 0."""
    height, width = flow.shape[1:]
    x = torch.arange(width, device=flow.device) + flow[0]
    y = torch.arange(height, device=flow.device)[:, None] + flow[1]
    return ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)).float()


def _gradient(flow: Tensor) -> Tensor:
    """(2, 2, h, w) forward differences in x and y; nothing at the far borders."""
    right = F.pad(flow[:, :, 1:] - flow[:, :, :-1], (0, 1))
    down = F.pad(flow[:, 1:] - flow[:, :-1], (0, 0, 0, 1))
    return torch.stack([right, down], 1)


def _divergence(dual: Tensor) -> Tensor:
    """(2, h, w): minus the adjoint of `_gradient`."""
    x, y = dual[:, 0, :, :-1], dual[:, 1, :-1]
    return F.pad(x, (0, 1)) - F.pad(x, (1, 0)) + F.pad(y, (0, 0, 0, 1)) - F.pad(y, (0, 0, 1, 0))


def _median(flow: Tensor) -> Tensor:
    """Each of both components by the median of 3 x 3 places."""
    wide = F.pad(flow[None], (1, 1, 1, 1), mode="replicate")[0]
    return wide.unfold(1, 3, 1).unfold(2, 3, 1).flatten(3).median(3).values


def _blurred(pictures: Tensor) -> Tensor:
    """(n, 1, h, w) under a small Gaussian."""
    at = torch.arange(-2, 3, device=pictures.device, dtype=pictures.dtype)
    window = torch.exp(-(at**2) / (2 * SMOOTH**2))
    window = window / window.sum()
    wide = F.pad(pictures, (2, 2, 2, 2), mode="replicate")
    return F.conv2d(F.conv2d(wide, window.view(1, 1, 1, -1)), window.view(1, 1, -1, 1))
