"""The pictures that styles are learnt from: what is let in, how it is brought to size, and who paints the rest."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.data.style_pictures import SHORT_SIDE, Gate, fitted, pattern, seam
from benchmarks.data.style_sources import STYLE_SOURCES
from benchmarks.style_paintings import LOOKS, MOST_ASPECT, STROKES, Hand, _cropped, colored, hands


def noise(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Clouds of random colors, which no held-out picture looks like."""
    cells = np.random.default_rng(seed).integers(0, 256, (16, 17, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)


def test_gate_lets_a_picture_in_once(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    assert gate.unfit(noise(1)) == ""
    assert gate.unfit(noise(1).resize((480, 360))) == "there already"
    assert gate.unfit(noise(2)) == ""


def test_gate_refuses_what_is_no_style(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    page = Image.new("RGB", (320, 240), "white")
    page.paste(noise(1).resize((100, 100)), (20, 20))
    assert gate.unfit(page) == "nearly empty"
    assert "short side" in gate.unfit(noise(1, (320, 100)))
    pair = Image.new("RGB", (320, 240), (20, 30, 40))
    lighter = [min(255, value + 60) for value in range(256)] * 3
    pair.paste(Image.effect_noise((160, 240), 4).convert("RGB").point(lighter), (160, 0))
    assert seam(pair) > 8 > seam(Image.effect_noise((320, 240), 60))


@pytest.mark.parametrize("folder", ["paintings", "photos/heldout"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_gate_keeps_held_out_pictures_out(tmp_path: Path, folder: str, mirrored: bool) -> None:
    held = noise(3)
    (tmp_path / folder).mkdir(parents=True)
    held.save(tmp_path / folder / "held.png")
    gate = Gate(tmp_path)
    seen = held.resize((500, 375))
    assert "held-out" in gate.unfit(seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else seen)
    assert gate.unfit(noise(4)) == ""


def test_fitted_reduces_and_never_enlarges() -> None:
    assert fitted(noise(1, (1280, 800))).size == (512, SHORT_SIDE)
    assert fitted(noise(1, (300, 220))).size == (300, 220)
    width, height = fitted(noise(1, (1800, 400))).size
    assert (width, height) == (2 * SHORT_SIDE, SHORT_SIDE)


def test_fitted_cuts_black_borders() -> None:
    framed = Image.new("RGB", (400, 400))
    framed.paste(noise(1, (300, 260)).point([max(40, value) for value in range(256)] * 3), (50, 70))
    assert fitted(framed).size == (300, 260)


def test_fitted_lays_figures_over_a_backdrop() -> None:
    figure = Image.new("RGBA", (300, 300))
    figure.paste((200, 0, 0, 255), (50, 50, 250, 250))
    figure.putpixel((0, 0), (200, 0, 0, 255))
    figure.putpixel((299, 299), (200, 0, 0, 255))
    made = fitted(figure, Image.new("RGB", (500, 400), (0, 90, 0)))
    assert made.getpixel((150, 150)) == (200, 0, 0)
    assert made.getpixel((20, 280)) == (0, 90, 0)
    assert fitted(figure).getpixel((20, 280)) == (255, 255, 255)


def test_fitted_tiles_without_scaling() -> None:
    tile = noise(1, (100, 60)).point([max(40, value) for value in range(256)] * 3)
    made = np.asarray(fitted(tile, tiled=True))
    assert made.shape == (SHORT_SIDE, SHORT_SIDE, 3)
    assert np.array_equal(made[:60, :100], made[60:120, 100:200])


def test_pattern_reads_what_gimp_writes() -> None:
    picture = noise(1, (40, 20))
    name = b"squares\0"
    content = struct.pack(">5I4s", 24 + len(name), 1, 40, 20, 3, b"GPAT") + name + picture.tobytes()
    assert pattern(content).tobytes() == picture.tobytes()
    with pytest.raises(ValueError, match="GPAT"):
        pattern(b"\0" * 40)


def test_hands_are_the_same_on_every_run_and_differ_from_each_other() -> None:
    photos, others = [Path(f"{number}.jpg") for number in range(20)], [Path("x.jpg"), Path("y.jpg")]
    drawn = hands(60, photos, others)
    assert drawn == hands(60, photos[::-1], others[::-1])
    assert {hand.photo for hand in drawn} == set(photos)
    assert {hand.look for hand in drawn} == set(LOOKS)
    assert all(STROKES[0] <= hand.strokes <= STROKES[1] for hand in drawn)
    assert len({(hand.preset, hand.brush, hand.strokes, hand.look) for hand in drawn}) == 60


@pytest.mark.parametrize("size", [(200, 300), (300, 200), (120, 900), (64, 64)])
def test_crops_have_the_side_and_are_never_long(size: tuple[int, int]) -> None:
    crop = _cropped(torch.rand(3, *size), 96, random.Random(1))
    assert min(crop.shape[1:]) == 96
    assert max(crop.shape[1:]) <= round(MOST_ASPECT * 96) + 1


@pytest.mark.parametrize("look", ["plain", "vivid", "tinted", "ink"])
def test_looks_keep_pictures_valid(look: str) -> None:
    picture = torch.rand(3, 40, 50)
    hand = Hand(1, Path("a"), Path("b"), look, None, "oil", 100, 1.0, 1.0, 0.0, 160)
    made = colored(picture.clone(), hand, random.Random(1))
    assert made.shape == picture.shape
    assert torch.equal(made, made.clamp(0, 1))
    assert torch.equal(made, picture) == (look == "plain")
    if look == "ink":
        assert torch.equal(made, made[:1].expand(3, -1, -1))


def test_no_source_takes_what_the_picture_sets_take() -> None:
    from benchmarks.data.candidates import _matches
    from benchmarks.data.sources import SOURCES

    taken = {source.package: source for source in SOURCES}
    for found in STYLE_SOURCES:
        other = taken.get(found.source.package)
        for pattern_ in (*other.patterns, *other.paintings) if other else ():
            assert not _matches(pattern_.replace("*", "x"), found.source.patterns), (found.source.package, pattern_)
