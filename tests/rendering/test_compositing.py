"""Both ways to composite agree: marks drawn as they are met, and marks that are all there already."""

from __future__ import annotations

import pytest
import torch
from mark_samples import bent, loaded, scatter

from painter_core.rendering.compositing import Pile, Walk
from painter_core.rendering.raster import Job, render, tile_lists
from painter_core.rendering.topmost import drawn_and_topmost, topmost


def random_lists(tiles: int, most: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Lists of marks on tiles, some of them empty, as `tile_lists` gives them."""
    g = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, most + 1, (tiles,), generator=g)
    marks = torch.randint(0, 50, (int(counts.sum()),), generator=g)
    return marks, counts.cumsum(0) - counts, counts


@pytest.mark.parametrize(("tiles", "most"), [(1, 0), (1, 5), (40, 9), (7, 1)])
def test_a_pile_has_the_marks_that_a_walk_meets_in_their_order(tiles, most):
    lists = random_lists(tiles, most, seed=tiles)
    pile = Pile(*lists)
    met = [(step.tiles, step.strokes) for step in Walk(lists, torch.ones(tiles, 1), keep_graph=True).steps(no_cover)]
    assert len(met) == len(pile.steps)
    for (begin, end), (where, strokes) in zip(pile.steps, met, strict=True):
        assert torch.equal(pile.tiles[begin:end], torch.arange(end - begin))
        own = dict(zip(pile.order[: end - begin].tolist(), pile.strokes[begin:end].tolist(), strict=True))
        assert own == dict(zip(where.tolist(), strokes.tolist(), strict=True))


def no_cover(tiles: torch.Tensor, strokes: torch.Tensor) -> tuple[torch.Tensor, None]:
    return torch.zeros(len(tiles), 1), None


@pytest.mark.parametrize("hidden", [False, True])
def test_the_same_light_reaches_every_mark(hidden):
    lists, g = random_lists(30, 8, seed=3), torch.Generator().manual_seed(4)
    marks, starts, counts = lists
    covers = (1.3 * torch.rand(len(marks), 6, generator=g)).clamp(0, 1)
    numbers = (torch.arange(len(marks)), starts, counts)
    pile = Pile(*numbers)
    light, through = pile.lights(covers[pile.strokes], hidden=hidden)
    walk = Walk(numbers, torch.ones(len(counts), 6), keep_graph=hidden)
    for step in walk.steps(lambda tiles, strokes: (covers[strokes], None)):
        place = [int((pile.strokes == stroke).nonzero()) for stroke in step.strokes]
        assert torch.equal(light[place], step.light)
    assert torch.equal(through, walk.through[pile.order])


def test_what_others_let_through_can_be_given():
    lists, g = random_lists(20, 6, seed=5), torch.Generator().manual_seed(6)
    pile = Pile(*lists)
    cover, above = torch.rand(len(pile.tiles), 3, generator=g), torch.rand(20, 3, generator=g)
    light, through = pile.lights(cover, above.clone(), hidden=True)
    alone, rest = pile.lights(cover, hidden=True)
    assert torch.allclose(light, alone * above[pile.tiles])
    assert torch.allclose(through, rest * above)


@pytest.mark.parametrize("strokes", [bent(scatter()), loaded()], ids=["bent", "loaded"])
@pytest.mark.parametrize("brush", ["oil", "watercolor"])
def test_drawing_and_asking_what_is_on_top_is_one_thing(strokes, brush):
    picture, top = drawn_and_topmost(strokes, brush)
    assert torch.allclose(picture.clamp(0, 1), render(strokes, brush=brush), atol=1e-5)
    assert torch.equal(top, topmost(strokes, brush))
    assert int(top.max()) < len(strokes)
    ground = torch.rand(3, *strokes.canvas)
    assert torch.allclose(
        drawn_and_topmost(strokes, brush, ground=ground)[0].clamp(0, 1),
        render(strokes, brush=brush, ground=ground),
        atol=1e-5,
    )


def test_no_marks_are_no_pile():
    strokes = scatter()[:0]
    lists = tile_lists(Job.plan(strokes).stamps, 8, 0, 0, 3, 4)
    pile = Pile(*lists)
    assert pile.steps == []
    light, through = pile.lights(torch.zeros(0, 5))
    assert light.shape == (0, 5)
    assert torch.equal(through, torch.ones(12, 5))
