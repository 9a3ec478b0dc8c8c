"""What CONTRIBUTING.md shows works as it stands there, and what ARCHITECTURE.md names exists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import torch
from stroke_samples import random_strokes
from test_rooms import FLOORS, PACKAGE
from torch import Tensor

from painter_core import Strokes, render
from painter_core.brushes.contract import DETAIL, BuiltIn
from painter_core.brushes.tips.frame import TIP_HEIGHT, clouds, edge, frame, grains, tip
from painter_core.cli import main
from painter_core.edit import operations
from painter_core.edit.operation import Face, Kind, Node, Operation, Value
from painter_core.export.stroke_io import load_strokes, save_strokes
from painter_core.style.protocol import Method, OnPart

ROOT = Path(__file__).resolve().parents[1]
#: What the files that are shown would import.
NAMES = {
    each.__name__: each
    for each in (BuiltIn, Face, Kind, Method, Node, Operation, Sequence, Strokes, Tensor, Value, clouds, edge, frame,
                 grains, tip)
} | {"np": np, "torch": torch, "DETAIL": DETAIL, "TIP_HEIGHT": TIP_HEIGHT, "OnPart": OnPart}  # fmt: skip


def shown(heading: str) -> dict[str, Any]:
    """What the code of a section makes."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    made: dict[str, Any] = dict(NAMES)
    for code in re.findall(r"```python\n(.*?)```", section, re.DOTALL):
        made |= _run(dedent(code), made)
    return made


def _run(code: str, names: dict[str, Any]) -> dict[str, Any]:
    """The names of a module with this code, which knows some names already."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "shown.py")
        file.write_text(f"from __future__ import annotations\n{code}", encoding="utf-8")
        spec = spec_from_file_location("shown", file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        vars(module).update(names)
        spec.loader.exec_module(module)
    return vars(module)


def test_the_brush_that_is_shown_paints() -> None:
    built_in = shown("A brush")["SPONGE"]
    assert isinstance(built_in, BuiltIn)
    brush = built_in.made()
    assert len(brush.tips) == len(built_in.hair_counts) * built_in.variations
    assert 0 <= float(brush.tips[:, 0].min()) < float(brush.tips[:, 0].max()) <= 1
    strokes = Strokes.build(
        torch.tensor([[32.0, 24.0]]), torch.tensor([[40.0, 30.0]]), torch.zeros(1), torch.tensor([[1.0, 0.0, 0.0]]),
        canvas=(48, 64), ground=(1.0, 1.0, 1.0), brushes=(brush,),
    )  # fmt: skip
    painted = render(strokes)
    assert float(painted[1, 12:36, 20:44].mean()) < 0.8
    assert torch.equal(painted[:, 0, 0], torch.ones(3))


def test_the_style_method_that_is_shown_makes_pictures() -> None:
    method = shown("A style method")["METHOD"]
    assert isinstance(method, Method)
    assert method.available
    content, style = torch.zeros(3, 8, 9), torch.ones(3, 5, 5)
    assert torch.equal(method.make([style], film=False)(content), torch.full((3, 8, 9), 0.5))


def test_the_edit_operation_that_is_shown_is_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    operation = shown("An edit operation")["OPERATION"]
    assert isinstance(operation, Operation)
    monkeypatch.setitem(operations.OPERATIONS, operation.name, operation)
    strokes = random_strokes()
    save_strokes(strokes, tmp_path / "s.safetensors")
    file, out = str(tmp_path / "s.safetensors"), str(tmp_path / "o.safetensors")
    assert main(["edit", file, "-o", out, "--fade", "0.25"]) == 0
    assert torch.equal(load_strokes(out).opacity, strokes.opacity * 0.75)
    assert main(["edit", file, "-o", out]) == 0
    assert torch.equal(load_strokes(out).opacity, strokes.opacity)
    assert main(["edit", file, "-o", out, "--fade", "2"]) == 2
    assert "--fade" in capsys.readouterr().err


def test_files_that_the_documents_name_exist() -> None:
    for document in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|csv|json))?)`", text)
        assert len(named) > 8
        inside = ("", PACKAGE, f"{PACKAGE}/style", f"{PACKAGE}/brushes", f"{PACKAGE}/painting", f"{PACKAGE}/edit")
        assert [name for name in named if not any((ROOT / room / name).exists() for room in inside)] == []


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in set().union(*FLOORS) - {"__init__", "__main__", "version"}:
        assert re.search(rf"\b{room}\b", text), room
