"""Posters: strips are the picture, whatever their division, and reach the file one after the other."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from stroke_samples import random_strokes

from painter_core.export import Strips
from painter_core.files.pictures import picture_writer, read_picture, write_picture
from painter_core.files.png import CHUNK_BYTES, PngWriter
from painter_core.images import enlarged
from painter_core.rendering.raster import coverage, render

SIZE = (150, 200)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("ground", [None, noise(3), noise(3, *SIZE)], ids=["own", "color", "picture"])
def test_any_division_gives_the_bits_of_the_whole(ground: torch.Tensor | None) -> None:
    strokes = random_strokes()
    strips = Strips(strokes, SIZE, ground=ground)
    whole, cover = render(strokes, size=SIZE, ground=ground), coverage(strokes, size=SIZE)
    for rows in (1, 37, 64, 150):
        parts = [strips.draw(top, min(rows, 150 - top)) for top in range(0, 150, rows)]
        assert torch.equal(torch.cat([picture for picture, _ in parts], dim=1), whole)
        assert torch.equal(torch.cat([part for _, part in parts]), cover)


def test_strips_come_from_top_to_bottom_and_are_not_too_large() -> None:
    strips = Strips(random_strokes(), (301, 5000))
    heights = [len(cover) for _, cover in strips]
    assert sum(heights) == 301
    assert max(heights) == strips.rows() == 64
    assert strips.rows(10**6) == 192


@pytest.mark.parametrize("small", [(48, 64), (1, 1), (150, 64), (2, 200)], ids=str)
def test_small_ground_is_stretched_strip_by_strip(small: tuple[int, int]) -> None:
    strokes = random_strokes()
    ground = noise(3, *small)
    stretched = torch.nn.functional.interpolate(ground[None], SIZE, mode="bilinear", antialias=True)[0].clamp(0, 1)
    whole = render(strokes, size=SIZE, ground=stretched)
    strips = Strips(strokes, SIZE, ground=ground)
    picture = torch.cat([strips.draw(top, 50)[0] for top in (0, 50, 100)], dim=1)
    assert (picture - whole).abs().max() < 1e-5
    assert torch.allclose(enlarged(ground, SIZE, 33, 20), stretched[:, 33:53], atol=1e-5)
    part = enlarged(ground, SIZE, 33, 20, 17, 60)
    assert torch.equal(part, enlarged(ground, SIZE, 0, 150)[:, 33:53, 17:77])


def test_large_ground_is_reduced() -> None:
    strokes = random_strokes(3)
    ground = noise(3, 300, 400)
    reduced = torch.nn.functional.interpolate(ground[None], SIZE, mode="bilinear", antialias=True)[0].clamp(0, 1)
    assert torch.equal(Strips(strokes, SIZE, ground=ground).draw(0, 150)[0], render(strokes, size=SIZE, ground=reduced))


@pytest.mark.parametrize("channels", [1, 3])
def test_png_is_read_back_by_others(channels: int) -> None:
    pixels = (noise(83, 61, channels) * 255).byte().numpy()
    pixels[10:40] = np.arange(61, dtype=np.uint8)[None, :, None]  # rows that other filters suit
    pixels[50] = pixels[49]
    file = io.BytesIO()
    writer = PngWriter(file, 83, 61, channels)
    for start, end in [(0, 1), (1, 40), (40, 40), (40, 83)]:
        writer.write(pixels[start:end])
    writer.close()
    read = np.asarray(Image.open(io.BytesIO(file.getvalue())))
    assert np.array_equal(read.reshape(pixels.shape), pixels)


def test_png_reaches_the_file_while_it_is_written() -> None:
    file = io.BytesIO()
    writer = PngWriter(file, 4000, 1000, 3)
    rows = (noise(100, 1000, 3) * 255).byte().numpy()  # noise cannot be compressed
    sizes = []
    for _ in range(40):
        writer.write(rows)
        sizes.append(file.tell())
    assert sizes[20] > 20 * rows.nbytes * 0.9 - 2 * CHUNK_BYTES
    writer.close()
    chunks, place = [], 8
    content = file.getvalue()
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        assert int.from_bytes(content[place + 8 + length : place + 12 + length], "big") == zlib.crc32(kind + data)
        chunks.append(kind)
        place += 12 + length
    assert (chunks[0], chunks[-1]) == (b"IHDR", b"IEND")
    assert set(chunks[1:-1]) == {b"IDAT"}


def test_png_refuses_what_does_not_belong_to_it() -> None:
    for size in [(0, 5, 3), (5, 2**31, 3), (5, 5, 2)]:
        with pytest.raises(ValueError, match="1, 3 or 4 channels"):
            PngWriter(io.BytesIO(), *size)
    writer = PngWriter(io.BytesIO(), 4, 5, 3)
    for rows in (np.zeros((5, 5, 3), np.uint8), np.zeros((1, 6, 3), np.uint8), np.zeros((1, 5, 3))):
        with pytest.raises(ValueError, match="belong"):
            writer.write(rows)
    with pytest.raises(ValueError, match="4 rows"):
        writer.close()


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_strips_written_are_the_picture_written(tmp_path: Path, suffix: str) -> None:
    picture = noise(3, 90, 40)
    write_picture(tmp_path / f"whole{suffix}", picture)
    with picture_writer(tmp_path / f"strips{suffix}", (90, 40)) as write:
        for strip in picture.split(32, dim=1):
            write(strip)
    assert torch.equal(read_picture(tmp_path / f"strips{suffix}"), read_picture(tmp_path / f"whole{suffix}"))


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_unfinished_pictures_leave_nothing(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match="missing"), picture_writer(tmp_path / f"p{suffix}", (90, 40)) as write:
        write(noise(3, 32, 40))
    with pytest.raises(ValueError, match="NaN"), picture_writer(tmp_path / f"p{suffix}", (90, 40)) as write:
        write(noise(3, 90, 40) * float("nan"))
    with pytest.raises(ValueError, match="belong"), picture_writer(tmp_path / f"p{suffix}", (90, 40)) as write:
        write(noise(3, 91, 40))
    with pytest.raises(KeyboardInterrupt), picture_writer(tmp_path / f"p{suffix}", (90, 40)):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
