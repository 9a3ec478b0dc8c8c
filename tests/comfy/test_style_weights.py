"""Official checkpoints of a style network in a real ComfyUI server."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from comfy.graphs import picture, saved
from comfy.harness import ComfyServer
from comfy.test_style_node import styled
from official_checkpoints import DECODER, SKIP, nothing, published, write


@pytest.fixture
def weights(comfyui: ComfyServer) -> str:
    """The name of a folder with checkpoints that make every picture one color."""
    files = published()
    folder = write(comfyui.home / "models" / "style_transfer" / "official", files)
    color = {"decoder_layer_2.24.bias": torch.tensor([0.8, 0.4, 0.2])}
    torch.save(nothing(files[DECODER]) | color, folder / DECODER)
    return folder.name


def choices(comfyui: ComfyServer) -> list[str]:
    found = comfyui.get("/object_info/StyleTransferThenPaint")["StyleTransferThenPaint"]["input"]["optional"]
    kind, *options = found["style_weights"]
    return options[0]["options"] if kind == "COMBO" else kind  # as ComfyUI has said it of late, and before


def test_folders_of_checkpoints_are_offered(comfyui: ComfyServer, weights: str) -> None:
    assert choices(comfyui)[0] == "built in"
    assert weights in choices(comfyui)


def test_the_method_adaattn_uses_them(comfyui: ComfyServer, weights: str) -> None:
    made = saved(comfyui, comfyui.run(styled(comfyui, method="adaattn", style_weights=weights)), "stylized")[0]
    assert (made == (204, 102, 51)).all()


def test_other_methods_do_not(comfyui: ComfyServer, weights: str) -> None:
    runs = [comfyui.run(styled(comfyui, None, **how)) for how in ({"style_weights": weights}, {})]
    here, there = (saved(comfyui, run, "stylized")[0] for run in runs)
    assert np.array_equal(here, there)
    assert here.shape == picture(64, 96).shape


def test_what_is_missing_is_said(comfyui: ComfyServer, weights: str) -> None:
    (comfyui.home / "models" / "style_transfer" / weights / SKIP).unlink()
    run = comfyui.run(styled(comfyui, method="adaattn", style_weights=weights))
    assert f"{SKIP} is missing" in run.error["exception_message"]
