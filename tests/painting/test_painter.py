"""The painter: budgets, acceptance, seeds, masks, odd pictures, cancelling."""

import math

import pytest
import torch
from picture_samples import scene
from predictor_samples import Scatter

from painter_core.images import resized
from painter_core.painting.budget import best, worthwhile
from painter_core.painting.laying import Marks, lay
from painter_core.painting.levels import Grid, finest_level, level_size, patch_errors
from painter_core.painting.paint_options import PaintOptions
from painter_core.painting.painter import paint
from painter_core.rendering.raster import coverage, render
from painter_core.strokes import FIELDS


def error(a, b):
    return float((a - b).square().mean())


def same(a, b):
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in FIELDS)


@pytest.mark.parametrize("count", [1, 2, 7, 40, 333, 700])
def test_the_budget_is_exact(count):
    strokes = paint(scene(), Scatter(), PaintOptions(strokes=count, refine=0))
    assert len(strokes) == count


def test_never_more_strokes_than_help():
    strokes = paint(scene(24, 24), Scatter(), PaintOptions(strokes=50_000, refine=0))
    assert 20 < len(strokes) < 5000


def test_more_strokes_come_closer():
    picture = scene()
    each = [PaintOptions(strokes=n, refine=0) for n in (10, 60, 250, 800)]
    errors = [error(render(paint(picture, Scatter(), options)), picture) for options in each]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.3 * errors[0]


@pytest.mark.parametrize("brush", ["oil", "flat", "round"])
def test_painting_lowers_the_error_through_its_own_brush(brush):
    picture = scene()
    strokes = paint(picture, Scatter(), PaintOptions(strokes=300, brush=brush, refine=0))
    ground = strokes.ground[:, None, None].expand_as(picture)
    assert error(render(strokes, brush=brush), picture) < 0.4 * error(ground, picture)


def test_same_seed_same_strokes_and_another_seed_other_hairs():
    picture = scene()
    first, again = (paint(picture, Scatter(), PaintOptions(strokes=150, seed=7, refine=0)) for _ in range(2))
    assert same(first, again)
    assert not torch.equal(paint(picture, Scatter(), PaintOptions(strokes=150, seed=8, refine=0)).seed, first.seed)


def test_the_picture_is_left_alone():
    picture = scene()
    before = picture.clone()
    paint(picture, Scatter(), PaintOptions(strokes=50, refine=0))
    assert torch.equal(picture, before)


def test_turning_the_picture_turns_nothing_but_the_painting():
    wide, tall = scene(64, 128), scene(128, 64)
    for picture in (wide, tall):
        strokes = paint(picture, Scatter(), PaintOptions(strokes=100, refine=0))
        assert strokes.canvas == tuple(picture.shape[1:])
        inside = (strokes.center > -40) & (strokes.center < 168)
        assert inside.all()


def test_nothing_is_left_uncovered():
    strokes = paint(scene(), Scatter(), PaintOptions(strokes=600, refine=0))
    cover = coverage(strokes)
    assert float((cover < 0.5).float().mean()) < 1e-3


def test_a_plain_picture_needs_no_stroke():
    assert len(paint(torch.full((3, 40, 60), 0.3), Scatter(), PaintOptions(strokes=100, refine=0))) == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 200), (33, 31), (2, 2)])
def test_any_size(size):
    strokes = paint(scene(*size), Scatter(), PaintOptions(strokes=60, refine=0))
    picture = render(strokes)
    assert picture.shape == (3, *size)
    assert torch.isfinite(picture).all()


def test_layers_run_from_coarse_to_fine():
    strokes = paint(scene(), Scatter(), PaintOptions(strokes=600, refine=0))
    assert (strokes.layer.diff() >= 0).all()
    area = strokes.size.prod(1)
    assert float(area[strokes.layer == 0].median()) > 4 * float(area[strokes.layer == strokes.layer.max()].median())


def test_a_mask_keeps_strokes_inside():
    picture = scene()
    mask = torch.zeros(96, 128)
    mask[:, 64:] = 1
    canvas = torch.ones_like(picture)
    strokes = paint(picture, Scatter(), PaintOptions(strokes=200, refine=0), canvas=canvas, mask=mask)
    assert len(strokes) > 20
    painted = render(strokes, ground=canvas)
    assert error(painted[:, :, :60], canvas[:, :, :60]) < 1e-4
    assert error(painted[:, :, 64:], picture[:, :, 64:]) < 0.5 * error(canvas[:, :, 64:], picture[:, :, 64:])


def test_an_all_black_mask_paints_nothing():
    assert len(paint(scene(), Scatter(), PaintOptions(strokes=50, refine=0), mask=torch.zeros(96, 128))) == 0


def test_a_finished_canvas_needs_no_stroke():
    picture = scene()
    assert len(paint(picture, Scatter(), PaintOptions(strokes=50, refine=0), canvas=picture)) == 0


def test_detail_draws_small_strokes():
    picture = scene()
    detail = torch.zeros(96, 128)
    detail[:, :64] = 1
    strokes = paint(picture, Scatter(), PaintOptions(strokes=80, refine=0), detail=detail)
    fine = strokes[strokes.layer >= 1]
    left = int((fine.center[:, 0] < 64).sum())
    assert left > 0.7 * len(fine)


def test_progress_runs_to_its_end_and_shows_the_canvas():
    calls = []
    paint(scene(), Scatter(), PaintOptions(strokes=200, refine=0), on_step=lambda *call: calls.append(call))
    done, total, canvases = zip(*calls, strict=True)
    assert list(done) == sorted(done)
    assert set(total) == {done[-1]}
    shown = [canvas for canvas in canvases if canvas is not None]
    assert shown
    assert all(canvas.shape[0] == 3 and torch.isfinite(canvas).all() for canvas in shown)


def test_an_exception_from_on_step_stops_the_painting():
    class Cancelled(Exception):
        pass

    def stop(done, total, canvas):
        raise Cancelled

    with pytest.raises(Cancelled):
        paint(scene(), Scatter(), PaintOptions(strokes=200, refine=0), on_step=stop)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"picture": torch.zeros(4, 8, 8)}, "picture: expected a picture of shape"),
        ({"picture": torch.zeros(3, 0, 8)}, "picture: expected"),
        ({"picture": torch.full((3, 8, 8), math.nan)}, "picture: holds NaN"),
        ({"picture": torch.full((3, 8, 8), 2.0)}, "picture: values must lie"),
        ({"canvas": torch.zeros(3, 9, 8)}, "canvas: must have the picture's size"),
        ({"detail": torch.zeros(8, 9)}, "detail: must have the picture's size"),
        ({"mask": torch.full((8, 8), -1.0)}, "mask: values must lie"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    picture = arguments.pop("picture", torch.rand(3, 8, 8))
    with pytest.raises(ValueError, match=message):
        paint(picture, Scatter(), PaintOptions(strokes=5, refine=0), **arguments)


@pytest.mark.parametrize("options", [{"strokes": 0}, {"strokes": 50_001}])
def test_bad_options_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        PaintOptions(**options)


def test_least_squares_color_cannot_be_improved():
    g = torch.Generator().manual_seed(2)
    target, canvas = (0.3 + 0.4 * torch.rand(5, 3, 64, generator=g) for _ in range(2))
    cover, shade = torch.rand(5, 64, generator=g), 0.95 + 0.1 * torch.rand(5, 64, generator=g)
    least = torch.full((5,), -1e9)
    keep, gain, color, painted_over = lay(canvas, Marks.of(cover, shade, target, torch.ones(5, 64)), least)
    after = target - painted_over
    assert keep.all()

    def left(color):
        painted = canvas + cover[:, None] * (shade[:, None] * color[..., None] - canvas)
        return (target - painted).square().sum((1, 2))

    assert torch.allclose(left(color), after.square().sum((1, 2)), rtol=1e-4)
    assert torch.allclose((target - canvas).square().sum((1, 2)) - left(color), gain, rtol=1e-3, atol=1e-4)
    for _ in range(20):
        assert (left(color + 0.02 * torch.randn(5, 3, generator=g)) >= left(color) - 1e-5).all()


def test_strokes_that_do_not_gain_are_not_laid():
    target = torch.rand(3, 3, 16)
    keep, _, _, after = lay(target, Marks.of(torch.ones(3, 16), torch.ones(3, 16), target), torch.zeros(3))
    assert not keep.any()
    assert (after == target).all()


def test_threshold_spends_what_there_is():
    gains = torch.logspace(0, -3, 100)
    assert worthwhile(gains, 10_000_000, 3) == 0
    least = worthwhile(gains, 50, 0)
    assert int((gains > least).sum()) in (49, 50)
    # with finer levels to come, fewer strokes are kept at this one
    assert worthwhile(gains, 50, 2) > least
    assert worthwhile(gains[:0], 5, 1) == 0


def test_best_keeps_the_painting_order():
    assert best(torch.tensor([1.0, 5.0, 3.0, 5.0]), 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize("shift", [0, 8, 16])
def test_windows_hold_the_picture(shift):
    picture = torch.rand(3, 50, 70)
    grid = Grid(50, 70, 32, shift)
    left, right, above, below = grid.padding
    padding = ((50, (above, below)), (70, (left, right)))
    padded = torch.zeros(3, *(before + side + after for side, (before, after) in padding))
    grid.pad_into(padded, picture)
    assert torch.equal(grid.cropped(padded), picture)
    windows = grid.windows(padded)
    assert windows.shape == (grid.rows, grid.columns, 3, 64, 64)
    y, x = 1 * 32 + grid.origin, 1 * 32 + grid.origin
    top, left = max(0, y), max(0, x)
    inner = windows[1, 1][:, top - y : 64, left - x : 64]
    expected = picture[:, top : y + 64, left : x + 64]
    assert torch.equal(inner[:, : expected.shape[1], : expected.shape[2]], expected)


def test_patch_errors_add_up():
    target, canvas = torch.rand(2, 3, 50, 70)
    for shift in (0, 16):
        total = patch_errors(Grid(50, 70, 32, shift), target, canvas).sum()
        assert torch.allclose(total, (target - canvas).square().sum(), rtol=1e-4)


def test_level_sizes():
    assert level_size(512, 512, 32, 4) == (512, 512)
    assert level_size(7, 1000, 32, 0) == (1, 32)
    assert finest_level(512, 300, 32) == 4
    assert finest_level(513, 513, 32) == 5
    assert finest_level(1, 1, 32) == 0


def test_resizing_keeps_the_mean():
    picture = torch.rand(3, 64, 64)
    assert torch.allclose(resized(picture, (16, 16), "area").mean(), picture.mean(), atol=1e-3)
    assert torch.allclose(resized(picture, (128, 128), "area").mean(), picture.mean(), atol=1e-2)
    assert resized(picture, (64, 64), "area") is picture
