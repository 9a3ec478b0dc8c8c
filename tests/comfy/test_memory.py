"""Running out of memory, which no test machine does on demand: ComfyUI's memory manager is played here."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sure import module_of, run_module

Halving = Callable[..., Any]
ROOT = Path(__file__).resolve().parent.parent.parent


class OutOfMemory(Exception):
    pass


class Interrupt(OutOfMemory):
    """In some versions of ComfyUI the class of memory errors is so wide that cancelling falls under it."""


class Manager(types.ModuleType):
    """ComfyUI's memory manager, as far as it is asked."""

    OOM_EXCEPTION = OutOfMemory
    InterruptProcessingException = Interrupt
    emptied = 0

    def soft_empty_cache(self) -> None:
        self.emptied += 1


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Manager:
    module = Manager("comfy.model_management")
    monkeypatch.setitem(sys.modules, "comfy.model_management", module)
    return module


@pytest.fixture
def halving(manager: Manager) -> Halving:
    return run_module(module_of(ROOT / "nodes" / "memory.py", "nodes_memory_under_test")).halving


def test_half_as_much_until_it_fits(halving: Halving, manager: Manager) -> None:
    tried = []

    def work(amount: int) -> str:
        tried.append(amount)
        if amount > 30:
            raise OutOfMemory
        return f"done with {amount}"

    assert halving(work, 100) == "done with 25"
    assert tried == [100, 50, 25]
    assert manager.emptied == 2


def test_gives_up_at_the_least(halving: Halving) -> None:
    tried = []

    def work(amount: int) -> None:
        tried.append(amount)
        raise OutOfMemory

    with pytest.raises(OutOfMemory):
        halving(work, 100, least=40)
    assert tried == [100, 50, 40]


@pytest.mark.parametrize("error", [Interrupt, ValueError])
def test_everything_else_passes_at_once(halving: Halving, error: type[Exception]) -> None:
    tried = []

    def work(amount: int) -> None:
        tried.append(amount)
        raise error

    with pytest.raises(error):
        halving(work, 100)
    assert tried == [100]
