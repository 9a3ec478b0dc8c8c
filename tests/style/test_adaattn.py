"""AdaAttN: what its attention finds, and its training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from painter_core.cli import main
from painter_core.cli.train_style import SCHEDULE
from painter_core.files.pictures import write_picture
from painter_core.style.methods import METHODS
from painter_core.style.networks.adaattn import (
    LAYERS,
    AdaAttN,
    Statistics,
    StyleTokens,
    adain_statistics,
    attention_statistics,
    normalized,
    stacked,
)
from painter_core.style.networks.objective import StyleObjective, batch_losses
from painter_core.style.networks.storage import load_adaattn, save_adaattn
from painter_core.style.networks.vgg16 import batch_features
from painter_core.style.networks.working import ADAATTN_WEIGHTS, Memory, NetworkTransform
from painter_core.training.loop import Trainer, run


def noise(*size: int, seed: int = 0) -> Tensor:
    return torch.rand(3, *size, generator=torch.Generator().manual_seed(seed))


def small(seed: int = 0) -> AdaAttN:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return AdaAttN(key_channels=8, width=4)


def pair(side: int = 32) -> tuple[Tensor, Tensor]:
    return noise(side, side)[None], noise(side, side, seed=1)[None]


def test_attention_finds_what_is_alike() -> None:
    """Two kinds of places on both sides: each takes the mean of its own kind, whatever the order."""
    kind = torch.tensor([0, 1, 1, 0, 0, 1])
    key = torch.nn.functional.one_hot(kind, 2).T.float()[None, :, None] * 60
    value = (10 * kind + torch.tensor([1.0, -1.0, 1.0, -1.0, 0.0, 0.0]))[None, None, None]
    found = attention_statistics(key.flip(3), StyleTokens.of(key, value, 100))
    for moment, of in ((found.mean, Tensor.mean), (found.std, lambda one: one.std(correction=0))):
        wanted = torch.stack([of(value[0, 0, 0][kind == k]) for k in (0, 1)])[kind.flip(0)]
        assert torch.allclose(moment[0, 0, 0], wanted, atol=5e-3)


def test_even_attention_is_adain() -> None:
    """Without attention, every place gets the style's mean and deviation: Huang and Belongie, 2017."""
    own, value = noise(8, 8, seed=1)[None], 3 * noise(6, 5, seed=2)[None] + 1
    tokens = StyleTokens.of(torch.zeros(1, 4, 6, 5), value, 100)
    alike = attention_statistics(torch.zeros(1, 4, 8, 8), tokens)
    assert torch.allclose(adain_statistics(tokens).everywhere((8, 8)).mean, alike.mean, atol=1e-5)
    assert torch.allclose(adain_statistics(tokens).everywhere((8, 8)).std, alike.std, atol=1e-5)
    made = adain_statistics(tokens).adain(normalized(own))
    assert torch.allclose(made.mean((2, 3)), value.mean((2, 3)), atol=1e-4)
    assert torch.allclose(made.std((2, 3), correction=0), value.std((2, 3), correction=0), rtol=1e-2)
    assert torch.allclose(normalized(made), normalized(own), atol=1e-2)


@pytest.mark.parametrize("most", [6, 24, 100, 1000])
def test_places_taken_together_keep_the_moments(most: int) -> None:
    """However few places are left, what is found with even attention is the same."""
    value = 2 * noise(16, 24)[None] - 5
    tokens = StyleTokens.of(noise(16, 24, seed=1)[None], value, most)
    assert tokens.k.shape[2] <= most
    found = adain_statistics(tokens)
    assert torch.allclose(found.mean.flatten(1), value.mean((2, 3)), atol=1e-4)
    assert torch.allclose(found.std.flatten(1), value.std((2, 3), correction=0), rtol=1e-3)


def test_queries_hold_all_shallower_layers() -> None:
    found = batch_features(noise(32, 48)[None], LAYERS)
    assert [tuple(stacked(found, depth).shape) for depth in LAYERS] == [
        (1, 64, 32, 48), (1, 192, 16, 24), (1, 448, 8, 12), (1, 960, 4, 6),
    ]  # fmt: skip


@pytest.mark.parametrize("attentive", [True, False])
@pytest.mark.parametrize(("content", "style"), [((32, 48), (64, 32)), ((33, 47), (16, 100)), ((16, 16), (16, 16))])
def test_pictures_of_any_size(content: tuple[int, int], style: tuple[int, int], attentive: bool) -> None:
    with torch.no_grad():
        made = small()(noise(*content)[None], noise(*style, seed=1)[None], attentive)
    assert made.shape == (1, 3, *content)
    assert made.isfinite().all()


def test_a_batch_is_its_pictures() -> None:
    """The losses of a batch are those of its pairs: the first half with attention, the second half without."""
    network, (content, style) = small(), pair()
    other = noise(32, 32, seed=2)[None]
    with torch.no_grad():
        both = batch_losses(network, torch.cat([content, other]), torch.cat([style, other]))
        alone = batch_losses(network, content, style)
        evenly = batch_losses(network, torch.cat([content, other]), torch.cat([style, style]))
    assert both["moments"] != alone["moments"]
    assert evenly["moments"] != both["moments"]
    assert all(value.isfinite() for value in both.values())


def test_every_weight_learns() -> None:
    network, (content, style) = small(), pair()
    losses = batch_losses(network, content.repeat(2, 1, 1, 1), style.repeat(2, 1, 1, 1), [0])
    torch.stack(list(losses.values())).sum().backward()
    without = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    # a bias of all keys alike changes no attention
    assert [name for name in without if not name.endswith("key.bias")] == []


def test_saved_and_loaded(tmp_path: Path) -> None:
    network = small()
    save_adaattn(network, tmp_path / "a.safetensors", {"steps": "0"})
    again = load_adaattn(tmp_path / "a.safetensors")
    assert again.config == network.config
    for name, value in network.state_dict().items():
        assert torch.allclose(again.state_dict()[name], value, atol=1e-3)
    (tmp_path / "b.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"b\.safetensors"):
        load_adaattn(tmp_path / "b.safetensors")


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{i}.png" for i in range(3)]
    for i, file in enumerate(files):
        write_picture(file, noise(40 + 9 * i, 50, seed=i))
    return files


def trainer(pictures: list[Path]) -> Trainer:
    return Trainer(small(), StyleObjective(pictures, pictures[1:], 32, 1), SCHEDULE, seed=5)


def test_crops_have_one_size(pictures: list[Path]) -> None:
    objective = StyleObjective(pictures, pictures, 48, 1)
    generator = torch.Generator().manual_seed(0)
    assert all(objective.crop(pictures, generator).shape == (3, 48, 48) for _ in range(12))


def test_training_lowers_the_loss_and_resumes_exactly(pictures: list[Path], tmp_path: Path) -> None:
    def go(one: Trainer, steps: int) -> Trainer:
        # progress, and so the learning rate, is of the whole run
        run(one, steps=steps, minutes=None, checkpoint=tmp_path / "s.state", log=tmp_path / "log.jsonl")
        return one

    whole = trainer(pictures)
    model = whole.model
    assert isinstance(model, AdaAttN)
    before = batch_losses(model, *pair())["moments"]
    for step in range(8):
        whole.train_step(step / 8)
    after = batch_losses(model, *pair())["moments"]
    assert after < before
    half = trainer(pictures)
    for step in range(4):
        half.train_step(step / 8)
    half.save(tmp_path / "half.state")
    resumed = trainer(pictures)
    resumed.restore(tmp_path / "half.state")
    go(resumed, 8)
    assert resumed.step == 8
    for name, value in whole.model.state_dict().items():
        assert torch.allclose(value, resumed.model.state_dict()[name], atol=1e-5), name


@pytest.mark.parametrize(("side", "batch"), [(16, 1), (32, 0)])
def test_objective_refuses(pictures: list[Path], side: int, batch: int) -> None:
    with pytest.raises(ValueError, match=str(side)):
        StyleObjective(pictures, pictures, side, batch)
    with pytest.raises(ValueError, match="0 and 3"):
        StyleObjective([], pictures, 64, 1)


def look(styles: int = 2, halved: bool = False, **how: Any) -> NetworkTransform:
    """In full precision: half of it makes visible differences of invisible ones, on processors that have it."""
    network = small()
    return NetworkTransform(lambda device: network, [noise(30, 20), noise(1, 1)][:styles], halved=halved, **how)


@pytest.mark.parametrize("size", [(40, 60), (700, 500), (1, 1), (3, 90)])
def test_a_network_transfers_to_pictures_of_any_size(size: tuple[int, int]) -> None:
    parts: list[tuple[int, int]] = []
    with torch.no_grad():
        made = look()(noise(*size), lambda *part: parts.append(part))
    assert made.shape == (3, *size)
    assert 0 <= made.min() <= made.max() <= 1
    assert parts == [(i, 5) for i in range(1, 6)]


@torch.no_grad()
@pytest.mark.parametrize("attentive", [True, False])
def test_half_precision_is_enough(attentive: bool) -> None:
    content = noise(64, 96)
    whole, halved = (look(halved=halved, attentive=attentive)(content) for halved in (False, True))
    assert (whole - halved).abs().mean() < 1 / 255
    assert halved.dtype == torch.float32


@torch.no_grad()
def test_styles_are_worked_out_once() -> None:
    one, parts = look(), []
    first = one(noise(40, 60))
    again = one(noise(40, 60), lambda *part: parts.append(part[0]))
    assert torch.equal(first, again)
    assert parts == [3, 4, 5]


@torch.no_grad()
@pytest.mark.parametrize("attentive", [True, False])
def test_a_film_is_steadier_than_its_frames(attentive: bool) -> None:
    """Where a frame has not changed, the picture changes less than without the memory; the first frame is the same."""
    first = noise(64, 96)
    second = first.clone()
    second[:, :, 60:] = noise(64, 36, seed=5)
    film, plain = look(attentive=attentive, film=True), look(attentive=attentive)
    assert torch.allclose(film(first), plain(first), atol=1e-3)
    moved = [(one(second) - plain(first))[..., :32].abs().mean() for one in (film, plain)]
    assert moved[0] < 0.7 * moved[1]


def test_a_film_follows_what_changes() -> None:
    """A place that has nothing in common with the last frame keeps nothing of it."""
    memory, generator = Memory(), torch.Generator().manual_seed(0)
    features = [torch.rand(1, 8, 6, 6, generator=generator)]
    found = [Statistics(torch.zeros(1, 4, 6, 6), torch.ones(1, 4, 6, 6))]
    memory.steadied(features, found)
    changed = features[0].clone()
    changed[..., 3:] = 5 * torch.rand(1, 8, 6, 3, generator=generator)
    now = memory.steadied([changed], [Statistics(torch.ones(1, 4, 6, 6), torch.ones(1, 4, 6, 6))])[1][0].mean
    assert (now[..., :3] < 0.3).all()
    assert (now[..., 3:] > 0.9).all()


@torch.no_grad()
def test_a_frame_of_another_size_begins_a_new_film() -> None:
    film, plain = look(film=True), look()
    film(noise(64, 96))
    assert torch.allclose(film(noise(40, 50)), plain(noise(40, 50)), atol=1e-3)


def test_methods_are_offered_as_their_network_is_there() -> None:
    assert list(METHODS) == ["palette", "fast", "adaattn", "lapstyle"]
    assert [name for name, method in METHODS.items() if method.needs == ADAATTN_WEIGHTS] == list(METHODS)[1:]
    assert ADAATTN_WEIGHTS.is_file()


def test_train_style_writes_a_network(pictures: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = pictures[0].parent
    out = folder / "runs" / "style.safetensors"
    argv = ["train-style", "--pictures", str(folder), "--steps", "1", "--side", "32", "--batch", "1", "--out", str(out)]
    assert main([*argv, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == "1"
    assert load_adaattn(out).config == AdaAttN().config
    assert main([*argv[:4], "2", *argv[5:], "--resume", str(out.with_suffix(".state"))]) == 0
    assert main([*argv, "--resume", str(folder / "missing.state")]) == 2
    assert "missing.state" in capsys.readouterr().err
