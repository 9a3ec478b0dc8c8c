"""The block of strokes and the sheets of tips that a player paints from."""

from __future__ import annotations

import json
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from painter_core import Strokes
from painter_core.brushes.brush import BRUSHES, get_brush
from painter_core.edit.order import ORDERS
from painter_core.export import Process, replay
from painter_core.export.schedule import EASINGS, schedule


def some_strokes(count: int) -> Strokes:
    random = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=random)

    return Strokes.build(
        draw(count, 2) * 90, draw(count, 2) * 40, draw(count) * 3, draw(count, 3), canvas=(60, 90),
        ground=(0.25, 0.5, 0.75), opacity=draw(count), color2=draw(count, 3), seed=torch.arange(count) * 7,
        bend=2 * draw(count) - 1, taper=draw(count) - 0.5,
    )  # fmt: skip


def unpacked(block: bytes) -> tuple[dict, list[np.ndarray]]:
    """Header and columns, read as the module's description says."""
    assert block[:8] == b"APSTROKE"
    size = int.from_bytes(block[8:12], "little")
    header, offset, columns = json.loads(block[12 : 12 + size]), 12 + size, []
    assert size % 4 == 0
    for kind, width in [("<f4", 7), ("<f4", 1), ("<u4", 1), ("u1", 4), ("i1", 4), ("<u2", 1)]:
        columns.append(np.frombuffer(block, kind, header["count"] * width, offset).reshape(-1, width))
        offset += columns[-1].nbytes
    assert offset == len(block)
    return header, columns


@pytest.mark.parametrize("count", [0, 1, 333])
def test_a_block_holds_the_strokes(count: int) -> None:
    strokes, brush = some_strokes(count), get_brush("oil")
    header, (places, when, turn, paint, blend, tip) = unpacked(replay.pack_strokes(strokes, brush))
    assert (header["canvas"], header["count"]) == ([60, 90], count)
    assert header["ground"] == pytest.approx([0.25, 0.5, 0.75])
    assert np.array_equal(turn[:, 0], np.arange(count))
    assert (np.diff(when[:, 0]) > 0).all()
    assert when[-1:] == pytest.approx(1)
    forms = torch.stack([strokes.angle, strokes.bend, strokes.taper], 1)
    assert np.array_equal(places, torch.cat([strokes.center, strokes.size, forms], 1).numpy())
    color = torch.cat([strokes.color, strokes.opacity[:, None]], 1).numpy()
    assert np.abs(paint / 255 - color).max(initial=0) <= 0.5 / 255 + 1e-6
    assert np.abs(blend[:, :3] / 127 - strokes.blend.numpy()).max(initial=0) <= 0.5 / 127 + 1e-6
    assert np.array_equal(tip[:, 0], brush.tip_index(strokes.size[:, 1], strokes.seed, 90).numpy())


def test_every_stroke_keeps_its_brush() -> None:
    one, other = some_strokes(20), some_strokes(30).with_brush("pencil")
    strokes = Strokes.concat([one.with_brush("oil"), other])
    header, columns = unpacked(replay.pack_strokes(strokes))
    oil, pencil = get_brush("oil"), get_brush("pencil")
    assert [brush["first"] for brush in header["brushes"]] == [0, len(oil.tips)]
    assert [brush["relief"] for brush in header["brushes"]] == [oil.relief, pencil.relief]
    tip = torch.from_numpy(columns[5][:, 0].astype(np.int64))
    assert torch.equal(tip[:20], oil.tip_index(one.size[:, 1], one.seed, 90))
    assert torch.equal(tip[20:] - len(oil.tips), pencil.tip_index(other.size[:, 1], other.seed, 90))
    header, columns = unpacked(replay.pack_strokes(strokes, "flat"))
    assert len(header["brushes"]) == 1
    assert columns[5].max() == 0


@pytest.mark.parametrize("easing", EASINGS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_player_shows_what_a_time_lapse_shows(order: str, easing: str) -> None:
    strokes, count = some_strokes(200), 17
    _, columns = unpacked(replay.pack_strokes(strokes, "oil", Process(order, easing)))
    when, turn = (column[:, 0] for column in columns[1:3])
    expected, shown = schedule(strokes, count, order=order, easing=easing)
    assert np.array_equal(turn, expected.numpy())
    for k in range(count):
        there = np.searchsorted(when, np.float32(k / (count - 1)), side="right") if k < count - 1 else len(strokes)
        assert abs(int(there) - shown[k]) <= 1  # float32 rounds


def test_packing_can_be_cancelled_in_any_order() -> None:
    def cancel() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        replay.pack_strokes(some_strokes(20), process=Process("color"), on_stroke=cancel)


def test_a_block_is_small() -> None:
    assert len(replay.pack_strokes(some_strokes(1000), "oil")) < 47_000


@pytest.mark.parametrize("name", BRUSHES)
def test_a_sheet_holds_the_tips(name: str) -> None:
    brush = get_brush(name)
    sheet = np.asarray(Image.open(BytesIO(replay.tip_sheet(brush)))).astype(float)
    assert sheet.shape == (64 * len(brush.tips), 128, 3)
    tips = sheet.reshape(-1, 64, 128, 3)
    means = np.stack([tips[..., 0] / 255, (tips[..., 1] - 128) / 127, tips[..., 2] / 255]).mean((2, 3))
    expected = torch.cat([brush.tips, brush.loads()], 1).mean((2, 3)).T.numpy()
    assert np.abs(means - expected).max() < 0.003


def test_too_many_strokes_are_refused() -> None:
    one = some_strokes(1)
    many = one[torch.zeros(replay.MOST_STROKES + 1, dtype=torch.int64)]
    with pytest.raises(ValueError, match=f"at most {replay.MOST_STROKES} strokes, got {replay.MOST_STROKES + 1}"):
        replay.pack_strokes(many, "flat")
