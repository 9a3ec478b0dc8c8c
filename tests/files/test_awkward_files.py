"""Files as real programs write them read as what they show, with a word where they are not quite sound."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from file_samples import (
    SIZE,
    camera_exif,
    chunk,
    flat,
    grey_profile,
    jpeg,
    linear_profile,
    png,
    rgb_png,
    save,
    swapped_profile,
    tga,
    tiff,
)
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from painter_core.brushes.brush import get_brush
from painter_core.files.pictures import PictureWarning, open_picture, read_mask, read_picture

RED, GREEN, ORANGE = (255, 0, 0), (0, 255, 0), (200, 90, 30)
#: What this is in Adobe RGB and Display P3 was computed by lcms from their profiles.
GREENISH = (100, 150, 50)
GREY_16 = np.full((SIZE[1], SIZE[0]), 12345, np.uint16)


def pnginfo(text: str, compressed: bool) -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", text, zip=compressed)
    return info


def damaged(kind: bytes, body: bytes) -> bytes:
    """A chunk with a wrong checksum."""
    return chunk(kind, body)[:-1] + bytes([chunk(kind, body)[-1] ^ 1])


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def saved(image: Image.Image, name: str = "in.png", **options: Any) -> Callable[[Path], Path]:
    return lambda folder: save(folder, image, name, **options)


#: What is made, the color (0 to 255) of its pixels, how far it may be off, and a part of the only warning, or None.
FILES: dict[str, tuple[Callable[[Path], Path], tuple[float, ...], float, str | None]] = {
    # profiles: their contents count, not their names
    "linear named sRGB": (saved(flat(55, 55, 55), icc_profile=linear_profile()), (128, 128, 128), 1, None),
    "red and green swapped": (saved(flat(*RED), icc_profile=swapped_profile()), GREEN, 1, None),
    "indexed": (saved(flat(*RED).quantize(2), icc_profile=swapped_profile()), GREEN, 1, None),
    "indexed, a color clear": (
        saved(flat(*RED).quantize(2), icc_profile=swapped_profile(), transparency=b"\xff\x80"), GREEN, 1, None),
    "with alpha": (saved(Image.new("RGBA", SIZE, (*RED, 255)), icc_profile=swapped_profile()), GREEN, 1, None),
    "WebP": (saved(flat(*RED), "in.webp", lossless=True, icc_profile=swapped_profile()), GREEN, 1, None),
    "TIFF": (saved(flat(*RED), "in.tif", icc_profile=swapped_profile()), GREEN, 1, None),
    "JPEG": (saved(flat(*RED), "in.jpg", quality=100, icc_profile=swapped_profile()), GREEN, 3, None),
    "linear grey": (saved(Image.new("L", SIZE, 55), icc_profile=grey_profile(1)), (128, 128, 128), 1, None),
    "linear grey, dark": (saved(Image.new("L", SIZE, 1), icc_profile=grey_profile(1)), (13, 13, 13), 1, None),
    "linear grey with alpha": (
        saved(Image.new("LA", SIZE, (55, 255)), icc_profile=grey_profile(1)), (128, 128, 128), 1, None),
    "linear grey of 16 bits": (
        saved(Image.fromarray(GREY_16), icc_profile=grey_profile(1)), (120.4, 120.4, 120.4), 0.6, None),
    "linear grey by an RGB profile": (
        saved(Image.new("L", SIZE, 55), icc_profile=linear_profile()), (128, 128, 128), 1, None),
    "profile of other pixels": (saved(flat(*RED), icc_profile=grey_profile(1)), RED, 0, "profile was ignored"),
    "broken profile": (saved(flat(*RED), icc_profile=b"nothing"), RED, 0, "profile was ignored"),
    "damaged profile": (
        written("in.png", rgb_png(RED, damaged(b"iCCP", b"x\0\0abc"))), RED, 0, r"profile \(iCCP\) is damaged"),
    # color spaces without a profile
    "Adobe RGB by R03": (
        saved(flat(*GREENISH), "in.jpg", quality=100, exif=camera_exif(b"R03\0", 0xFFFF)), (66, 151, 34), 3, None),
    "Adobe RGB by number": (saved(flat(*GREENISH), exif=camera_exif(b"R98\0", 2)), (66, 151, 34), 1.5, None),
    "sRGB by R98": (saved(flat(*ORANGE), exif=camera_exif(b"R98\0", 1)), ORANGE, 0, None),
    "linear by gAMA": (
        written("in.png", rgb_png((55, 55, 55), chunk(b"gAMA", (100_000).to_bytes(4, "big")))), (128,) * 3, 0.5, None),
    "gAMA of sRGB": (written("in.png", rgb_png(ORANGE, chunk(b"gAMA", (45_455).to_bytes(4, "big")))), ORANGE, 0, None),
    "sRGB before gAMA": (
        written("in.png", rgb_png(ORANGE, chunk(b"sRGB", b"\0"), chunk(b"gAMA", (100_000).to_bytes(4, "big")))),
        ORANGE, 0, None),
    "gAMA of nothing": (written("in.png", rgb_png(ORANGE, chunk(b"gAMA", bytes(4)))), ORANGE, 0, "gAMA.*was ignored"),
    "Display P3 by cICP": (
        written("in.png", rgb_png(GREENISH, chunk(b"cICP", bytes([12, 13, 0, 1])))), (83, 152, 23), 1, None),
    "PQ by cICP": (written("in.png", rgb_png(ORANGE, chunk(b"cICP", bytes([9, 16, 0, 1])))), ORANGE, 0,
                   "cICP: light of high dynamic range.*was ignored"),
    "cHRM of nothing": (written("in.png", rgb_png(ORANGE, chunk(b"cHRM", bytes(32)))), ORANGE, 0, "cHRM.*was ignored"),
    # what stands beside the pixels cannot cost them
    "long text": (saved(flat(*RED), pnginfo=pnginfo("x" * 2_000_000, True)), RED, 0, None),
    "long text, not compressed": (saved(flat(*RED), pnginfo=pnginfo("x" * 2_000_000, False)), RED, 0, None),
    "long text behind the pixels": (
        written("in.png", rgb_png(RED, after=[chunk(b"tEXt", b"w\0" + b"x" * 2_000_000)])), RED, 0, None),
    "damaged text": (written("in.png", rgb_png(RED, damaged(b"tEXt", b"C\0hello"))), RED, 0, None),
    "damaged resolution": (written("in.png", rgb_png(RED, damaged(b"pHYs", bytes(9)))), RED, 0, None),
    "resolution of three bytes": (written("in.png", rgb_png(RED, chunk(b"pHYs", b"abc"))), RED, 0, None),
    "gAMA of two bytes": (written("in.png", rgb_png(RED, chunk(b"gAMA", b"ab"))), RED, 0, "gAMA.*damaged"),
    "animation without frames": (written("in.png", rgb_png(RED, chunk(b"acTL", b"a"))), RED, 0, None),
    # transparency, and what is none
    "16-bit grey key": (
        written("in.png", png(GREY_16, 16, 0, [chunk(b"tRNS", bytes([48, 57]))])), (255,) * 3, 0, "fully transparent"),
    "another 16-bit grey key": (
        written("in.png", png(GREY_16, 16, 0, [chunk(b"tRNS", bytes([48, 56]))])), (48.04,) * 3, 0.01, None),
    "16-bit color key": (
        written("in.png", png(np.full((16, 24, 3), 12345), 16, 2, [chunk(b"tRNS", bytes([48, 57] * 3))])),
        (255,) * 3, 0, "fully transparent"),
    "another 16-bit color key": (
        written("in.png", png(np.full((16, 24, 3), 12345), 16, 2, [chunk(b"tRNS", bytes([48, 57, 48, 57, 48, 56]))])),
        (48,) * 3, 0.5, None),
    "2-bit grey key": (
        written("in.png", png(np.full((16, 6), 0b10101010), 2, 0, [chunk(b"tRNS", bytes([0, 2]))])),
        (255,) * 3, 0, "fully transparent"),
    "damaged key": (
        written("in.png", rgb_png(RED, damaged(b"tRNS", bytes([0, 255, 0, 0, 0, 0])))), RED, 0,
        "transparency.*damaged"),
    "clear": (saved(Image.new("RGBA", SIZE, (*RED, 0))), (255,) * 3, 0, "fully transparent"),
    "TGA without alpha bits": (written("in.tga", tga((30, 90, 200, 0), 0)), ORANGE, 0, None),
    "TGA with alpha bits": (written("in.tga", tga((30, 90, 200, 255), 8)), ORANGE, 0, None),
    "clear TGA": (written("in.tga", tga((30, 90, 200, 0), 8)), (255,) * 3, 0, "fully transparent"),
    # ranges
    "16-bit white is zero": (
        written("in.tif", tiff(np.full((16, 24), 60_000), bits=16, photometric=0)), (21.5,) * 3, 0.1, None),
    "16-bit black is zero": (written("in.tif", tiff(np.full((16, 24), 60_000), bits=16)), (233.5,) * 3, 0.1, None),
    "12 bits": (written("in.tif", tiff(np.full((16, 36), 0xFF), bits=12)), (255,) * 3, 0, None),
    "12 bits in 16": (saved(Image.fromarray(GREY_16 // 16 * 5)), (15.0,) * 3, 0.1, "nearly black.*12 bits"),
    "12 bits in 16, color": (
        written("in.png", png(np.full((16, 24, 3), 4000), 16, 2)), (15,) * 3, 0.5, "nearly black.*12 bits"),
    "black of 16 bits": (saved(Image.fromarray(GREY_16 * 0)), (0,) * 3, 0, None),
    # files that end too early
    "JPEG without its end": (written("in.jpg", jpeg(flat(*ORANGE))[:-2]), ORANGE, 2, "end of the file is missing"),
    "PNG without its end": (written("in.png", rgb_png(RED)[:-12]), RED, 0, None),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_show_what_they_hold(tmp_path: Path, name: str) -> None:
    make, color, tolerance, reason = FILES[name]
    path = make(tmp_path)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        picture = read_picture(path)
    expected = torch.tensor(color, dtype=torch.float32)[:, None, None]
    assert (picture * 255 - expected).abs().max() <= tolerance + 1e-3
    assert len(heard) == (reason is not None), [str(warning.message) for warning in heard]
    if reason is not None:
        assert heard[0].category is PictureWarning
        with pytest.warns(PictureWarning, match=rf"^{path}: [^\n]*{reason}[^\n]*$"):
            read_picture(path)


def test_half_a_jpeg_is_refused(tmp_path: Path) -> None:
    whole = jpeg(flat(*ORANGE))
    for share in (0.5, 0.9, 0.98):
        (tmp_path / "in.jpg").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(ValueError, match=r"in\.jpg: the picture cannot be read"):
            read_picture(tmp_path / "in.jpg")


def drawn_in_alpha(brightness: int) -> Image.Image:
    """A mask whose left half was drawn on a transparent layer, a quarter of it thinly."""
    mask = Image.new("LA", SIZE, (0, 0))
    mask.paste((brightness, 255), (0, 0, SIZE[0] // 2, SIZE[1]))
    mask.paste((brightness, 51), (0, 0, SIZE[0] // 4, SIZE[1]))
    return mask


@pytest.mark.parametrize("brightness", [0, 10, 255])
def test_masks_drawn_in_alpha_select_what_is_drawn(tmp_path: Path, brightness: int) -> None:
    path = save(tmp_path, drawn_in_alpha(brightness))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        mask = read_mask(path)
    assert [("opaque" in str(warning.message)) for warning in heard] == [True] * (brightness < 255)
    quarter = SIZE[0] // 4
    assert torch.allclose(mask[:, :quarter], torch.tensor(0.2), atol=0.003)
    assert torch.equal(mask[:, quarter : 2 * quarter], torch.ones(SIZE[1], quarter))
    assert torch.equal(mask[:, 2 * quarter :], torch.zeros(SIZE[1], SIZE[0] - 2 * quarter))


@pytest.mark.parametrize("image", [Image.new("L", SIZE, 0), Image.new("RGBA", SIZE, (255, 255, 255, 0))])
def test_masks_that_select_nothing_say_so(tmp_path: Path, image: Image.Image) -> None:
    with pytest.warns(PictureWarning, match=r"in\.png: this mask selects nothing"):
        mask = read_mask(save(tmp_path, image))
    assert torch.equal(mask, torch.zeros(SIZE[::-1]))


def test_an_empty_first_frame_says_so(tmp_path: Path) -> None:
    empty, full = Image.new("P", SIZE, 0), Image.new("P", SIZE, 1)
    for frame in (empty, full):
        frame.putpalette([0, 0, 0, *RED])
    path = save(tmp_path, empty, "in.gif", save_all=True, append_images=[full], transparency=0)
    with pytest.warns(PictureWarning, match="fully transparent"):
        assert open_picture(path).animated


def test_text_of_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A thousand compressed texts of a megabyte each take no longer than they are on the disk."""
    import tracemalloc
    import zlib

    text = zlib.compress(bytes(16_000_000))
    bombs = [chunk(b"zTXt", b"Copyright\0\0" + text)] * 20 + [chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1 << 25)))]
    (tmp_path / "in.png").write_bytes(rgb_png(RED, *bombs))
    tracemalloc.start()
    with pytest.warns(PictureWarning, match="color profile .*damaged"):
        picture = open_picture(tmp_path / "in.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert picture.about.copyright is None
    assert peak < 1 << 26


def test_brushes_are_read_with_the_same_care(tmp_path: Path) -> None:
    mark = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    mark.paste((90, 60, 30, 255), (5, 5, 35, 15))
    plain = get_brush(save(tmp_path, mark, "plain.png"))
    long = get_brush(save(tmp_path, mark, "long.png", pnginfo=pnginfo("x" * 2_000_000, True)))
    assert torch.equal(plain.tips, long.tips)
    (tmp_path / "half.png").write_bytes((tmp_path / "plain.png").read_bytes()[:60])
    with pytest.raises(ValueError, match=r"brush: .*half\.png: .*cannot be read.*give a PNG of one tip"):
        get_brush(tmp_path / "half.png")
