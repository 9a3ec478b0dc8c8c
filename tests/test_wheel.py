"""A wheel built from the checkout, in an environment with nothing but what it asks for: it paints, draws and trains."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sure import sure

ROOT = Path(__file__).resolve().parents[1]
#: What a wheel is built from.
SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "painter_core", "weights")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]

pytestmark = pytest.mark.timeout(1800)


def run(*argv: object, cwd: Path) -> str:
    """Standard output of a process that sees nothing of this checkout; all it printed where it fails."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run([str(word) for word in argv], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, as building leaves files beside its sources."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", out, cwd=source)
    (built,) = out.glob("*.whl")
    return built


def dependencies(name: str, found: set[str] | None = None) -> set[str]:
    """A distribution and all that it needs here, without extras."""
    found = set() if found is None else found
    plain = re.sub(r"[-_.]+", "-", name).lower()
    try:
        needed = importlib.metadata.requires(plain) or []
    except importlib.metadata.PackageNotFoundError:  # needed on other systems only
        return found
    if plain not in found:
        found.add(plain)
        for each in needed:
            if "extra ==" not in each:
                dependencies(sure(re.match(r"[A-Za-z0-9._-]+", each))[0], found)
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs a program of an environment that has the wheel, and links to its dependencies, in an empty folder."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        head = archive.read(metadata).decode().partition("\n\n")[0]
    asked = re.findall(r"^Requires-Dist: ([A-Za-z0-9._-]+)(?!.*extra ==)", head, re.MULTILINE)
    assert {"torch", "numpy", "pillow", "safetensors", "scipy", "av", "tqdm"} == set(asked)
    for name in set().union(*map(dependencies, asked)):
        for file in importlib.metadata.files(name) or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(Path(file.locate()).parents[len(file.parts) - 2] if len(file.parts) > 1
                                        else file.locate())  # fmt: skip
    python = home / "bin" / "python"
    run(*PIP, "--python", python, "install", "--no-index", wheel, cwd=home)  # refused if a dependency is missing

    def call(*argv: object, cwd: Path) -> str:
        return run(home / "bin" / str(argv[0]), *argv[1:], cwd=cwd)

    return call


def test_everything_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        split = "painter_core/training/split.csv"
        assert archive.read(split) == (ROOT / split).read_bytes()
    assert "painter_core/py.typed" in names
    tracked = {str(path.relative_to(ROOT)) for path in (ROOT / "painter_core").rglob("*.py")}
    assert tracked <= names
    for weights in (*ROOT.glob("weights/*"), *ROOT.glob("painter_core/**/*.safetensors"),
                    *ROOT.glob("painter_core/**/*.md")):  # fmt: skip
        name = str(weights.relative_to(ROOT))
        assert (f"painter_core/{name}" if name.startswith("weights") else name) in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if not re.match(r"painter_core/|alla_prima-[^/]+dist-info/", name)]


def test_it_paints_draws_and_trains_in_an_empty_folder(installed: Callable[..., str], tmp_path: Path) -> None:
    y, x = np.mgrid[0:60, 0:80]
    pixels = np.stack([3 * x, 4 * y, 255 - 2 * x], axis=-1).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    assert installed("alla-prima", "--version", cwd=tmp_path).strip() in (ROOT / "pyproject.toml").read_text()
    report = json.loads(
        installed("alla-prima", "photo.png", "--strokes", 60, "--refine", 1, "--save-strokes", "./", "--json",
                  cwd=tmp_path)
    )  # fmt: skip
    assert report["output"] == "photo-painting.png"
    assert report["strokes"] == 60
    assert report["psnr"] > 15
    installed("alla-prima", "render", "photo-painting.safetensors", "--scale", 2, "-o", "large.jpg", cwd=tmp_path)
    assert Image.open(tmp_path / "large.jpg").size == (160, 120)
    (tmp_path / "photos").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    for number in range(2):  # no picture of the held-out list, which is looked at
        Image.fromarray(np.roll(noise, number)).resize((240, 180), Image.Resampling.BICUBIC).save(
            tmp_path / "photos" / f"{number}.png"
        )
    argv = ["train", "--pictures", "photos", "--steps", 1, "--out", "mine.safetensors", "--json"]
    trained = json.loads(installed("alla-prima", *argv, cwd=tmp_path))
    assert trained["steps"] == "1"
    assert (tmp_path / "mine.safetensors").is_file()
    where = installed("python", "-c", "import painter_core; print(painter_core.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where
