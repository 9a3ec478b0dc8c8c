"""Transparency comes in, lies over any ground, and goes out; films and turned pictures are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from file_samples import SIZE, chunk, exif, noise, png, save
from PIL import Image
from sure import sure

from painter_core.files.pictures import Picture, check_picture_suffix, open_picture, write_picture


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_alpha_is_written_and_read(tmp_path: Path, suffix: str) -> None:
    picture = torch.linspace(0, 1, 4 * 16 * 24).reshape(4, 16, 24)
    write_picture(tmp_path / f"out{suffix}", picture)
    found = open_picture(tmp_path / f"out{suffix}")
    assert (sure(found.alpha) - picture[3]).abs().max() < 0.003
    if suffix != ".webp":
        assert (found.pixels - picture[:3]).abs().max() < 0.003


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_kinds_without_alpha_refuse_it(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match=rf"out\{suffix}: {suffix} files have no transparency; use one of .png"):
        write_picture(tmp_path / f"out{suffix}", noise(4))
    with pytest.raises(ValueError, match="no transparency"):
        check_picture_suffix(f"out{suffix}", alpha=True)
    assert list(tmp_path.iterdir()) == []


def test_opaque_pictures_have_no_alpha(tmp_path: Path) -> None:
    assert open_picture(save(tmp_path, Image.new("RGB", SIZE))).alpha is None
    assert open_picture(save(tmp_path, Image.new("RGBA", SIZE, (1, 2, 3, 255)))).alpha is None


def test_over_lays_the_picture_on_any_ground() -> None:
    color, alpha = noise(), noise(1)[0]
    picture = Picture(color, alpha, deep=True)
    ground = torch.tensor([0.2, 0.4, 0.6])
    expected = color * alpha + ground[:, None, None] * (1 - alpha)
    assert torch.allclose(picture.over(ground), expected, atol=1e-6)
    assert torch.equal(picture.over(ground), picture.over(ground[:, None, None].expand_as(color)))
    assert torch.equal(picture.over(), picture.over(torch.ones(3)))
    assert torch.equal(Picture(color).over(ground), color)


def test_8_bits_over_white_are_what_pillow_has(tmp_path: Path) -> None:
    """All values at all transparencies."""
    rgba = np.zeros((256, 256, 4), np.uint8)
    rgba[..., :3], rgba[..., 3] = np.arange(256)[None, :, None], np.arange(256)[:, None]
    image = Image.fromarray(rgba)
    picture = open_picture(save(tmp_path, image))
    for ground in (0, 1):
        below = Image.new("RGBA", image.size, (255 * ground,) * 3 + (255,))
        expected = np.asarray(Image.alpha_composite(below, image).convert("RGB"), np.float32).transpose(2, 0, 1) / 255
        assert torch.equal(picture.over(torch.full((3,), float(ground))), torch.from_numpy(expected))


def test_16_bit_png_over_a_key_keeps_its_size(tmp_path: Path) -> None:
    values = np.arange(16 * 24 * 3, dtype=np.uint16).reshape(16, 24, 3) * 50
    key = values[3, 5].astype(">u2").tobytes()
    (tmp_path / "in.png").write_bytes(png(values, 16, 2, [chunk(b"tRNS", key)]))
    picture = open_picture(tmp_path / "in.png")
    clear = torch.zeros(16, 24, dtype=torch.bool)
    clear[3, 5] = True
    assert torch.equal(picture.alpha == 0, clear)
    assert (picture.pixels - torch.from_numpy(values.astype(np.float32) / 65535).permute(2, 0, 1)).abs().max() < 1 / 255


@pytest.mark.parametrize("name", ["still.png", "film.png", "film.gif", "film.webp", "pages.tif"])
def test_films_are_told_from_pictures(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", SIZE, color) for color in ("red", "lime")]
    more = {} if name == "still.png" else {"save_all": True, "append_images": frames[1:]}
    picture = open_picture(save(tmp_path, frames[0], name, **more))
    assert picture.animated == name.startswith("film")
    assert (picture.pixels[:, 0, 0] - torch.tensor([1.0, 0, 0])).abs().max() < 0.02


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_every_orientation(tmp_path: Path, orientation: int, suffix: str) -> None:
    from PIL import ImageOps

    image = Image.fromarray((noise(4) * 255).byte().permute(1, 2, 0).numpy())
    path = save(tmp_path, image, f"in{suffix}", lossless=True, exact=True, exif=exif({0x112: orientation}))
    with Image.open(path) as stored:
        upright = torch.from_numpy(np.array(ImageOps.exif_transpose(stored))).permute(2, 0, 1)
    picture = open_picture(path)
    assert torch.equal((torch.cat([picture.pixels, sure(picture.alpha)[None]]) * 255).round().byte(), upright)
    assert picture.pixels.is_contiguous()
