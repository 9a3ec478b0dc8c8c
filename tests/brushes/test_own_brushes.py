"""A painting knows its brushes and its ground: every stroke is drawn with its own, by everything that draws."""

import copy
import dataclasses
import itertools
import json
import math
import re
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from predictor_samples import Scatter
from sure import sure

from painter_core.brushes.brush import BRUSHES, Brush, brush_from_picture, get_brush
from painter_core.brushes.reference import texture_brush
from painter_core.edit import adjust, cropped, flipped, limit_colors, merged, moved, resized, turned, zoomed
from painter_core.export import load_strokes, painting_frames, save_strokes, strokes_to_svg
from painter_core.export.blobs import png_of, text_of
from painter_core.export.brush_entries import entry_of
from painter_core.painting.paint_options import PaintOptions
from painter_core.painting.painter import paint, refine
from painter_core.paper import paint_paper
from painter_core.refinement.linearization import linearize
from painter_core.refinement.prune import prune
from painter_core.refinement.removal import worths
from painter_core.refinement.view import View
from painter_core.rendering.raster import coverage, render
from painter_core.rendering.topmost import topmost
from painter_core.stroke_checks import MOST_BRUSHES
from painter_core.strokes import FIELDS, Strokes, united
from painter_core.surface import light_surface
from painter_core.surface.height import height_map

SIZE = (64, 80)
MIXED = ("oil", "pencil", "watercolor", "flat")


def picture(height=SIZE[0], width=SIZE[1], seed=0):
    g = torch.Generator().manual_seed(seed)
    return F.interpolate(torch.rand(1, 3, 5, 6, generator=g), (height, width), mode="bicubic")[0].clamp(0, 1)


def eight_bit(height=SIZE[0], width=SIZE[1], seed=5):
    return (picture(height, width, seed) * 255).round() / 255


def scattered(n=60, brushes=MIXED, seed=0, canvas=SIZE, loaded=True, **more):
    """Strokes of brushes in turn, every other one with two colors."""
    g = torch.Generator().manual_seed(seed)
    size, color = 6 + 20 * torch.rand(n, 2, generator=g), 0.2 + 0.6 * torch.rand(n, 3, generator=g)
    center = torch.rand(n, 2, generator=g) * torch.tensor([canvas[1], canvas[0]])
    second = torch.where((torch.arange(n) % 2 == 0)[:, None] & loaded, color.flip(0), color)
    return Strokes.build(
        center, size, 3 * torch.rand(n, generator=g), color, canvas=canvas, color2=second, ground=(0.9, 0.8, 0.7),
        brush=torch.arange(n) % len(brushes), brushes=brushes, **more,
    )  # fmt: skip


def same(a, b):
    columns = all(torch.equal(getattr(a, name), getattr(b, name)) for name in (*FIELDS, "ground"))
    return columns and a.canvas == b.canvas and same_brushes(a.brushes, b.brushes)


def same_brushes(one, other):
    return len(one) == len(other) and all(len(united([pair])[0]) == 1 for pair in zip(one, other, strict=True))


def own_brush(name="mine", factor=1):
    """A brush from a picture of a mark, so large that it has finer tips too if the factor is 4."""
    image = Image.new("L", (300 * factor, 120 * factor), 255)
    draw = ImageDraw.Draw(image)
    draw.ellipse([20 * factor, 20 * factor, 280 * factor, 100 * factor], fill=40)
    draw.line([40 * factor, 60 * factor, 260 * factor, 50 * factor], fill=160, width=12 * factor)
    return brush_from_picture(image, name)


def twins(brush):
    """The same brush twice, so that everything takes the way of several brushes."""
    return (brush, dataclasses.replace(get_brush(brush)))


# --- the value ----------------------------------------------------------------------------------------------------


def test_joined_paintings_have_every_brush_once():
    mine = own_brush()
    parts = [scattered(7, ("oil", "flat")), scattered(5, (mine, "flat"), 1), scattered(9, ("pencil",), 2)]
    whole = Strokes.concat(parts)
    assert whole.brushes == ("oil", "flat", mine, "pencil")
    of = [each.brushes[index] for each in parts for index in each.brush.tolist()]
    assert [whole.brushes[index] for index in whole.brush.tolist()] == of


def test_joining_is_associative():
    mine = own_brush()
    lists = [("oil", "flat"), (mine, "flat"), ("pencil",), ("oil", "oil"), ("flat", dataclasses.replace(mine))]
    for seed, brushes in enumerate(itertools.permutations(lists, 3)):
        a, b, c = (scattered(4, each, seed + i) for i, each in enumerate(brushes))
        left, right = Strokes.concat([Strokes.concat([a, b]), c]), Strokes.concat([a, Strokes.concat([b, c])])
        flat = Strokes.concat([a, b, c])
        assert same(left, right)
        assert same(left, flat)


def test_slices_keep_the_brushes():
    strokes = scattered(20)
    assert strokes[3:9].brushes == strokes.brushes
    assert same(Strokes.concat([strokes[:7], strokes[7:]]), strokes)
    assert strokes.scaled(2).detach().to("cpu").brushes == strokes.brushes


def test_equal_brushes_of_different_files_are_one():
    one, other, finer = own_brush(), own_brush(), own_brush(factor=4)
    assert one is not other
    assert one.alike(other)
    assert not one.alike(finer)
    assert finer.large is not None
    assert len(Strokes.concat([scattered(3, (one,)), scattered(3, (other, finer))]).brushes) == 2


def test_built_in_brushes_are_kept_by_name():
    assert scattered(3, (get_brush("knife"),)).brushes == ("knife",)
    assert scattered(3).with_brush(get_brush("fan")).brushes == ("fan",)
    own = dataclasses.replace(get_brush("oil"), relief=0.5)
    assert scattered(3, (own,)).brushes == (own,)  # of that name, but another one


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"brushes": ()}, "1 to 256 brushes, got 0"),
        ({"brushes": ("oil",) * (MOST_BRUSHES + 1)}, "brushes, got 257"),
        ({"brushes": ("oil", 3, "flat", "fan")}, "names of built-in brushes, or Brush objects, got a int"),
        ({"brushes": ("oil", "flat")}, "brush must be below 2"),
        ({"brush": torch.full((20,), 4)}, "brush must be below 4.*got 4"),
        ({"ground": torch.zeros(3, 4)}, "ground must be one color .* or a picture"),
        ({"ground": torch.zeros(4, 4, 4)}, "ground must be one color .* or a picture"),
        ({"ground": torch.zeros(3, 0, 4)}, "ground must be one color .* or a picture"),
        ({"ground": torch.full((3, 4, 4), 1.5)}, "ground must lie in"),
        ({"ground": torch.full((3, 4, 4), math.nan)}, "ground holds NaN"),
        ({"ground": torch.zeros(3, dtype=torch.float64)}, "ground must be torch.float32"),
    ],
)
def test_what_is_no_brush_and_no_ground_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        scattered(20).replace(**change)


def test_unknown_names_are_refused_when_they_are_to_draw(tmp_path):
    for name in ("sponge", str(tmp_path), __file__):
        with pytest.raises(ValueError, match="there is no built-in brush"):
            render(scattered(4, (name,)))


def test_the_memory_that_a_painting_takes_counts_its_ground_and_its_tips():
    plain, mine = scattered(4, ("oil",)), own_brush()
    ground = picture(200, 300)
    assert plain.replace(ground=ground).get_ram_usage() - plain.get_ram_usage() == ground.nbytes - plain.ground.nbytes
    assert plain.with_brush(mine).get_ram_usage() - plain.get_ram_usage() == mine.nbytes > 2**20


# --- drawing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brush", BRUSHES)
def test_the_painting_says_what_it_is_drawn_with(brush):
    strokes = scattered(30, (brush,))
    assert torch.equal(render(strokes), render(strokes.with_brush("oil"), brush=brush))
    assert torch.equal(coverage(strokes), coverage(strokes.with_brush("oil"), brush=brush))


@pytest.mark.parametrize("brush", ["oil", "flat", "watercolor"])
@pytest.mark.parametrize("scale", [1.0, 40.0])
def test_two_brushes_that_are_alike_are_one_bit_for_bit(brush, scale):
    """At print size there is grain, too."""
    both, one = scattered(40, twins(brush)), scattered(40, (brush,))
    region = None if scale == 1 else (700, 800, 150, 130)
    assert torch.equal(render(both, scale=scale, region=region), render(one, scale=scale, region=region))
    assert torch.equal(topmost(both), topmost(one))
    assert torch.equal(height_map(both), height_map(one))
    lit = [light_surface(each, scale=2, region=(10, 10, 40, 50)).picture for each in (both, one)]
    assert torch.equal(*lit)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_each_brush_alone_and_all_together(scale):
    """Painted one after the other, each part on the picture of those before it."""
    whole = scattered(60)
    below = None
    for start in range(0, 60, 5):
        for stroke in (whole[[index]] for index in range(start, start + 5)):
            alone = stroke.with_brush(whole.brushes[int(stroke.brush)])
            below = render(alone, scale=scale, ground=below)
    assert (render(whole, scale=scale) - sure(below)).abs().max() < 2e-3


def test_any_region_of_a_mixed_painting_is_equal_to_the_whole():
    strokes = scattered(60).replace(ground=picture(33, 20))
    for size in ((64, 80), (200, 250), (20, 60)):
        whole = render(strokes, size=size)
        for region in ((0, 0, *size), (7, 31, 11, 29), (size[0] - 1, size[1] - 1, 1, 1)):
            top, left, height, width = region
            part = render(strokes, size=size, region=region)
            assert torch.equal(part, whole[:, top : top + height, left : left + width])


def test_one_brush_for_all_is_an_override():
    strokes = scattered(60)
    assert torch.equal(render(strokes, brush="oil"), render(strokes.with_brush("oil")))
    assert not torch.equal(render(strokes, brush="oil"), render(strokes))


def test_gradients_flow_through_all_brushes():
    def gradients(brushes):
        strokes = scattered(30, brushes)
        leaves = [getattr(strokes, name).requires_grad_() for name in ("center", "size", "angle", "color", "blend")]
        render(strokes).square().sum().backward()
        return [leaf.grad for leaf in leaves]

    for one, two in zip(gradients(("oil",)), gradients(twins("oil")), strict=True):
        assert torch.allclose(one, two, atol=1e-3, rtol=1e-4)
    for grad in gradients(MIXED):
        assert (grad.abs().flatten(1).sum(1) if grad.ndim > 1 else grad.abs()).gt(0).float().mean() > 0.5


def test_frames_end_with_the_mixed_painting():
    strokes = scattered(40).replace(ground=picture(40, 30))
    frames = list(painting_frames(strokes, 5))
    assert torch.equal(frames[-1], render(strokes))
    assert torch.equal(frames[0], strokes.ground_at(SIZE))


def test_vectors_have_each_stroke_as_its_brush_draws_it():
    strokes = scattered(40, loaded=False)
    lines = {style: strokes_to_svg(strokes, style=style).splitlines() for style in ("shapes", "strokes")}
    for style, found in lines.items():
        elements = [line for line in found if line.startswith(("<path", "<rect x", "<line"))]
        assert len(elements) == 40
        for number, brush in enumerate(strokes.brushes):
            alone = strokes_to_svg(strokes[strokes.brush == number].with_brush(brush), style=style).splitlines()
            mine = [line for line in alone if line.startswith(("<path", "<rect x", "<line"))]
            assert [_points(line) for line in mine] == [_points(line) for line in elements[number::4]]
            ends = f'stroke-linecap="{"round" if brush == "watercolor" else "butt"}"'
            assert style == "shapes" or any(ends in line for line in alone)
            # lines that the border of the page cuts have square ends
            assert style == "shapes" or all(ends in line or '"square"' in line for line in elements[number::4])
            assert style == "shapes" or any(ends in line for line in elements[number::4])
    assert len(set(scattered(40).brush.tolist())) == 4
    loaded = strokes_to_svg(scattered(40))
    assert loaded.count("<linearGradient") == loaded.count("url(#two-") == 20


def _points(line):
    """An element without its outline, whose detail depends on all strokes of its brush, and without what groups say."""
    line = re.sub(r' stroke-linecap="\w+"', "", line)
    return line if "<path" not in line else line[line.index(" fill=") :]


def test_thin_media_stay_thin_beside_oil():
    oil = scattered(30, ("oil",), loaded=False)
    thin = oil.with_brush("watercolor")
    left, right = oil.center[:, 0] < 40, oil.center[:, 0] >= 40
    both = Strokes.concat([oil[left], thin[right]])
    heights = height_map(both)
    # far from the border each side is what it is without the other
    assert heights[:, :20].max() > 5 * heights[:, 60:].max()


# --- refinement ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("brush", ["oil", "flat"])
def test_refinement_looks_through_each_strokes_own_brush(brush):
    one, both = scattered(30, (brush,), loaded=False), scattered(30, twins(brush), loaded=False)
    view = View(picture(), one.ground_at(SIZE))
    for name in ("gradient", "curvature", "color_gradient", "color_curvature"):
        first, second = getattr(linearize(one, view), name), getattr(linearize(both, view), name)
        assert torch.allclose(first, second, rtol=1e-4, atol=1e-4 * float(first.abs().max()))
    assert torch.allclose(worths(one, view, None), worths(both, view, None), atol=1e-4)
    assert linearize(one, view).error == linearize(both, view).error


def test_what_refinement_sees_of_a_mixed_painting_is_what_is_drawn():
    strokes = scattered(40, loaded=False)
    view = View(picture(), strokes.ground_at(SIZE))
    drawn = float((render(strokes) - view.target).square().double().sum())
    assert linearize(strokes, view).error == pytest.approx(drawn, rel=2e-2)
    assert linearize(strokes, view, get_brush("oil")).error != linearize(strokes, view).error


def test_refined_and_pruned_paintings_keep_their_brushes():
    target = picture(96, 128)
    half = paint(target, Scatter(), PaintOptions(strokes=60, refine=0, attention=0, brush="pencil"))
    other = paint(target, Scatter(), PaintOptions(strokes=30, refine=0, attention=0, brush="flat"))
    both = Strokes.concat([half, other])
    better = refine(both, target, Scatter(), PaintOptions(refine=8, attention=0))
    assert better.brushes == ("pencil", "flat")
    assert set(better.brush.tolist()) == {0, 1}

    def wrong(strokes):
        return float((render(strokes) - target).square().sum())

    assert wrong(better) <= wrong(both)
    fewer = prune(both, target, 50)
    assert fewer.brushes == both.brushes
    kept = [(index, brush) for index, brush in zip(fewer.seed.tolist(), fewer.brush.tolist(), strict=True)]
    assert set(kept) <= set(zip(both.seed.tolist(), both.brush.tolist(), strict=True))


# --- painting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [0, 6])
@pytest.mark.parametrize("brush", ["oil", "pencil", "mine"])
def test_a_painting_draws_itself(brush, steps):
    target, canvas = picture(96, 128), picture(96, 128, 7)
    tip = own_brush() if brush == "mine" else brush
    options = PaintOptions(strokes=50, refine=steps, attention=0, brush=tip)
    plain = paint(target, Scatter(), options)
    assert plain.brushes == (tip,)
    assert not plain.on_picture
    assert torch.equal(render(plain), render(plain, brush=tip))
    strokes = paint(target, Scatter(), options, canvas=canvas)
    assert torch.equal(strokes.ground, canvas)
    assert torch.equal(render(strokes), render(strokes, brush=tip, ground=canvas))
    again = refine(strokes, target, Scatter(), PaintOptions(refine=3, attention=0))
    assert torch.equal(again.ground, canvas)
    assert again.brushes == (tip,)


def test_the_papers_paintings_say_what_draws_them_again():
    strokes, _ = paint_paper(picture(), Scatter())
    assert strokes.brushes == ("flat",)


# --- files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@pytest.mark.parametrize("kind", ["built-in", "own", "finer", "texture", "all"])
@pytest.mark.parametrize("ground", ["color", "picture"])
def test_files_keep_brushes_and_ground(tmp_path, suffix, kind, ground):
    texture = texture_brush(picture(70, 90) * (0.8 + 0.2 * torch.rand(70, 90)))
    own = {"built-in": MIXED, "own": (own_brush(),), "finer": (own_brush(factor=4), "oil"), "texture": (texture,)}
    strokes = scattered(20, own.get(kind, (own_brush("one"), "oil", own_brush("two"), texture)))
    strokes = strokes if ground == "color" else strokes.replace(ground=eight_bit(50, 30))
    save_strokes(strokes, tmp_path / f"s{suffix}")
    loaded = load_strokes(tmp_path / f"s{suffix}")
    assert same(loaded, strokes)
    assert torch.equal(render(loaded), render(strokes))
    assert same(Strokes.concat([strokes, loaded]), Strokes.concat([strokes, strokes]))


def test_a_ground_and_tips_are_kept_to_half_a_step_of_8_bits(tmp_path):
    wild = dataclasses.replace(get_brush("oil"), name="wild", tips=get_brush("oil").tips * 0.7)
    strokes = scattered(20, (wild,)).replace(ground=picture(40, 50))
    for suffix in (".json", ".safetensors"):
        save_strokes(strokes, tmp_path / f"s{suffix}")
        loaded = load_strokes(tmp_path / f"s{suffix}")
        assert (loaded.ground - strokes.ground).abs().max() <= 0.5 / 255 + 1e-6
        brush = loaded.brushes[0]
        assert isinstance(brush, Brush)
        assert (brush.tips - wild.tips).abs().max() <= 0.5 / 127 + 1e-6
        assert brush.fine == wild.fine
        assert (render(loaded) - render(strokes)).abs().mean() < 2e-3


def test_a_picture_as_ground_takes_no_more_room_than_a_png(tmp_path):
    strokes = scattered(20).replace(ground=eight_bit(256, 256))
    save_strokes(strokes, tmp_path / "s.safetensors")
    assert (tmp_path / "s.safetensors").stat().st_size < 256 * 256 * 3


@cache
def _sound_entry():
    entry = entry_of(own_brush())
    assert isinstance(entry, dict)
    return entry


def _entry(**changes):
    return copy.deepcopy(_sound_entry()) | changes


def _png(height, width, mode="L"):
    return text_of(png_of(np.zeros((height, width) if mode == "L" else (height, width, 3), np.uint8)))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (_entry(tips=3), '"tips" of its brush 1 must be a PNG'),
        (_entry(tips="%%"), '"tips" of its brush 1 must be a PNG'),
        (_entry(tips=text_of(b"\x89PNG")), '"tips" of its brush 1 is no PNG'),
        (_entry(tips=_png(256, 100)), "tips of 256 x 128 pixels"),
        (_entry(tips=_png(300, 256)), "tips of 256 x 128 pixels"),
        (_entry(tips=_png(512, 512)), "tips of 256 x 128 pixels"),
        (_entry(tips=_png(256, 256, "RGB")), "8-bit L"),
        (_entry(tips=_png(256 * 400, 256)), "at most"),
        (_entry(large=_png(256, 256)), '"large" of its brush 1'),
        (_entry(large=_png(512, 512)), "has 4 tips and 1 large ones"),
        (_entry(hair_counts=[]), "hair_counts"),
        (_entry(hair_counts=[1, 2, 3]), "share its 4 tips equally"),
        (_entry(hair_counts=[0, 2]), "hair_counts"),
        (_entry(hair_counts=[2.0]), "hair_counts"),
        (_entry(hair_counts=[10**9]), "hair_counts"),
        (_entry(relief=-1), '"relief" of its brush 1 must be a number from 0 to 4'),
        (_entry(relief="1"), "relief"),
        (_entry(hardness=1e9), "hardness"),
        (_entry(name=""), "name"),
        (_entry(name="x" * 1000), "name"),
        (_entry(fine={"kind": "strands"}), "lacks crisp"),
        (_entry(fine={"kind": "sand", "height": 1, "edge": 1, "crisp": 1}), "kind"),
        (_entry(fine={"kind": "tooth", "height": 1, "edge": 1, "crisp": 0}), "from 1 to 64"),
        (_entry(fine=[]), "fine"),
        (_entry(spin=1), "'spin', which this version does not know"),
    ],
)
def test_brushes_that_are_none_are_refused(tmp_path, entry, message):
    save_strokes(scattered(6, ("oil", own_brush())), tmp_path / "s.json")
    document = json.loads((tmp_path / "s.json").read_text())
    document["brushes"][1] = entry
    (tmp_path / "bad.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match=rf"bad\.json: .*{message}"):
        load_strokes(tmp_path / "bad.json")


# --- editing ------------------------------------------------------------------------------------------------------


def test_merging_draws_both():
    pencil, wash = scattered(40, ("pencil",), 1), scattered(40, ("watercolor",), 2)
    both = merged(pencil, wash)
    assert both.brushes == ("pencil", "watercolor")
    assert torch.allclose(render(both), render(wash, ground=render(pencil)), atol=2e-3)
    mask = torch.zeros(SIZE)
    mask[:, 40:] = 1
    beside = merged(pencil, wash, mask)
    drawn = [beside.brushes[index] for index in beside.brush.tolist()]
    assert {"pencil", "watercolor"} == set(drawn)
    assert all((x >= 40) == (name == "watercolor") for x, name in zip(beside.center[:, 0].tolist(), drawn, strict=True))


def test_merging_on_pictures_makes_one_picture_of_them():
    a, b = scattered(9, ("oil",)).replace(ground=picture(seed=1)), scattered(9, ("flat",), 2)
    mask = torch.zeros(SIZE)
    mask[:, 40:] = 1
    for base, other in ((a, b), (b, a), (a, a.replace(ground=picture(seed=2)))):
        ground = merged(base, other, mask).ground
        assert torch.equal(ground[:, :, :40], base.ground_at(SIZE)[:, :, :40])
        assert torch.equal(ground[:, :, 40:], other.ground_at(SIZE)[:, :, 40:])
    assert torch.equal(merged(a, b).ground, a.ground)


def test_the_ground_goes_with_the_painting():
    """A picture below is moved and cut as marks are: what is drawn is the picture of before, moved and cut."""
    ground = picture()
    empty = scattered(5)[:0].replace(ground=ground)
    mean = ground.mean((1, 2))
    assert torch.equal(flipped(empty, "horizontal").ground, ground.flip(2))
    assert torch.equal(flipped(empty, "both").ground, ground.flip(1, 2))
    assert torch.allclose(turned(empty, 180).ground, ground.flip(1, 2), atol=1e-4)
    assert torch.equal(cropped(empty, 10, 5, 30, 20).ground, ground[:, 5:25, 10:40])
    wider = cropped(empty, -10, -5, 100, 74).ground
    assert torch.equal(wider[:, 5:69, 10:90], ground)
    assert torch.allclose(wider[:, 0, 0], mean)
    assert torch.equal(cropped(empty, 500, 500, 4, 4).ground, mean[:, None, None].expand(-1, 4, 4))
    shifted = moved(empty, 12, -7).ground
    assert torch.allclose(shifted[:, :57, 12:], ground[:, 7:, :68], atol=1e-4)
    assert torch.allclose(shifted[:, 60, 3], mean, atol=1e-5)
    assert torch.equal(render(empty.scaled(2)), render(empty, scale=2))
    assert torch.equal(render(resized(empty, 100, 50)), render(empty, size=(50, 100)))
    small = zoomed(empty, 0.25).ground
    inner = F.interpolate(ground[None], (16, 20), mode="area")[0]
    assert (small[:, 24:40, 30:50] - inner).abs().mean() < 0.02
    assert torch.allclose(small[:, 5, 5], mean, atol=1e-5)
    # a picture of another size than the canvas is cut at its own size
    fine = empty.replace(ground=picture(128, 160))
    assert tuple(cropped(fine, 10, 5, 30, 20).ground.shape) == (3, 40, 60)
    assert torch.allclose(cropped(fine, 10, 5, 30, 20).ground, fine.ground[:, 10:50, 20:80], atol=1e-4)


def test_a_picture_below_is_recolored_with_the_strokes():
    strokes = scattered(20).replace(ground=picture())
    grey = adjust(strokes, saturation=0).ground
    assert (grey.amax(0) - grey.amin(0)).max() < 0.05
    assert torch.equal(adjust(strokes, hue=0).ground, strokes.ground)
    few = limit_colors(strokes, 5)
    colors = torch.cat([few.color, few.color2, few.ground.flatten(1).T])
    assert len((colors * 255).round().unique(dim=0)) <= 5
    mask = torch.zeros(SIZE)
    mask[:, 40:] = 1
    part = adjust(strokes, saturation=0, mask=mask).ground
    assert torch.equal(part[:, :, :40], strokes.ground[:, :, :40])
    assert torch.allclose(part[:, :, 40:], grey[:, :, 40:], atol=1e-5)


def test_a_brush_is_what_it_says():
    assert isinstance(own_brush(), Brush)
    assert own_brush(factor=4).nbytes > own_brush().nbytes
