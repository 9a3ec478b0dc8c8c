"""Cancelling and memory have bounds: counted in work and in bytes, not in seconds."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tensor_memory import TensorMemory
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from painter_core import PaintOptions, Strokes, load_predictor, paint, prune, refine, render
from painter_core.brushes.brush import get_brush
from painter_core.detail import detail_map
from painter_core.painting import reduction
from painter_core.painting.reduction import brought_to, reduced, working_size
from painter_core.paper import paint_paper
from painter_core.rendering.color_fit import refit_colors
from painter_core.style.cancelling import watched

#: Elements of tensors that may be worked out between two looks at the cancel button: a fifth of a second, about.
MOST_WORK = 200_000_000


class Cancelled(Exception):
    pass


class Work(TorchDispatchMode):
    """Counts the elements that operations give, from one `look` to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.since = self.most = self.looks = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if not func.is_view:
            self.since += sum(_size(each) for each in tree_leaves(made) if isinstance(each, torch.Tensor))
        return made

    def look(self, *_: object) -> None:
        self.most, self.since, self.looks = max(self.most, self.since), 0, self.looks + 1


def _size(tensor: torch.Tensor) -> int:
    """Elements of a tensor; of one that shows the same ones many times, those that there are."""
    return min(tensor.numel(), tensor.untyped_storage().nbytes() // tensor.element_size())


@pytest.fixture(scope="module")
def predictor():
    return load_predictor()


def scene(height: int = 300, width: int = 400) -> torch.Tensor:
    y, x = torch.meshgrid(torch.linspace(0, 9, height), torch.linspace(0, 12, width), indexing="ij")
    noise = torch.rand(3, height, width, generator=torch.Generator().manual_seed(1))
    return (0.4 + 0.3 * torch.stack([x.sin(), (x + y).cos(), (x * y / 9).sin()]) + 0.2 * noise).clamp(0, 1)


def scattered(count: int, canvas: tuple[int, int]) -> Strokes:
    g = torch.Generator().manual_seed(2)
    center = torch.rand(count, 2, generator=g) * torch.tensor([canvas[1], canvas[0]])
    size = (0.02 + 0.1 * torch.rand(count, 2, generator=g)) * max(canvas)
    angle, color = 3 * torch.rand(count, generator=g), torch.rand(count, 3, generator=g)
    return Strokes.build(center, size, angle, color, canvas=canvas)


def works(predictor):
    mask = torch.zeros(300, 400)
    mask[50:250, 60:300] = 1
    strokes = scattered(500, (300, 400))
    return {
        "fast": lambda look: paint(scene(), predictor, PaintOptions(strokes=400, refine=6), on_step=look),
        "refine": lambda look: refine(strokes, scene(), predictor, PaintOptions(refine=6), on_step=look),
        "masked": lambda look: paint(scene(), predictor, PaintOptions(strokes=300, refine=6), mask=mask, canvas=scene(),
                                     on_step=look),
        "paper": lambda look: paint_paper(scene(150, 200), on_step=look),
        "prune": lambda look: prune(strokes, scene(), 200, on_step=look),
        "render": lambda look: render(strokes, scale=4, on_band=look),
        "detail": lambda look: detail_map(scene(900, 1200), on_part=look),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["fast", "masked", "paper", "refine", "prune", "render", "detail"])
def test_work_between_two_looks_has_a_bound(predictor, name):
    with Work() as work:
        works(predictor)[name](work.look)
        work.look()
    assert work.most < MOST_WORK
    assert work.looks > 10


def test_fitting_colors_can_be_cancelled():
    def stop() -> None:
        raise Cancelled

    strokes = scattered(50, (60, 80))
    with pytest.raises(Cancelled):
        refit_colors(strokes, scene(60, 80), get_brush("flat"), (60, 80), on_layer=stop)


def test_every_operation_is_watched_those_of_a_backward_pass_too():
    def slope(stop: int) -> int:
        looks = 0

        def look() -> None:
            nonlocal looks
            looks += 1
            if looks == stop:
                raise Cancelled

        with watched(look):
            x = torch.rand(1, 3, 16, 16, requires_grad=True)
            y = torch.nn.functional.conv2d(x, torch.ones(4, 3, 3, 3)).relu().square().sum()
            before = looks
            torch.autograd.grad(y, x)
        return looks - before if stop < 0 else looks

    backward = slope(-1)
    assert backward > 2
    for stop in (1, 3):
        with pytest.raises(Cancelled):
            slope(stop)
    with watched(None):
        assert (torch.ones(2) + 1).tolist() == [2, 2]


# large pictures


def test_working_sizes():
    assert working_size(1024, 700, 32, 50) == (1024, 700), "nothing is reduced that is no larger than that"
    assert working_size(4096, 2048, 32, 50) == (1024, 512)
    assert working_size(3000, 4000, 32, 3000) == (1536, 2048)
    assert working_size(3000, 4000, 32, 50_000) == (1536, 2048)
    assert working_size(1, 9000, 32, 10) == (1, 1024)


def test_memory_depends_on_the_strokes_and_not_on_the_picture(predictor, monkeypatch):
    monkeypatch.setattr(reduction, "LEAST", 96)
    monkeypatch.setattr(reduction, "MOST", 128)
    peaks = []
    for factor in (1, 3):
        picture = scene(96 * factor, 128 * factor)
        paint(picture, predictor, PaintOptions(strokes=60, refine=0))
        with TensorMemory() as memory:
            paint(picture, predictor, PaintOptions(strokes=60, refine=6))
        peaks.append(memory.peak - picture.nbytes)
    assert peaks[1] < 1.3 * peaks[0]


def test_a_large_picture_is_painted_in_its_own_pixels(predictor, monkeypatch):
    monkeypatch.setattr(reduction, "LEAST", 96)
    monkeypatch.setattr(reduction, "MOST", 128)
    small = scene(96, 128)
    large = torch.nn.functional.interpolate(small[None], (288, 384), mode="bilinear")[0].clamp(0, 1)
    options = PaintOptions(strokes=150, refine=6)
    painted = paint(large, predictor, options)
    assert painted.canvas == (288, 384)
    assert len(painted) == 150
    plain = paint(small, predictor, options)
    errors = [float((render(each, size=(96, 128)) - small).square().mean()) for each in (painted, plain)]
    assert errors[0] < 1.2 * errors[1]
    mask = torch.zeros(288, 384)
    mask[96:192] = 1
    masked = paint(large, predictor, options, mask=mask, canvas=large)
    assert ((masked.center[:, 1] > 80) & (masked.center[:, 1] < 208)).all()
    again = refine(painted, large, predictor, PaintOptions(refine=4))
    assert again.canvas == (288, 384)
    off = [float((render(each) - large).square().mean()) for each in (again, painted)]
    assert off[0] < 1.1 * off[1]


def test_strokes_are_brought_to_another_canvas_and_back():
    strokes = scattered(20, (300, 400))
    back = brought_to(brought_to(strokes, (151, 200)), (300, 400))
    assert torch.allclose(back.center, strokes.center, atol=1e-3)
    assert torch.allclose(back.size, strokes.size, rtol=1e-5)
    assert brought_to(strokes, (300, 400)) is strokes


def test_reducing_looks_after_every_plane():
    picture, looks = scene(60, 80), []
    assert reduced(picture, (60, 80), lambda: looks.append(0)) is picture
    small = reduced(picture, (30, 40), lambda: looks.append(1))
    assert torch.equal(small, torch.nn.functional.interpolate(picture[None], (30, 40), mode="area")[0])
    assert len(looks) == 3
    assert reduced(picture[0], (30, 40), lambda: None).shape == (30, 40)
