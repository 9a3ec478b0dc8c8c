"""Pictures of four inks come in by the profile of their press, and by the plain formula without one."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import torch
from file_samples import SIZE, save
from PIL import Image

from painter_core.files.pictures import PictureWarning, read_picture

#: CIE L* (0 to 100) of ink on the paper of this press: the paper, full black, full cyan, magenta or yellow.
PAPER, BLACK_INK, COLOR_INK = 100, 0, 60


def press_profile() -> bytes:
    """The profile of a press with grey inks: a table from four inks to Lab, two points along each (lut8 of ICC)."""
    identity = bytes(range(256))
    table = b""
    for node in range(16):  # the last ink, black, changes fastest
        inks = [(node >> shift) & 1 for shift in (3, 2, 1, 0)]
        light = BLACK_INK if inks[3] else COLOR_INK if any(inks) else PAPER
        table += bytes([round(light * 2.55), 128, 128])
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut = struct.pack(">4s4x4B", b"mft1", 4, 3, 2, 0) + matrix + identity * 4 + table + identity * 3
    tags = {
        b"desc": struct.pack(">4s4xI6s78x", b"desc", 6, b"press"),
        b"wtpt": struct.pack(">4s4x3i", b"XYZ ", 0xF6D6, 0x10000, 0xD32D),
        b"A2B0": lut,
    }
    start, rows, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        rows += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4xI4s4s4s12x4s28x3I48x", start + len(body), 0x02400000, b"prtr", b"CMYK", b"Lab ", b"acsp",
                         0xF6D6, 0x10000, 0xD32D)  # fmt: skip
    return header + struct.pack(">I", len(tags)) + rows + body


def srgb_of_lightness(lightness: float) -> float:
    """The level (0 to 255) of a grey of this CIE L*."""
    light = ((lightness + 16) / 116) ** 3 if lightness > 8 else lightness / 903.3
    return 255 * (light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("name", ["in.tif", "in.jpg"])
@pytest.mark.parametrize(
    ("inks", "lightness"), [((0, 0, 0, 0), PAPER), ((0, 0, 0, 255), BLACK_INK), ((255, 0, 0, 0), COLOR_INK)]
)
def test_inks_look_as_their_press_prints_them(
    tmp_path: Path, name: str, inks: tuple[int, int, int, int], lightness: float
) -> None:
    path = save(tmp_path, Image.new("CMYK", SIZE, inks), name, icc_profile=press_profile())
    picture = read_picture(path) * 255
    assert (picture - srgb_of_lightness(lightness)).abs().max() < 4


@pytest.mark.parametrize("name", ["in.tif", "in.jpg"])
def test_without_a_profile_inks_take_their_part_of_white(tmp_path: Path, name: str) -> None:
    picture = read_picture(save(tmp_path, Image.new("CMYK", SIZE, (255, 0, 0, 0)), name))
    assert (picture[:, 0, 0] - torch.tensor([0.0, 1.0, 1.0])).abs().max() < 0.02


def test_a_press_profile_on_light_is_said_and_ignored(tmp_path: Path) -> None:
    path = save(tmp_path, Image.new("RGB", SIZE, (10, 20, 30)), icc_profile=press_profile())
    with pytest.warns(PictureWarning, match="profile was ignored: it is made for CMYK"):
        picture = read_picture(path)
    assert torch.allclose(picture[:, 0, 0] * 255, torch.tensor([10.0, 20.0, 30.0]))
