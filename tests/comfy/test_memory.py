"""Running out of memory, which no test machine does on demand: ComfyUI's memory manager is played here."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


class OutOfMemory(Exception):
    pass


class Interrupt(OutOfMemory):
    """In some versions of ComfyUI the class of memory errors is so wide that cancelling falls under it."""


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("comfy.model_management")
    module.OOM_EXCEPTION = OutOfMemory
    module.InterruptProcessingException = Interrupt
    module.emptied = 0

    def soft_empty_cache() -> None:
        module.emptied += 1

    module.soft_empty_cache = soft_empty_cache
    monkeypatch.setitem(sys.modules, "comfy.model_management", module)
    return module


@pytest.fixture
def halving(manager: types.ModuleType) -> object:
    spec = importlib.util.spec_from_file_location("nodes_memory_under_test", ROOT / "nodes" / "memory.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.halving


def test_half_as_much_until_it_fits(halving: object, manager: types.ModuleType) -> None:
    tried = []

    def work(amount: int) -> str:
        tried.append(amount)
        if amount > 30:
            raise OutOfMemory
        return f"done with {amount}"

    assert halving(work, 100) == "done with 25"
    assert tried == [100, 50, 25]
    assert manager.emptied == 2


def test_gives_up_at_the_least(halving: object) -> None:
    tried = []

    def work(amount: int) -> None:
        tried.append(amount)
        raise OutOfMemory

    with pytest.raises(OutOfMemory):
        halving(work, 100, least=40)
    assert tried == [100, 50, 40]


@pytest.mark.parametrize("error", [Interrupt, ValueError])
def test_everything_else_passes_at_once(halving: object, error: type[Exception]) -> None:
    tried = []

    def work(amount: int) -> None:
        tried.append(amount)
        raise error

    with pytest.raises(error):
        halving(work, 100)
    assert tried == [100]
