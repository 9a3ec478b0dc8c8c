"""The strokes of a film's frames on disk, as a sequence that holds none of them in memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from ..export.stroke_io import load_strokes
from ..strokes import Strokes
from .source import natural


class StrokeFiles(Sequence[Strokes]):
    """The `.safetensors` stroke files of a folder, in their numbers' order; each is read whenever it is asked for."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.files = sorted(Path(folder).glob("[!.]*.safetensors"), key=lambda file: natural(file.name))

    def __len__(self) -> int:
        return len(self.files)

    @overload
    def __getitem__(self, index: int) -> Strokes: ...

    @overload
    def __getitem__(self, index: slice) -> list[Strokes]: ...

    def __getitem__(self, index: int | slice) -> Strokes | list[Strokes]:
        """The strokes of a frame, or of several. Raises ValueError as `load_strokes` does."""
        if isinstance(index, slice):
            return [load_strokes(file) for file in self.files[index]]
        return load_strokes(self.files[index])
