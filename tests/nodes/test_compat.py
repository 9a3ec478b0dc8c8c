"""Words of newer ComfyUIs, which older ones have no room for."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from sure import module_of, run_module

#: By its file: the package around it needs a ComfyUI, this module does not.
FILE = Path(__file__).parents[2] / "nodes" / "compat.py"
compat = run_module(module_of(FILE))


def old(id: str, default: int = 0, tooltip: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(id=id, default=default, tooltip=tooltip)


def new(id: str, default: int = 0, tooltip: str | None = None, advanced: bool | None = None) -> SimpleNamespace:
    return SimpleNamespace(id=id, default=default, tooltip=tooltip, advanced=advanced)


def test_a_newer_word_is_kept_where_it_is_known_and_left_out_where_it_is_not() -> None:
    given = {"default": 20, "tooltip": "steps", "advanced": True}
    assert vars(compat.newer(old, "refine", **given)) == {"id": "refine", "default": 20, "tooltip": "steps"}
    assert vars(compat.newer(new, "refine", **given)) == {"id": "refine", **given}
    assert compat.newer(lambda **words: words, advanced=True) == {"advanced": True}


@pytest.mark.parametrize("make", [old, new])
def test_a_word_that_no_comfyui_knows_is_a_mistake(make: object) -> None:
    with pytest.raises(TypeError, match="tooltop"):
        compat.newer(make, "refine", tooltop="steps")
