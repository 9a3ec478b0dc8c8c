"""A picture to paint, and predictors to paint it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cli_calls import call
from PIL import Image
from predictor_samples import Dabs

from painter_core.predictor import checkpoint
from painter_core.predictor.compact import CompactConfig, CompactPredictor

#: Stroke files and pictures of paintings, by the file that was painted: most tests look at the same one.
PAINTED: dict[bytes, tuple[bytes, bytes]] = {}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every predictor asked for; Dabs stands in for the network."""
    asked: list[Any] = []

    def load_predictor(name: str | None = None, device: str = "cpu") -> Dabs:
        asked.append((name, device))
        return Dabs()

    monkeypatch.setattr(checkpoint, "load_predictor", load_predictor)
    return asked


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small picture in a folder of its own, so that `tmp_path / "out"` starts empty."""
    y, x = np.mgrid[0:51, 0:70]
    pixels = np.stack([3 * x, 4 * y, 255 - 2 * x], axis=-1).clip(0, 255).astype(np.uint8)
    pixels[10:30, 20:50] = (250, 240, 20)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    (tmp_path / "out").mkdir()
    return tmp_path / "photo.png"


@pytest.fixture
def painted(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> Path:
    """A stroke file of a 70 x 51 painting."""
    place, made = photo.parent / "s.safetensors", photo.parent / "p.png"
    content = photo.read_bytes()
    if content not in PAINTED:
        argv = ["paint", photo, "-o", made, "--strokes", 50, "--refine", 0, "--save-strokes", place]
        assert call(capsys, *argv)[0] == 0
        PAINTED[content] = place.read_bytes(), made.read_bytes()
    strokes, picture = PAINTED[content]
    place.write_bytes(strokes)
    made.write_bytes(picture)
    return place


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network in a file: it knows nothing, but everything on the way to the painting is real."""
    path = tmp_path_factory.mktemp("network") / "untrained.safetensors"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        checkpoint.save_predictor(CompactPredictor(CompactConfig(width=32, layers=1, heads=2)), path)
    return path
