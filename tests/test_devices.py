"""Paintings on every device that is here: the same work as on the CPU, up to rounding."""

import copy
from typing import Any

import pytest
import torch
from picture_samples import scene

from painter_core.bench.metrics import psnr
from painter_core.painting.painter import PaintOptions, paint
from painter_core.predictor.checkpoint import load_predictor
from painter_core.refinement.prune import prune
from painter_core.rendering.raster import render
from painter_core.sequence.film import paint_frames

#: The CPU too, which must then do the very same thing twice.
DEVICES = ["cpu"]
DEVICES += ["cuda"] if torch.cuda.is_available() else []
DEVICES += ["mps"] if torch.backends.mps.is_available() else []
#: Decibels that a painting of another device may be better or worse: sums in another order decide close calls.
APART = 0.3


@pytest.fixture(params=DEVICES)
def device(request):
    """Where to paint."""
    return request.param


@pytest.fixture(scope="module")
def networks():
    """The network on every device."""
    network = load_predictor("compact")
    return {device: copy.deepcopy(network).to(device) for device in DEVICES}


def judged(strokes, picture):
    """Decibels of strokes, wherever they are, drawn on the CPU."""
    return psnr(render(strokes.to("cpu")), picture)


@pytest.mark.parametrize("refine", [0, 6])
@pytest.mark.parametrize("brush", ["oil", "flat"])
def test_paintings_are_as_good(device, networks, brush, refine):
    picture, options = scene(120, 160), PaintOptions(strokes=300, brush=brush, refine=refine)
    here = paint(picture, networks["cpu"], options)
    there = paint(picture.to(device), networks[device], options)
    assert there.center.device.type == device
    assert judged(there, picture) == pytest.approx(judged(here, picture), abs=APART)
    assert device != "cpu" or torch.equal(here.center, there.center)


def test_a_mask_a_canvas_and_a_detail_map_count(device, networks):
    picture, options = scene(90, 120), PaintOptions(strokes=150, refine=2)
    mask = torch.zeros(90, 120)
    mask[:, :60] = 1
    canvas, detail = torch.full((3, 90, 120), 0.5), torch.linspace(0, 1, 120).expand(90, 120).contiguous()
    given: dict[str, Any] = {"canvas": canvas.to(device), "detail": detail.to(device), "mask": mask.to(device)}
    painted = render(paint(picture.to(device), networks[device], options, **given)).cpu()
    assert psnr(painted[:, :, 80:], canvas[:, :, 80:]) > 25
    assert psnr(painted[:, :, :40], picture[:, :, :40]) > psnr(canvas[:, :, :40], picture[:, :, :40]) + 3


def test_the_same_strokes_are_drawn_the_same(device, networks):
    strokes = paint(scene(90, 120), networks["cpu"], PaintOptions(strokes=200))
    here, there = render(strokes, scale=2), render(strokes.to(device), scale=2).cpu()
    assert float((here - there).abs().max()) < 2 / 255
    assert device != "cpu" or torch.equal(here, there)


def test_strokes_are_pruned_as_well(device, networks):
    picture = scene(90, 120)
    strokes = paint(picture, networks["cpu"], PaintOptions(strokes=250, refine=2))
    fewer = prune(strokes.to(device), picture.to(device), 120)
    assert len(fewer) == 120
    assert judged(fewer, picture) == pytest.approx(judged(prune(strokes, picture, 120), picture), abs=APART)


def test_films_are_as_good(device, networks):
    picture, options = scene(90, 140), PaintOptions(strokes=200, refine=3)
    frames = [picture[:, :, step : step + 120].contiguous() for step in range(0, 9, 3)]

    def decibels(where):
        painted = paint_frames([frame.to(where) for frame in frames], networks[where], options)
        return [judged(one.strokes, frame) for one, frame in zip(painted, frames, strict=True)]

    assert decibels(device) == pytest.approx(decibels("cpu"), abs=2 * APART)
