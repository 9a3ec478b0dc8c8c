"""Paintings that come as jigsaw pieces with a QML board (GCompris), put together again."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import numpy as np
from PIL import Image

_TITLE = re.compile(r'qsTr\("(.*?)"\)')
_BOARD = re.compile(r'SHAPE_BACKGROUND_IMAGE",\s*"width"\s*:\s*(\d+),\s*"height"\s*:\s*(\d+)')
_PIECE = re.compile(r'"pixmapfile"\s*:\s*"(image/[^"]+)",\s*"x"\s*:\s*"([\d.]+)",\s*"y"\s*:\s*"([\d.]+)"')
#: Pieces do not reach the board's rim everywhere: that many pixels are cut off around what they cover.
_RIM = 3
#: A row or column belongs to the painting if it is covered at least that much of the best covered one.
_COVERED = 0.5


def board_title(qml: str) -> str:
    """The painter and title that a board names."""
    return _TITLE.search(qml)[1]


def piece_files(qml: str) -> list[str]:
    """The files of the pieces, relative to the board's parent folder."""
    return [file for file, _, _ in _PIECE.findall(qml)]


def assemble(qml: str, pieces: Mapping[str, bytes]) -> Image.Image:
    """The painting of one board, RGB, cropped to what the pieces cover.

    Args:
        qml: the board: its size in pixels, and each piece's center as a fraction of it.
        pieces: encoded pictures of the pieces by the names in `piece_files`.
    """
    width, height = map(int, _BOARD.search(qml).groups())
    board = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    for file, x, y in _PIECE.findall(qml):
        piece = Image.open(io.BytesIO(pieces[file])).convert("RGBA")
        at = (round(float(x) * width - piece.width / 2), round(float(y) * height - piece.height / 2))
        board.paste(piece, at, piece)
    covered = np.asarray(board)[..., 3] > 0
    left, right = _extent(covered.mean(axis=0))
    top, bottom = _extent(covered.mean(axis=1))
    return board.convert("RGB").crop((left, top, right, bottom))


def _extent(cover: np.ndarray) -> tuple[int, int]:
    inside = np.flatnonzero(cover > _COVERED * cover.max())
    return int(inside[0]) + _RIM, int(inside[-1]) + 1 - _RIM
