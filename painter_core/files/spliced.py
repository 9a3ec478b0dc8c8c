"""Parts of a file, one after the other, as a file of their own."""

from __future__ import annotations

import io
from bisect import bisect_right
from itertools import accumulate
from typing import BinaryIO, cast


class Spliced(io.RawIOBase):
    """A file to read that consists of (start, length) `parts` of another one, which it closes with itself."""

    def __init__(self, file: BinaryIO, parts: list[tuple[int, int]]) -> None:
        super().__init__()
        self._file, self._parts, self._place = file, parts, 0
        self._ends = list(accumulate(length for _, length in parts))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._ends[-1] if self._ends else 0}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer from one part; the buffered reader around asks again for what the next one has."""
        index = bisect_right(self._ends, self._place)
        if index == len(self._ends):
            return 0
        start, length = self._parts[index]
        inside = self._place - (self._ends[index] - length)
        self._file.seek(start + inside)
        count = cast(io.BufferedReader, self._file).readinto(memoryview(buffer)[: length - inside])
        self._place += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
