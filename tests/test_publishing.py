"""What is published is complete: cards, licenses, pictures, links; and clean by the rules of the Comfy Registry."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
tomllib = pytest.importorskip("tomllib", reason="Python 3.11 brings it")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LISTED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
FILES = [ROOT / name for name in LISTED.stdout.splitlines() if (ROOT / name).is_file()]
pytestmark = pytest.mark.skipif(not FILES, reason="this is no checkout")
CARDS = [path for path in FILES if path.suffix == ".md" and path.parent.name in ("weights", "networks")]
#: What the registry looks for (exec, eval, several statements on a line), and will refuse.
REFUSED = "S102,S307,E702"


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".safetensors"], ids=lambda path: path.name)
def test_every_weights_file_has_a_card(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    parts = [part for card in CARDS for part in re.split(r"\n(?=## )", text(card))]
    mine = [part for part in parts if re.match(rf"#+ `(\S*/)?{re.escape(path.name)}`", part)]
    assert len(mine) == 1, place
    for word in ("licence", "data", "figures"):
        assert word in mine[0].lower(), f"{place}: its card says nothing of {word}"


def test_what_others_made_is_listed() -> None:
    listed = text(ROOT / "docs" / "third_party.md")
    names = [*PROJECT["project"]["dependencies"], *chain(*PROJECT["project"]["optional-dependencies"].values())]
    for kind in ("requirements-dev.txt", "constraints-dev.txt"):
        names += [line for line in text(ROOT / kind).splitlines() if line and not line.startswith("#")]
    for name in {re.split(r"[\[<>=;~ ]", name)[0] for name in names} - {"alla-prima"}:
        assert re.search(rf"\b{re.escape(name)}\b", listed, re.IGNORECASE), f"{name} is not in docs/third_party.md"


def test_the_version_is_semantic_and_has_its_changes() -> None:
    version = PROJECT["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert f"\n## {version}" in text(ROOT / "CHANGELOG.md")


def test_icon_and_banner_are_as_the_registry_wants_them() -> None:
    with Image.open(ROOT / "assets" / "icon.png") as icon, Image.open(ROOT / "assets" / "banner.jpg") as banner:
        assert icon.width == icon.height <= 400
        assert banner.width * 9 == banner.height * 21


def test_code_is_what_the_registry_takes() -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--select", REFUSED]
    python = [path for path in FILES if path.suffix == ".py"]
    run = subprocess.run([*ruff, *map(str, python)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    for path in python:
        text(path).encode("cp1252")  # what consoles of Windows can show


def test_the_page_s_extensions_have_names_of_their_own() -> None:
    found = [name for path in FILES if path.suffix == ".js"
             for name in re.findall(r"registerExtension\(\{\s*name: \"([^\"]+)\"", text(path))]  # fmt: skip
    assert len(found) == len(set(found)) >= 3
    assert all(name.startswith("allaprima.") for name in found)


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".md"],
                         ids=lambda path: path.relative_to(ROOT).as_posix())  # fmt: skip
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)", re.sub(r"```.*?```", "", text(path), flags=re.DOTALL)):
        if "://" not in link:
            assert (path.parent / link).exists(), link


def test_the_site_has_every_page_that_it_names() -> None:
    nav = text(ROOT / "mkdocs.yml").split("nav:\n")[-1]
    pages = re.findall(r": (\S+\.md)", nav)
    assert len(pages) > 15
    assert [page for page in pages if not (ROOT / page).is_file()] == []


def test_the_notebook_paints(tmp_path: Path) -> None:
    notebook = json.loads(text(ROOT / "docs" / "painting.ipynb"))
    assert notebook["nbformat"] == 4
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] for cell in notebook["cells"] if cell["cell_type"] == "code")
    script = tmp_path / "cells.py"
    script.write_text("\n".join(cells), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    command = [sys.executable, str(script)]
    run = subprocess.run(command, cwd=ROOT / "docs", env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    assert "strokes in" in run.stdout
    made = {path.name for path in tmp_path.rglob("painting.*")}
    assert made == {"painting.svg", "painting.safetensors", "painting.png"}


def test_help_pictures_fit_the_help_panel():
    pictures = sorted((ROOT / "nodes" / "web" / "docs").glob("*.jpg"))
    assert len(pictures) > 20
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.width == 2 * 272, path.name  # the panel's width, for screens with two dots a pixel
        assert path.stat().st_size <= 250_000, path.name
