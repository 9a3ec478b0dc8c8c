"""AdaAttN: what its attention finds, and its training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from painter_core.cli import main
from painter_core.pictures import write_picture
from painter_core.style.adaattn import LAYERS, AdaAttN, attended, load_adaattn, normalized, save_adaattn, stacked
from painter_core.style.command import SCHEDULE
from painter_core.style.features import features
from painter_core.style.methods import METHODS
from painter_core.style.training import StyleObjective, pair_losses
from painter_core.style.working import NETWORK, transferred
from painter_core.training.loop import Trainer, run


def noise(*size: int, seed: int = 0) -> Tensor:
    return torch.rand(3, *size, generator=torch.Generator().manual_seed(seed))


def small(seed: int = 0) -> AdaAttN:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return AdaAttN(key_channels=8, width=4)


def test_attention_finds_what_is_alike() -> None:
    """Two kinds of places on both sides: each takes the mean of its own kind, whatever the order."""
    kind = torch.tensor([0, 1, 1, 0, 0, 1])
    key = torch.nn.functional.one_hot(kind, 2).T.float()[:, None] * 60
    value = (10 * kind + torch.tensor([1.0, -1.0, 1.0, -1.0, 0.0, 0.0]))[None, None]
    query = key.flip(2)
    own = torch.zeros(1, 1, 6)  # no contrast of its own: only means are seen
    found = attended(own, query, key, value)
    wanted = torch.stack([value[0, 0][kind == k].mean() for k in (0, 1)])[kind.flip(0)]
    assert torch.allclose(found[0, 0], wanted, atol=1e-3)


def test_with_even_attention_it_is_adain() -> None:
    """Without a difference between keys, every place gets the style's mean and deviation: Huang and Belongie, 2017."""
    own, value = noise(8, 8, seed=1), 3 * noise(6, 5, seed=2) + 1
    found = attended(own, torch.zeros(4, 8, 8), torch.zeros(4, 6, 5), value)
    assert torch.allclose(found.mean((1, 2)), value.mean((1, 2)), atol=1e-4)
    assert torch.allclose(found.std((1, 2), correction=0), value.std((1, 2), correction=0), rtol=1e-2)
    assert torch.allclose(normalized(found), normalized(own), atol=1e-2)


def test_queries_hold_all_shallower_layers() -> None:
    found = features(noise(32, 48), LAYERS)
    assert [tuple(stacked(found, depth).shape) for depth in LAYERS] == [
        (64, 32, 48), (192, 16, 24), (448, 8, 12), (960, 4, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "style"), [((32, 48), (64, 32)), ((33, 47), (16, 100)), ((16, 16), (16, 16))])
def test_pictures_of_any_size(content: tuple[int, int], style: tuple[int, int]) -> None:
    with torch.no_grad():
        made = small()(noise(*content), noise(*style, seed=1))
    assert made.shape == (3, *content)
    assert made.isfinite().all()


def test_every_weight_learns() -> None:
    network = small()
    losses = pair_losses(network, noise(32, 32), noise(32, 32, seed=1))
    sum(losses.values()).backward()
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
    before = pair_losses(whole.model, *[noise(32, 32, seed=i) for i in (8, 9)])["global"]
    for step in range(8):
        whole.train_step(step / 8)
    after = pair_losses(whole.model, *[noise(32, 32, seed=i) for i in (8, 9)])["global"]
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


@pytest.mark.parametrize("size", [(40, 60), (700, 500), (1, 1), (3, 90)])
def test_a_network_transfers_to_pictures_of_any_size(size: tuple[int, int]) -> None:
    parts: list[tuple[int, int]] = []
    with torch.no_grad():
        made = transferred(small(), noise(*size), [noise(30, 20), noise(1, 1)], lambda *part: parts.append(part))
    assert made.shape == (3, *size)
    assert 0 <= made.min() <= made.max() <= 1
    assert parts == [(1, 2), (2, 2)]


def test_the_method_is_offered_where_its_network_is() -> None:
    assert ("adaattn" in METHODS) == NETWORK.is_file()


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
