"""The paper's inference: the lean code against a plain slow one, and what must hold for every picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from painter_core.paper import drawing as raster
from painter_core.paper import inference, paint_paper
from painter_core.paper.bristles import COLUMNS, GREY_MEAN, GREY_RANGE, INK_SHARE, ROWS, bristle_brushes
from painter_core.paper.drawing import Canvas, WindowStrokes
from painter_core.predictor.paint_transformer import INK_OFFSET, INK_SIZE, rectangles_of

PATCH = 32
BRUSHES = bristle_brushes()


class FakePredictor:
    """Strokes of many kinds, worked out from the patches, so that a wrong patch or canvas gives other strokes."""

    name = "fake"
    patch = PATCH
    strokes = 8

    def rectangles(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        slot = torch.arange(self.strokes)
        seed = (target.mean((1, 2, 3)) * 7 - canvas.mean((1, 2, 3)) * 5 + target[:, 0, 5, 9])[:, None]
        wave = [torch.sin(seed * (3 + k) + slot * (1.7 + 0.6 * k) + k) for k in range(6)]
        x, y = 0.5 + 0.55 * wave[0], 0.5 + 0.55 * wave[1]
        w, h = 0.45 + 0.35 * wave[2], 0.4 + 0.35 * wave[3]
        return torch.stack([x, y, w, h, 7 * wave[4]], dim=-1), wave[5] + 0.5


class FakeMarks:
    """A predictor that knows marks only, as all but Paint Transformer do."""

    name = "fake"
    patch = PATCH
    strokes = 8

    def __init__(self, marks: tuple[float, ...] = (0.5, 0.5, 0.6, 0.3, 0.4), logit: float = 1.0) -> None:
        self.marks, self.logit = torch.tensor(marks), logit

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        shape = (len(target), self.strokes)
        return self.marks.expand(*shape, 5).clone(), torch.full(shape, self.logit)


def picture(height: int, width: int) -> Tensor:
    """A smooth picture: red grows with x, green with y, blue in waves."""
    y = (torch.arange(height) + 0.5)[:, None].expand(-1, width) / height
    x = (torch.arange(width) + 0.5)[None, :].expand(height, -1) / width
    return torch.stack([x, y, 0.5 + 0.5 * torch.sin(9 * x + 5 * y)])


# --- a plain slow version of the published procedure


def stroke_in_window(rectangle: Tensor, color: Tensor, side: int, brushes: Tensor) -> tuple[Tensor, Tensor]:
    """Foreground (3, side, side) and where it is painted (side, side) of one stroke, over the whole window."""
    x, y, w, h, angle = rectangle.unbind()
    cos, sin = torch.cos(angle), torch.sin(angle)
    across = torch.stack([cos / w, sin / w, ((1 - 2 * x) * cos + (1 - 2 * y) * sin) / w])
    down = torch.stack([-sin / h, cos / h, ((1 - 2 * y) * cos - (1 - 2 * x) * sin) / h])
    grid = F.affine_grid(torch.stack([across, down])[None], [1, 1, side, side], align_corners=False)
    brush = F.interpolate(brushes[None, :1] if h > w else brushes[None, 1:], (side, side))
    grey = F.grid_sample(brush, grid, align_corners=False)
    ink = (grey > 0).float()
    foreground = F.max_pool2d(F.pad(grey * color[None, :, None, None], [1] * 4, value=-1e9), 3, 1)[0]
    eroded = -F.max_pool2d(F.pad(-ink, [1] * 4, value=-1e9), 3, 1)[0, 0]
    return foreground, eroded > 0.5


def slow_level(predictor: FakePredictor, target: Tensor, canvas: Tensor, seen: Tensor, all_drawn: bool) -> Tensor:
    """Paint the patches of target (given the canvas `seen` at its size) on a canvas at full size, stroke by stroke."""
    count = target.shape[-1] // PATCH
    half = canvas.shape[-1] // count // 2  # half a patch at full size
    canvas = F.pad(canvas, [half] * 4)
    for row, column in ((0, 0), (1, 1), (1, 0), (0, 1)):
        for i in range(row, count, 2):
            for j in range(column, count, 2):
                part = (slice(None), slice(i * PATCH, (i + 1) * PATCH), slice(j * PATCH, (j + 1) * PATCH))
                rectangles, logit = predictor.rectangles(target[part][None], seen[part][None])
                window = canvas[:, 2 * half * i : 2 * half * (i + 2), 2 * half * j : 2 * half * (j + 2)]
                for rectangle, confidence in zip(rectangles[0], logit[0], strict=True):
                    if confidence <= 0 and not all_drawn:
                        continue
                    color = F.grid_sample(
                        target[part][None], 2 * rectangle[None, None, None, :2] - 1, align_corners=False
                    )
                    placed = torch.cat([rectangle[:2] / 2 + 0.25, rectangle[2:4] / 2, rectangle[4:]])
                    foreground, painted = stroke_in_window(placed, color[0, :, 0, 0], 4 * half, BRUSHES)
                    window[:] = torch.where(painted, foreground, window)
    return canvas[:, half:-half, half:-half]


def slow_paint(image: Tensor, predictor: FakePredictor, final_pass_bug: bool) -> Tensor:
    height, width = image.shape[1:]
    finest = max(math.ceil(math.log2(max(height, width) / PATCH)), 0)
    side = PATCH * 2**finest
    top, left = (side - height) // 2, (side - width) // 2
    target, canvas = torch.zeros(3, side, side), torch.zeros(3, side, side)
    target[:, top : top + height, left : left + width] = image
    for level in range(finest + 1):
        step = 2 ** (finest - level)
        canvas = slow_level(predictor, target[:, ::step, ::step], canvas, canvas[:, ::step, ::step], False)
    canvas, target = F.pad(canvas, [PATCH // 2] * 4), F.pad(target, [PATCH // 2] * 4)
    canvas = slow_level(predictor, target, canvas, canvas, final_pass_bug)[:, PATCH // 2 :, PATCH // 2 :]
    return canvas[:, top : top + height, left : left + width]


@pytest.mark.parametrize("bug", [False, True])
@pytest.mark.parametrize("size", [(64, 64), (30, 70), (31, 20)])
def test_same_picture_as_the_slow_version(size: tuple[int, int], bug: bool) -> None:
    image = picture(*size)
    strokes, canvas = paint_paper(image, FakePredictor(), final_pass_bug=bug)
    expected = slow_paint(image, FakePredictor(), bug)
    assert len(strokes) > 8
    assert float((expected > 0).any(0).float().mean()) > 0.2
    # a pixel on the very edge of a stroke may fall to either side by rounding, and moves later strokes a little
    assert float(((canvas - expected).abs().amax(0) > 0.01).float().mean()) < 0.005


# --- drawing


def random_strokes(count: int, side: int, canvas: int, seed: int = 0) -> WindowStrokes:
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(count, 10, generator=generator)
    rectangle = torch.cat([values[:, :2], 0.05 + 0.6 * values[:, 2:4], 9 * values[:, 4:5]], dim=-1)
    corner = (values[:, 8:] * (canvas + side) - side).long()
    return WindowStrokes(rectangle, values[:, 5:8], corner, side)


def taken(strokes: WindowStrokes, index: slice) -> WindowStrokes:
    return WindowStrokes(strokes.rectangle[index], strokes.color[index], strokes.corner[index], strokes.side)


def drawn(*parts: WindowStrokes, side: int = 90) -> Tensor:
    canvas = Canvas(side, BRUSHES, torch.device("cpu"))
    for part in parts:
        canvas.draw(part)
    return canvas.pixels


def test_strokes_anywhere_are_drawn_in_order() -> None:
    strokes = random_strokes(60, side=64, canvas=90)
    margin = 64
    expected = torch.zeros(3, 90 + 2 * margin, 90 + 2 * margin)
    for rectangle, color, corner in zip(strokes.rectangle, strokes.color, strokes.corner, strict=True):
        foreground, painted = stroke_in_window(rectangle, color, 64, BRUSHES)
        x, y = (corner + margin).tolist()
        window = expected[:, y : y + 64, x : x + 64]
        window[:] = torch.where(painted, foreground, window)
    expected = expected[:, margin:-margin, margin:-margin]
    assert float((expected > 0).any(0).float().mean()) > 0.3
    assert int(((drawn(strokes) - expected).abs().amax(0) > 1e-4).sum()) <= 2


def test_drawing_at_once_or_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    strokes = random_strokes(80, side=100, canvas=90, seed=1)
    whole = drawn(strokes)
    assert torch.equal(drawn(taken(strokes, slice(0, 30)), taken(strokes, slice(30, None))), whole)
    monkeypatch.setattr(raster, "PIXELS_AT_ONCE", 1)
    assert torch.equal(drawn(strokes), whole)
    monkeypatch.setattr(raster, "TILE_SIDES", (7, 7))
    assert torch.equal(drawn(strokes), whole)


def test_the_last_stroke_is_on_top() -> None:
    strokes = random_strokes(1, side=64, canvas=90)
    below = WindowStrokes(strokes.rectangle, torch.ones(1, 3), torch.tensor([[5, 5]]), 64)
    above = WindowStrokes(strokes.rectangle, torch.tensor([[1.0, 0, 0]]), torch.tensor([[5, 5]]), 64)
    assert torch.equal(drawn(below, above), drawn(above))
    assert float(drawn(above, below)[1].max()) > 0.5


def test_extreme_strokes_do_no_harm() -> None:
    odd = torch.tensor(
        [[0.5, 0.5, 1e-5, 0.4, 0], [9, -9, 0.3, 0.3, 1], [0.5, 0.5, 1e6, 1e6, 2], [0.5, 0.5, -0.4, 0.3, 1e4]]
    )
    canvas = drawn(WindowStrokes(odd, torch.ones(4, 3), torch.zeros(4, 2, dtype=torch.int64), 64))
    assert bool(torch.isfinite(canvas).all())
    assert 0 <= float(canvas.min()) < float(canvas.max()) <= 1


# --- the brush


def test_brushes_have_the_measures_of_the_papers() -> None:
    upright, level = brushes = (BRUSHES * 255).round()
    assert brushes.shape == (2, 394, 394)
    assert torch.equal(upright > 0, level > 0)
    ink = upright > 0
    assert float(ink.float().mean()) == pytest.approx(INK_SHARE, abs=0.002)
    for axis, (first, last) in ((0, COLUMNS), (1, ROWS)):
        inked = ink.any(axis).nonzero()
        assert (int(inked.min()), int(inked.max())) == (first, last)
    for brush in brushes:
        assert GREY_RANGE[0] <= float(brush[ink].min()) < float(brush[ink].max()) <= GREY_RANGE[1]
        assert float(brush[ink].mean()) == pytest.approx(GREY_MEAN, abs=1)


def test_bristles_run_along_their_brush() -> None:
    middle = BRUSHES[:, 120:260, 130:290]
    down, across = middle.diff(dim=1).abs().mean((1, 2)), middle.diff(dim=2).abs().mean((1, 2))
    assert float(across[0]) > 1.5 * float(down[0])
    assert float(down[1]) > 1.5 * float(across[1])


def test_ink_measures_agree_with_the_brush() -> None:
    side = len(BRUSHES[0])
    for (first, last), size, offset in zip((COLUMNS, ROWS), INK_SIZE, INK_OFFSET, strict=True):
        assert size == pytest.approx((last - first + 1) / side)
        assert offset == pytest.approx((first + last + 1) / 2 / side - 0.5)


# --- whole paintings


@pytest.mark.parametrize("size", [(1, 1), (33, 31), (64, 48), (7, 100), (32, 32)])
def test_any_size(size: tuple[int, int]) -> None:
    image = picture(*size)
    before = image.clone()
    strokes, canvas = paint_paper(image, FakePredictor())
    assert canvas.shape == image.shape
    assert strokes.canvas == size
    assert 0 <= float(canvas.min()) <= float(canvas.max()) <= 1
    assert torch.equal(image, before)
    again, same = paint_paper(image, FakePredictor())
    assert torch.equal(canvas, same)
    assert torch.equal(again.center, strokes.center)


def test_painting_does_not_depend_on_the_networks_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    strokes, canvas = paint_paper(picture(100, 128), FakePredictor())
    monkeypatch.setattr(inference, "PATCHES_AT_ONCE", {"cpu": 1, "other": 1})
    one_by_one, same = paint_paper(picture(100, 128), FakePredictor())
    assert torch.allclose(canvas, same, atol=1e-6)
    assert torch.allclose(one_by_one.center, strokes.center, atol=1e-4)


def test_order_is_level_then_pass_then_slot() -> None:
    class Slots(FakeMarks):
        def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
            marks, logit = super().predict(target, canvas)
            marks[..., 2] += 0.01 * torch.arange(8)  # the length tells the slot
            return marks, logit

    strokes, _ = paint_paper(picture(128, 128), Slots())
    assert strokes.layer.bincount().tolist() == [8, 32, 128, 200]
    assert bool((strokes.layer.diff() >= 0).all())
    passes = {(0, 0): 0, (1, 1): 1, (1, 0): 2, (0, 1): 3}
    for level, side, shift in ((0, 128, 0), (1, 64, 0), (2, 32, 0), (3, 32, 16)):
        part = strokes[strokes.layer == level]
        column, row = ((part.center + shift) / side).floor().long().unbind(-1)
        slot = ((part.size[:, 0] / side - 0.6) / 0.01).round().long()
        order = [
            passes[r % 2, c % 2] * 8 + s for r, c, s in zip(row.tolist(), column.tolist(), slot.tolist(), strict=True)
        ]
        assert order == sorted(order)


def test_strokes_lie_where_the_picture_shows_their_color() -> None:
    height, width = 60, 120  # much black margin above and below in the square that is painted on
    strokes, canvas = paint_paper(picture(height, width), FakeMarks())
    fine = strokes[strokes.layer == 2]
    inside = ((fine.center > 6) & (fine.center < torch.tensor([width - 6, height - 6]))).all(-1)
    assert int(inside.sum()) > 10
    fine = fine[inside]
    assert torch.allclose(fine.color[:, 0], fine.center[:, 0] / width, atol=0.03)
    assert torch.allclose(fine.color[:, 1], fine.center[:, 1] / height, atol=0.06)
    assert strokes.ground.tolist() == [0, 0, 0]
    x, y = fine.center.floor().long().unbind(-1)
    assert bool((canvas[:, y, x] > 0).any(0).all())


def test_marks_are_painted_at_their_size() -> None:
    mark = (0.5, 0.5, 0.8, 0.4, 0.0)
    strokes, canvas = paint_paper(torch.ones(3, 32, 32), FakeMarks(mark))
    first = strokes[strokes.layer == 0]
    assert torch.allclose(first.center, torch.full((8, 2), 16.0), atol=1e-3)
    assert torch.allclose(first.size, torch.tensor([0.8 * 32, 0.4 * 32]).expand(8, 2), atol=1e-3)
    window = scaled(rectangles_of(torch.tensor([mark])), 0.5)
    painted = drawn(WindowStrokes(window, torch.ones(1, 3), torch.zeros(1, 2).long(), 800), side=800)
    rows, columns = ((painted > 0).any(0).any(axis).nonzero() for axis in (1, 0))
    assert int(columns.max() - columns.min()) == pytest.approx(0.8 * 400, abs=6)
    assert int(rows.max() - rows.min()) == pytest.approx(0.4 * 400, abs=6)
    assert float(columns.float().mean()) == pytest.approx(400, abs=4)
    assert float(rows.float().mean()) == pytest.approx(400, abs=4)
    assert float(canvas.max()) <= 1


def scaled(rectangles: Tensor, factor: float) -> Tensor:
    """Rectangles about the center of a patch, as fractions of a window 1 / factor times as large around it."""
    center = (rectangles[:, :2] - 0.5) * factor + 0.5
    return torch.cat([center, rectangles[:, 2:4] * factor, rectangles[:, 4:]], dim=-1)


def test_only_confident_strokes_are_painted() -> None:
    image = picture(64, 64)
    strokes, canvas = paint_paper(image, FakeMarks(logit=-0.1))
    assert len(strokes) == 0
    assert float(canvas.max()) == 0
    strokes, canvas = paint_paper(image, FakeMarks(logit=-0.1), final_pass_bug=True)
    assert strokes.layer.tolist() == [2] * (8 * 3 * 3)
    assert float(canvas.max()) > 0


def test_own_brushes() -> None:
    plain = torch.full((2, 20, 20), 0.5)
    _, canvas = paint_paper(torch.ones(3, 32, 32), FakePredictor(), brushes=plain)
    assert float(canvas[canvas > 0].median()) == pytest.approx(0.5)
    assert float(canvas.max()) == pytest.approx(0.5)


def test_progress_and_previews() -> None:
    calls: list[tuple[int, int]] = []
    shots: list[Tensor] = []

    def on_step(done: int, total: int, canvas: Tensor | None) -> None:
        calls.append((done, total))
        if canvas is not None:
            shots.append(canvas)

    _, canvas = paint_paper(picture(60, 64), FakePredictor(), on_step=on_step)
    assert len(shots) == 1 + 4 + 4  # one for every pass
    assert all(shot.shape == (3, 60, 64) for shot in shots)
    assert torch.equal(shots[-1], canvas)
    assert not torch.equal(shots[0], canvas)  # previews are copies, not the canvas that goes on changing
    assert all(a[0] <= b[0] for a, b in pairwise(calls))  # looks at the cancel button between two steps say the same
    assert len({done for done, _ in calls}) >= 9
    assert len({total for _, total in calls}) == 1
    assert calls[-1][0] == calls[-1][1]


class TinyNetwork(FakePredictor, nn.Module):
    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.bias = nn.Parameter(torch.zeros(()))

    def rectangles(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        assert not self.training
        rectangles, logit = super().rectangles(target, canvas)
        return rectangles, logit + self.bias


class Cancelled(Exception):
    pass


@pytest.fixture(params=[True, False], ids=["training", "evaluating"])
def network(request: pytest.FixtureRequest) -> Iterator[TinyNetwork]:
    network = TinyNetwork().train(request.param)
    yield network
    assert network.training == request.param


def test_cancelling_passes_through(network: TinyNetwork) -> None:
    steps = 0

    def on_step(done: int, total: int, canvas: Tensor | None) -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        paint_paper(picture(64, 64), network, on_step=on_step)
    assert steps == 3


def test_networks_paint_without_gradients(network: TinyNetwork) -> None:
    strokes, canvas = paint_paper(picture(64, 64), network)
    assert not canvas.requires_grad
    assert not strokes.center.requires_grad
    assert torch.equal(canvas, paint_paper(picture(64, 64), FakePredictor())[1])


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.zeros(64, 64), r"shape \(3, height, width\), got \(64, 64\)"),
        (torch.zeros(4, 64, 64), r"got \(4, 64, 64\)"),
        (torch.zeros(3, 0, 64), r"got \(3, 0, 64\)"),
        (torch.zeros(3, 8, 8, dtype=torch.uint8), "float32"),
        (torch.full((3, 8, 8), 1.5), r"in \[0, 1\]"),
        (torch.full((3, 8, 8), torch.nan), "NaN"),
        ([[0.0]], "got list"),
    ],
)
def test_bad_pictures_are_named(image: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        paint_paper(image, FakePredictor())


def test_bad_brushes_and_predictors_are_named() -> None:
    with pytest.raises(ValueError, match="brushes must be"):
        paint_paper(picture(32, 32), FakePredictor(), brushes=torch.zeros(2, 9, 9))
    with pytest.raises(ValueError, match="'fake' gave NaN"):
        paint_paper(picture(32, 32), FakeMarks((math.nan, 0.5, 0.5, 0.5, 0.5)))


@pytest.mark.parametrize("side", [5, 37, 64, 394, 1023])
def test_brushes_are_brought_to_a_size_by_their_nearest_pixels(side):
    brushes, looks = bristle_brushes(), []
    canvas = Canvas(32, brushes, torch.device("cpu"))
    brush, _ = canvas._brush_at(side, lambda: looks.append(1))
    assert torch.equal(brush, F.interpolate(brushes[None], (side, side)))
    assert looks
