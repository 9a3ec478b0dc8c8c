"""Pictures of every common kind come in right, come out rounded and whole, and bad ones are refused with a reason."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from painter_core.files.atomic import atomic_path, check_writable
from painter_core.files.pictures import MAX_PIXELS, PictureWarning, read_mask, read_picture, write_picture

GRADIENT = np.linspace(0, 65535, 7 * 11).reshape(7, 11).astype(np.uint16)


def save(tmp_path: Path, image: Image.Image, name: str = "in.png", **options: Any) -> Path:
    image.save(tmp_path / name, **options)
    return tmp_path / name


def random_rgb(height: int = 9, width: int = 13) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def as_tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb.astype(np.float32) / 255).permute(2, 0, 1)


def png16(values: np.ndarray, color_type: int) -> bytes:
    """A 16-bit PNG made by hand: values (H, W) or (H, W, C) uint16."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_rgb_is_read_exactly(tmp_path: Path) -> None:
    picture = read_picture(save(tmp_path, Image.fromarray(random_rgb())))
    assert picture.dtype == torch.float32
    assert picture.is_contiguous()
    assert torch.equal(picture, as_tensor(random_rgb()))


@pytest.mark.parametrize("mode", ["L", "1", "LA", "RGBA", "P", "CMYK", "YCbCr"])
def test_every_mode_gives_its_colors(tmp_path: Path, mode: str) -> None:
    rgb = Image.new("RGB", (8, 6), (255, 255, 255))
    rgb.paste((0, 0, 0), (0, 0, 4, 6))
    name = "in.jpg" if mode in ("CMYK", "YCbCr") else "in.png"
    picture = read_picture(save(tmp_path, rgb.convert(mode), name, **({"quality": 100} if name == "in.jpg" else {})))
    assert picture.shape == (3, 6, 8)
    assert picture[:, :, :3].max() < 0.03
    assert picture[:, :, 5:].min() > 0.97


def test_alpha_lies_over_white(tmp_path: Path) -> None:
    rgba = np.zeros((4, 3, 4), dtype=np.uint8)
    rgba[..., 0], rgba[..., 3] = 255, np.array([0, 128, 255])
    picture = read_picture(save(tmp_path, Image.fromarray(rgba)))
    assert torch.equal(picture[0], torch.ones(4, 3))
    expected = torch.tensor([1.0, 1 - 128 / 255, 0.0]).expand(4, 3)
    assert (picture[1] - expected).abs().max() < 1.5 / 255


def test_transparent_palette_lies_over_white(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 200, 10, 20, 30, 200, 40])
    image.putpixel((2, 3), 0)
    opaque = read_picture(save(tmp_path, image, "opaque.png"))
    assert torch.allclose(opaque[:, 0, 0] * 255, torch.tensor([200.0, 10.0, 20.0]))
    assert torch.equal(opaque[:, 3, 2], torch.zeros(3))
    clear = read_picture(save(tmp_path, image, "clear.png", transparency=0))
    assert torch.equal(clear[:, 3, 2], torch.ones(3))
    assert torch.equal(clear[:, 0, 0], opaque[:, 0, 0])


def test_16_bit_grey_keeps_its_full_range(tmp_path: Path) -> None:
    (tmp_path / "in.png").write_bytes(png16(GRADIENT, color_type=0))
    picture = read_picture(tmp_path / "in.png")
    expected = torch.from_numpy(GRADIENT.astype(np.float32) / 65535)
    assert torch.allclose(picture, expected.expand(3, -1, -1), atol=1e-6)
    assert torch.allclose(read_mask(tmp_path / "in.png"), expected, atol=1e-6)


@pytest.mark.parametrize(("color_type", "channels"), [(2, 3), (6, 4), (4, 2)])
def test_16_bit_color_is_read_to_8_bits(tmp_path: Path, color_type: int, channels: int) -> None:
    values = np.stack([GRADIENT] * channels, axis=-1)
    if channels % 2 == 0:
        values[..., -1] = 65535  # opaque
    (tmp_path / "in.png").write_bytes(png16(values, color_type))
    picture = read_picture(tmp_path / "in.png")
    assert (picture - torch.from_numpy(GRADIENT / 65535).expand(3, -1, -1)).abs().max() < 1.01 / 255


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its left side: turn clockwise to show
    picture = read_picture(save(tmp_path, Image.fromarray(random_rgb()), "in.png", exif=exif))
    assert torch.equal(picture, as_tensor(np.rot90(random_rgb(), -1).copy()))


def test_broken_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    path = save(tmp_path, Image.fromarray(random_rgb()), "in.png", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")
    assert torch.equal(read_picture(path), as_tensor(random_rgb()))


def test_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (5, 5), color) for color in ("red", "lime", "blue")]
    path = save(tmp_path, frames[0], "in.gif", save_all=True, append_images=frames[1:])
    assert torch.equal(read_picture(path)[:, 2, 2], torch.tensor([1.0, 0.0, 0.0]))


def test_color_profile_is_converted_and_srgb_left_alone(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(random_rgb())
    assert torch.equal(read_picture(save(tmp_path, image, icc_profile=srgb)), as_tensor(random_rgb()))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # of another space than the pixels
    for profile, reason in ((b"broken", "damaged"), (lab, "Lab")):
        with pytest.warns(PictureWarning, match=rf"in\.png: its color profile was ignored: .*{reason}"):
            picture = read_picture(save(tmp_path, image, icc_profile=profile))
        assert torch.equal(picture, as_tensor(random_rgb()))


def test_float_tiff(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    assert torch.equal(read_picture(save(tmp_path, Image.fromarray(values), "in.tif"))[1], torch.from_numpy(values))
    values[1, 1] = np.nan
    with pytest.raises(ValueError, match=r"in\.tif.*NaN"):
        read_picture(save(tmp_path, Image.fromarray(values), "in.tif"))
    values[1, 1] = 7
    with pytest.raises(ValueError, match=r"in\.tif.*\[0, 1\]"):
        read_picture(save(tmp_path, Image.fromarray(values), "in.tif"))


def test_mask_is_brightness_and_transparent_is_black(tmp_path: Path) -> None:
    rgba = np.zeros((2, 4, 4), dtype=np.uint8)
    rgba[:, 0] = (255, 255, 255, 255)
    rgba[:, 1] = (255, 255, 255, 0)
    rgba[:, 2] = (0, 255, 0, 255)
    mask = read_mask(save(tmp_path, Image.fromarray(rgba)))
    assert mask.shape == (2, 4)
    assert torch.allclose(mask[0], torch.tensor([1.0, 0.0, 0.587, 0.0]), atol=2e-3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"Not a picture at all, but text." * 9, "not a picture"), (b"\x89PNG\r\n\x1a\n", "")],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"bad\.png.*{reason}"):
        read_picture(path)


@pytest.mark.parametrize("name", ["whole.png", "whole.jpg", "whole.webp", "whole.tif", "whole.gif", "whole.bmp"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_pictures_are_refused(tmp_path: Path, name: str, share: float) -> None:
    content = save(tmp_path, Image.fromarray(random_rgb(90, 120)), name).read_bytes()
    (tmp_path / f"cut-{name}").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="cut-whole"):
        read_picture(tmp_path / f"cut-{name}")


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.png: there is no such file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(ValueError, match="folder"):
        read_picture(tmp_path)


@pytest.mark.parametrize("side", [9_500, 60_000])
def test_decompression_bombs_are_refused_before_they_are_decoded(tmp_path: Path, side: int) -> None:
    bomb = bytearray(png16(np.zeros((1, 1), np.uint16), color_type=0))
    bomb[16:24] = struct.pack(">II", side, side)
    bomb[29:33] = struct.pack(">I", zlib.crc32(bytes(bomb[12:29])))
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(ValueError, match=r"bomb\.png.*pixels"):
        read_picture(tmp_path / "bomb.png")
    assert MAX_PIXELS >= 8192 * 8192


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".PNG"])
def test_lossless_round_trip(tmp_path: Path, suffix: str) -> None:
    picture = as_tensor(random_rgb())
    write_picture(tmp_path / f"out{suffix}", picture)
    assert torch.equal(read_picture(tmp_path / f"out{suffix}"), picture)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp"])
def test_lossy_round_trip_stays_close(tmp_path: Path, suffix: str) -> None:
    picture = torch.stack(torch.meshgrid(torch.linspace(0, 1, 40), torch.linspace(0, 1, 60), indexing="ij")).repeat(
        2, 1, 1
    )
    write_picture(tmp_path / f"out{suffix}", picture[:3])
    assert (read_picture(tmp_path / f"out{suffix}") - picture[:3]).abs().mean() < 0.01


def test_values_are_rounded_and_clamped(tmp_path: Path) -> None:
    picture = torch.tensor([[127.6, 127.4, -3.0, 300.0]]) / 255
    write_picture(tmp_path / "out.png", picture)
    assert np.array(Image.open(tmp_path / "out.png")).tolist() == [[128, 127, 0, 255]]


@pytest.mark.parametrize(
    ("picture", "name", "reason"),
    [
        (torch.zeros(3, 4, 4), "out.xyz", "suffix"),
        (torch.zeros(3, 4, 4), "out", "suffix"),
        (torch.full((3, 4, 4), float("nan")), "out.png", "NaN"),
        (torch.zeros(5, 4, 3), "out.png", "shape"),
        (torch.zeros(3, 0, 4), "out.png", "shape"),
        (torch.zeros(1, 3, 4, 4), "out.png", "shape"),
    ],
)
def test_bad_pictures_are_not_written(tmp_path: Path, picture: torch.Tensor, name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=rf"{name}.*{reason}"):
        write_picture(tmp_path / name, picture)
    assert list(tmp_path.iterdir()) == []


def test_a_side_that_the_format_cannot_hold_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"out\.jpg.*65,500"):
        write_picture(tmp_path / "out.jpg", torch.zeros(3, 1, 70_000))
    with pytest.raises(ValueError, match=r"out\.webp.*16,383"):
        write_picture(tmp_path / "out.webp", torch.zeros(3, 1, 20_000))
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    picture = torch.zeros(3, 4, 4)
    for path, reason in [
        (tmp_path / "none" / "out.png", "no folder"),
        (tmp_path / ("x" * 300 + ".png"), "name too long"),
    ]:
        with pytest.raises(OSError, match=f"(?i)cannot write.*{reason}"):
            write_picture(path, picture)
    (tmp_path / "dir.png").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_picture(tmp_path / "dir.png", picture)
    with pytest.raises(OSError, match="device"):
        check_writable("/dev/full")
    assert os.path.exists("/dev/full")


def test_atomic_path_keeps_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_path(target) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]
    with pytest.raises(OSError, match=r"cannot write .*out\.txt: No space left on device"), atomic_path(target):
        raise OSError(28, os.strerror(28))
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]
    with atomic_path(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_atomic_path_writes_through_links_and_keeps_permissions(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    with atomic_path(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o640


def test_check_writable_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"old")
    check_writable(tmp_path / "old.png")
    check_writable(tmp_path / "new.png")
    assert [path.name for path in tmp_path.iterdir()] == ["old.png"]
    assert (tmp_path / "old.png").read_bytes() == b"old"
    with pytest.raises(OSError, match="no folder"):
        check_writable(tmp_path / "typo" / "new.png")


def test_png_bytes_are_a_png(tmp_path: Path) -> None:
    write_picture(tmp_path / "out.png", torch.rand(3, 5, 6))
    assert Image.open(io.BytesIO((tmp_path / "out.png").read_bytes())).format == "PNG"
