"""Resolution and owner of a picture are read as other programs write them, and written so that they read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from file_samples import SIZE, chunk, exif, noise, rgb_png, save
from PIL import Image

from painter_core.files import reader
from painter_core.files.pictures import About, check_picture_size, open_picture, write_picture

NOTICE = "© 2026 Zoë Müller"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_resolution_and_owner_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    about = About((300.0, 150.0), NOTICE)
    write_picture(path, noise(), about)
    found = open_picture(path).about
    assert found.dpi == pytest.approx(about.dpi, abs=0.02)
    assert found.copyright == NOTICE
    write_picture(tmp_path / f"copy{suffix}", noise(), found)  # no drift
    assert open_picture(tmp_path / f"copy{suffix}").about == found
    write_picture(path, noise())
    assert open_picture(path).about == About()


def test_a_bitmap_keeps_its_resolution(tmp_path: Path) -> None:
    write_picture(tmp_path / "out.bmp", noise(), About((300.0, 300.0), NOTICE))
    assert open_picture(tmp_path / "out.bmp").about.dpi == pytest.approx((300, 300), abs=0.02)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_pictures_are_tagged_and_masks_are_not(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    for channels in (3, 4) if suffix != ".jpg" else (3,):
        write_picture(path, noise(channels))
        with Image.open(path) as image:
            assert image.info.get("icc_profile") or image.info.get("srgb") == 0
            assert image.size == (20, 12)
    write_picture(path, noise()[0])
    with Image.open(path) as image:
        assert not {"icc_profile", "srgb", "gamma"} & set(image.info)


def test_written_files_are_the_same_bytes(tmp_path: Path) -> None:
    for suffix in (".png", ".jpg", ".webp", ".tif"):
        files = [tmp_path / f"{name}{suffix}" for name in "ab"]
        for file in files:
            write_picture(file, noise(), About((300, 300), NOTICE))
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("name", "options", "dpi", "notice"),
    [
        ("in.jpg", {"dpi": (72, 72)}, (72, 72), None),
        ("in.jpg", {}, None, None),
        ("in.tif", {}, None, None),
        ("in.jpg", {"exif": {0x8298: "A\0B\n C"}}, None, "A; B C"),
        ("in.webp", {"exif": {0x11A: 118.11, 0x11B: 118.11, 0x128: 3}}, (300, 300), None),
        ("in.jpg", {"exif": {0x112: 6}, "dpi": (300, 150)}, (150, 300), None),
    ],
    ids=["dpi", "jpeg without", "tiff without", "two owners", "centimeters", "lying"],
)
def test_what_other_programs_write(
    tmp_path: Path, name: str, options: dict[str, Any], dpi: tuple[float, float] | None, notice: str | None
) -> None:
    if "exif" in options:
        options = options | {"exif": exif(options["exif"])}
    found = open_picture(save(tmp_path, Image.new("RGB", SIZE), name, **options)).about
    assert found.dpi == (None if dpi is None else pytest.approx(dpi, abs=0.1))
    assert found.copyright == notice


def test_owner_in_xmp(tmp_path: Path) -> None:
    xmp = "<x><dc:rights> <rdf:Alt><rdf:li xml:lang='x-default'>Müller &amp; Sons</rdf:li></rdf:Alt></dc:rights></x>"
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp.encode())
    (tmp_path / "in.png").write_bytes(rgb_png((1, 2, 3), text))
    assert open_picture(tmp_path / "in.png").about.copyright == "Müller & Sons"


@pytest.mark.parametrize("value", [(0, 0), (float("nan"), 72), (1, 1), (1e9, 1e9), "much", None, (72,), 72])
def test_resolutions_that_are_none(value: object) -> None:
    image = Image.new("RGB", (2, 2))
    image.info["dpi"] = value
    assert reader.about(image, Image.Exif()).dpi is None


def test_sides_that_a_kind_cannot_hold_are_known_before(tmp_path: Path) -> None:
    for name, most in (("a.jpg", 65_500), ("a.WEBP", 16_383)):
        check_picture_size(name, most, 1)
        for size in ((most + 1, 1), (1, most + 1)):
            with pytest.raises(ValueError, match=rf"{name}: .* at most {most:,} pixels a side"):
                check_picture_size(name, *size)
    check_picture_size("a.png", 200_000, 200_000)
