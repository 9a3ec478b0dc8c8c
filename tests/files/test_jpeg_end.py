"""What a JPEG without its end lacks is measured, and decides whether it is read."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from file_samples import PHOTO, jpeg
from PIL import Image

from painter_core.files.jpeg_end import MOST_MISSING, mended
from painter_core.files.pictures import PictureWarning, read_picture


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_what_a_cut_jpeg_lacks_is_measured(tmp_path: Path, mode: str, options: dict[str, Any]) -> None:
    with Image.open(PHOTO) as photo:
        whole = jpeg(photo.resize((400, 300)).convert(mode), **options)
    expected = np.asarray(Image.open(io.BytesIO(whole)))
    path, painted = tmp_path / "cut.jpg", []
    for lost in (1, 2, 3, 5, 10, 20, 100, 400, 2000, len(whole) // 2, len(whole) - 700):
        path.write_bytes(whole[:-lost])
        found = mended(path)
        painted.append(found is not None)
        if found is None:
            with pytest.raises(ValueError, match="cannot be read"):
                read_picture(path)
            continue
        image, missing = found
        wrong = float((np.asarray(image) != expected).reshape(300, 400, -1).any(-1).mean())
        assert wrong <= 2 * missing + 0.002
        assert missing <= MOST_MISSING
        with pytest.warns(PictureWarning, match="the end of the file is missing"):
            assert read_picture(path).shape == (3, 300, 400)
    assert painted[:3] == [True] * 3
    assert not any(painted[-2:])
    assert painted == sorted(painted, reverse=True)


def test_other_faults_of_a_jpeg_are_refused(tmp_path: Path) -> None:
    with Image.open(PHOTO) as photo:
        whole = jpeg(photo.resize((200, 150)))
    for content in (whole[:300], b"\xff\xd8\xff", whole[:2] + os.urandom(500)):
        (tmp_path / "bad.jpg").write_bytes(content)
        assert mended(tmp_path / "bad.jpg") is None
        with pytest.raises(ValueError, match=r"bad\.jpg"):
            read_picture(tmp_path / "bad.jpg")
