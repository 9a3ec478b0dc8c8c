"""Parts of a file are a file."""

from __future__ import annotations

import io
from pathlib import Path

from painter_core.files.spliced import Spliced


def test_spliced_parts_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(100)))
    whole = bytes([*range(10, 20), *range(50, 53), *range(90, 100)])
    with io.BufferedReader(Spliced(open(tmp_path / "a", "rb"), [(10, 10), (50, 3), (70, 0), (90, 30)])) as file:
        assert file.read() == whole
        assert file.seek(8) == 8
        assert file.read(4) == whole[8:12]
        assert file.tell() == 12
        assert file.seek(11) == 11
        assert file.read() == whole[11:]
        assert file.read(5) == b""
