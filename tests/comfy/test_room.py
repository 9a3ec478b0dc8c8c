"""Whether results have room in memory, with ComfyUI's memory manager played here."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest
import torch
from sure import module_of, run_module, sure

ROOT = Path(__file__).resolve().parent.parent.parent
GB = 10**9


class Manager(types.ModuleType):
    """ComfyUI's memory manager, as far as it is asked."""

    def intermediate_device(self) -> torch.device:
        return torch.device("cpu")

    def get_free_memory(self, device: torch.device) -> int:
        return 10 * GB


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """nodes/room.py where 10 GB are free."""
    manager = Manager("comfy.model_management")
    monkeypatch.setitem(sys.modules, "comfy.model_management", manager)
    module = run_module(module_of(ROOT / "nodes" / "room.py", "nodes_room_under_test"))
    monkeypatch.setattr(module, "CONTAINERS", ())
    return module


def test_what_has_room_passes(room: types.ModuleType) -> None:
    room.check_scale((1024, 1024), 8.0, 1, 4)
    room.check_frames((1080, 1920), 300)


def test_the_scale_that_is_told_fits_and_the_next_one_does_not(room: types.ModuleType) -> None:
    with pytest.raises(ValueError, match="65,536 x 65,536 pixels would take") as error:
        room.check_scale((4096, 4096), 16.0, 1, 4)
    fits = float(sure(re.search(r"Scale ([\d.]+) fits", str(error.value))).group(1))
    assert fits >= 1
    room.check_scale((4096, 4096), fits, 1, 4)
    with pytest.raises(ValueError, match=f"Scale {fits:g} fits"):
        room.check_scale((4096, 4096), fits + room.STEP, 1, 4)


def test_without_any_scale_that_fits_there_is_other_advice(room: types.ModuleType) -> None:
    with pytest.raises(ValueError, match=r"200 pictures.*Render fewer or smaller paintings"):
        room.check_scale((4096, 4096), 2.0, 200, 7)


def test_the_number_of_frames_that_is_told_fits(room: types.ModuleType) -> None:
    with pytest.raises(ValueError, match="frames: 1000 pictures of 3,840 x 2,160") as error:
        room.check_frames((2160, 3840), 1000)
    room.check_frames((2160, 3840), int(sure(re.search(r"(\d+) fit,", str(error.value))).group(1)))


def test_a_container_s_limit_counts_without_what_is_given_back(room: types.ModuleType, tmp_path: Path,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(room, "CONTAINERS", ((tmp_path, "memory.max", "memory.current"),))
    assert room.free_memory() == 10 * GB  # none
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("3000000000\n")
    (tmp_path / "memory.stat").write_text("anon 1000000000\nactive_file 500000000\ninactive_file 1000000000\n")
    assert room.free_memory() == 10 * GB  # one without a limit
    (tmp_path / "memory.max").write_text("4000000000\n")
    assert room.free_memory() == 4 * GB - 3 * GB + 1.5 * GB
