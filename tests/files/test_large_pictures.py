"""Pictures too large to be read whole are read smaller, in strips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from file_samples import PHOTO, SIZE, exif, save
from PIL import Image
from sure import sure

from painter_core.files import reader
from painter_core.files.pictures import open_picture, read_picture
from painter_core.images import shrunk


@pytest.mark.parametrize("name", ["in.png", "in.jpg", "in.tif", "in.webp"])
@pytest.mark.parametrize("side", [1, 60, 333])
def test_large_pictures_are_read_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, side: int) -> None:
    with Image.open(PHOTO) as photo:
        path = save(tmp_path, photo.resize((400, 300)), name, quality=95)
    expected = shrunk(read_picture(path), side)
    assert torch.equal(read_picture(path, side), expected)
    monkeypatch.setattr(reader, "MAX_PIXELS", 400 * 300 - 1)
    monkeypatch.setattr("painter_core.files.pixels.STRIP_PIXELS", 400 * 7)
    with pytest.raises(ValueError, match=r"119,999 pixels that are read.*--max-size"):
        read_picture(path)
    found = read_picture(path, side)
    assert found.shape == expected.shape
    # JPEG is decoded at a fraction of its size first
    assert (found - expected).abs().mean() < (0.02 if name == "in.jpg" else 1e-5)
    monkeypatch.setattr(reader, "MAX_PIXELS_SHRUNK", 400 * 300 - 1)
    with pytest.raises(ValueError, match=r"119,999 pixels that are read"):
        read_picture(path, side)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("name", ["in.png", "in.jpg", "in.tif"])
def test_large_pictures_stand_upright(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, orientation: int
) -> None:
    with Image.open(PHOTO) as photo:
        path = save(tmp_path, photo.resize((401, 299)), name, exif=exif({0x112: orientation}))
    expected = read_picture(path, 40)
    monkeypatch.setattr(reader, "MAX_PIXELS", 1000)
    monkeypatch.setattr(reader, "MAX_PIXELS_SHRUNK", 400 * 300)
    found = read_picture(path, 40)
    assert found.shape == expected.shape == ((3, 30, 40) if orientation == 1 else (3, 40, 30))
    assert (found - expected).abs().mean() < 0.02


def test_shrinking_weighs_colors_by_their_alpha(tmp_path: Path) -> None:
    rgba = np.zeros((40, 40, 4), np.uint8)
    rgba[::2, :, :] = (255, 0, 0, 255)
    rgba[1::2, :, 1] = 255  # green that nobody sees
    picture = open_picture(save(tmp_path, Image.fromarray(rgba)), 10)
    assert picture.pixels.shape == (3, 10, 10)
    assert picture.pixels[1].max() < 1e-3
    assert (sure(picture.alpha) - 0.5).abs().max() < 0.2


@pytest.mark.parametrize("size", [0, -3])
def test_sizes_of_nothing_are_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(ValueError, match="max_size"):
        read_picture(save(tmp_path, Image.new("RGB", SIZE)), size)
