"""Training: synthesis, matching, losses, recipes, resuming."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from painter_core.cli import main
from painter_core.predictor.checkpoint import load_predictor, read_metadata
from painter_core.predictor.compact import CompactConfig, CompactPredictor
from painter_core.rendering.raster import render
from painter_core.strokes import Strokes
from painter_core.training.crops import CropPool, windows
from painter_core.training.loop import Schedule, Trainer, run
from painter_core.training.matching import match, moments, squared_wasserstein
from painter_core.training.paper_recipe import PaperConfig, PaperTraining
from painter_core.training.patches import composite, coverage, draw, helpful, visible_colors, visible_weights
from painter_core.training.recipes import RECIPES, untrained
from painter_core.training.selftrain import SelfTraining, SelfTrainingConfig, set_losses
from painter_core.training.start import start_from
from painter_core.training.synthesis import SynthesisConfig, SyntheticBatch, random_marks, synthesise

SMALL = CompactConfig(width=32, heads=2, layers=1, mlp=32)
SMALL_CURVED = dataclasses.replace(SMALL, most_bend=2.0, most_taper=0.8)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def photographs(tmp_path):
    """A few pictures to cut crops from."""
    rng = np.random.default_rng(0)
    paths = []
    for index in range(3):
        coarse = Image.fromarray(rng.integers(0, 255, (5, 7, 3), dtype=np.uint8))
        coarse.resize((210, 150), Image.Resampling.BICUBIC).save(tmp_path / f"{index}.png")
        paths.append(tmp_path / f"{index}.png")
    return paths


def small_objective(photographs, marks=SynthesisConfig()):  # noqa: B008
    config = SelfTrainingConfig(synthetic=4, roots=3, children=6, marks=marks)
    return SelfTraining(CropPool(photographs, 60, 32, 0), config)


# -- drawing on patches ---------------------------------------------------------------------------------------------


def test_coverage_is_the_mark_it_says():
    marks = torch.tensor([[[0.5, 0.5, 0.6, 0.3, 0.0], [0.5, 0.5, 0.6, 0.3, math.pi / 2]]])
    level, upright = coverage(marks, 64)[0].view(2, 64, 64)
    assert torch.allclose(level, upright.T, atol=1e-5)
    assert float(level.sum()) == pytest.approx(0.6 * 0.3 * 64**2, rel=0.03)
    assert float(level[32, 32 - 17]) > 0.9
    assert float(level[32 - 12, 32]) < 0.1


def test_compositing_is_over_in_order():
    g = generator(1)
    cover, colors = torch.rand(4, 5, 16, generator=g), torch.rand(4, 5, 3, generator=g)
    canvas = torch.rand(4, 3, 16, generator=g)
    expected = canvas
    for index in range(5):
        a = cover[:, index, None]
        expected = a * colors[:, index, :, None] + (1 - a) * expected
    weights, through = visible_weights(cover)
    assert torch.allclose(composite(weights, through, colors, canvas), expected, atol=1e-5)
    assert torch.allclose(weights.sum(1) + through, torch.ones(4, 16), atol=1e-5)


def test_colors_come_from_the_visible_part():
    target = torch.zeros(1, 3, 8)
    target[..., 4:] = 1
    cover = torch.zeros(1, 2, 8)
    cover[0, 0] = 1
    cover[0, 1, :4] = 1  # hides the dark half of the first mark
    colors = visible_colors(visible_weights(cover)[0], target)
    assert torch.allclose(colors[0, 0], torch.ones(3), atol=1e-3)
    assert torch.allclose(colors[0, 1], torch.zeros(3), atol=1e-3)


def test_only_marks_that_help_are_drawn():
    target, canvas = torch.zeros(1, 3, 64), torch.zeros(1, 3, 64)
    target[..., :32] = 1
    cover = torch.zeros(1, 3, 64)
    cover[0, 0, :32] = 1  # just right
    cover[0, 1, :32] = 1  # nothing left to do
    cover[0, 2] = 1  # would ruin it
    assert helpful(cover, target, canvas, 0.01).tolist() == [[1, 0, 0]]


def test_gradients_pull_a_mark_to_its_place():
    wanted = torch.tensor([[[0.5, 0.5, 0.5, 0.2, 0.4]]])
    canvas = torch.zeros(1, 3, 32, 32)
    weights, through = visible_weights(coverage(wanted, 32))
    target = composite(weights, through, torch.ones(1, 1, 3), canvas.flatten(2)).view_as(canvas)
    marks = torch.tensor([[[0.46, 0.53, 0.5, 0.2, 0.3]]], requires_grad=True)
    optimizer = torch.optim.Adam([marks], 0.01)
    for _ in range(80):
        optimizer.zero_grad()
        (draw(coverage(marks, 32), torch.ones(1, 1), target, canvas) - target).square().mean().backward()
        optimizer.step()
    assert torch.allclose(marks.detach(), wanted, atol=0.03)


def test_curved_coverage_is_what_the_rasteriser_draws():
    marks = torch.tensor([[[0.5, 0.45, 0.7, 0.2, 0.6, 1.4, 0.5], [0.45, 0.5, 0.6, 0.15, 2.5, -0.9, -0.6]]])
    size = 128
    for mark, cover in zip(marks[0], coverage(marks, size)[0].view(2, size, size), strict=True):
        center, extent, angle, bend, taper = mark.split([2, 2, 1, 1, 1])
        stroke = Strokes.build(
            center[None] * size, extent[None] * size, angle, torch.ones(1, 3), canvas=(size, size), ground=(0, 0, 0),
            bend=bend, taper=taper, brushes=("flat",),
        )  # fmt: skip
        drawn = render(stroke)[0]
        both = torch.minimum(cover, drawn).sum() / torch.maximum(cover, drawn).sum()
        assert float(both) > 0.9


def test_marks_without_bend_and_taper_are_the_straight_ones():
    straight = random_marks((4, 8), SynthesisConfig(), generator(12))
    curved = torch.cat([straight, torch.zeros(4, 8, 2)], -1)
    assert torch.allclose(coverage(curved, 32), coverage(straight, 32), atol=2e-4)
    assert torch.allclose(moments(curved)[..., :5], moments(straight))
    assert (moments(curved)[..., 5:] == 0).all()


# -- synthesis ------------------------------------------------------------------------------------------------------


def test_synthesis_reaches_the_edges_and_repeats_by_seed():
    first, again = (synthesise(64, 8, 32, SynthesisConfig(), generator(3)) for _ in range(2))
    assert torch.equal(first.target, again.target)
    changed = ((first.target - first.canvas).abs().sum(1) > 0.05).float().mean(0)
    rim = torch.cat([changed[0], changed[-1], changed[:, 0], changed[:, -1]]).mean()
    assert float(rim) > 0.4 * float(changed[12:20, 12:20].mean())
    assert float(first.canvas.mean()) == pytest.approx(0.5, abs=0.05)


def test_the_present_marks_make_the_target():
    batch = synthesise(32, 8, 32, SynthesisConfig(), generator(4))
    assert batch.present.any(1).all()
    untouched = ~batch.present.any(1)
    assert not untouched.any()
    weights, _ = visible_weights(coverage(batch.marks, 32) * batch.present[..., None])
    outside = weights.sum(1).view(32, 1, 32, 32) < 1e-3
    same = (batch.target - batch.canvas).abs() < 2e-3
    assert same[outside.expand_as(same)].all()


def test_random_marks_have_one_description():
    marks = random_marks((500, 8), SynthesisConfig(), generator(5))
    assert (marks[..., 2] >= marks[..., 3]).all()
    assert marks[..., 4].min() >= 0
    assert marks[..., 4].max() < math.pi


# -- matching -------------------------------------------------------------------------------------------------------


def test_matching_finds_a_permutation():
    marks = random_marks((6, 8), SynthesisConfig(), generator(6))
    order = torch.stack([torch.randperm(8, generator=generator(i)) for i in range(6)])
    shuffled = torch.gather(marks, 1, order[..., None].expand_as(marks))
    present = torch.ones(6, 8, dtype=torch.bool)
    present[0, 3:] = False
    cost = (moments(shuffled)[:, :, None] - moments(marks)[:, None]).abs().sum(-1)
    sample, predicted, true = match(cost, present)
    assert len(sample) == int(present.sum())
    assert torch.equal(order[sample, predicted], true)


def test_distances_do_not_see_half_turns_or_swapped_sides():
    marks = random_marks((1, 50), SynthesisConfig(), generator(7))[0]
    turned = marks + torch.tensor([0, 0, 0, 0, math.pi])
    swapped = torch.stack([marks[:, 0], marks[:, 1], marks[:, 3], marks[:, 2], marks[:, 4] + math.pi / 2], -1)
    for other in (turned, swapped):
        assert torch.allclose(moments(marks), moments(other), atol=1e-5)
        assert float(squared_wasserstein(marks, other).max()) < 1e-4


def test_moments_of_curved_marks_do_not_see_from_which_end_they_are_seen():
    marks = random_marks((1, 50), SynthesisConfig(bend=1.6, taper=0.6), generator(7))[0]
    assert marks.shape == (50, 7)
    turned = marks * torch.tensor([1, 1, 1, 1, 1, -1, -1]) + torch.tensor([0, 0, 0, 0, math.pi, 0, 0])
    assert torch.allclose(moments(marks), moments(turned), atol=1e-5)
    other = marks * torch.tensor([1, 1, 1, 1, 1, -1, 1])
    assert float((moments(marks) - moments(other)).abs().max()) > 0.1


def test_squared_wasserstein_agrees_with_its_definition():
    from scipy.linalg import sqrtm

    a, b = random_marks((2, 20), SynthesisConfig(), generator(8)).double()

    def covariance(mark):
        _, _, length, width, angle = mark.tolist()
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        return turn @ np.diag([length**2 / 4, width**2 / 4]) @ turn.T

    for first, second in zip(a, b, strict=True):
        s1, s2 = covariance(first), covariance(second)
        root = sqrtm(s1)
        expected = float((first[:2] - second[:2]).square().sum())
        expected += np.trace(s1 + s2 - 2 * sqrtm(root @ s2 @ root)).real
        assert float(squared_wasserstein(first, second)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("curved", [False, True])
def test_a_perfect_prediction_costs_nothing(curved):
    config = SynthesisConfig(bend=1.0, taper=0.5) if curved else SynthesisConfig()
    batch = synthesise(5, 8, 32, config, generator(9))
    logit = torch.where(batch.present, 20.0, -20.0)
    losses = set_losses(batch.marks, logit, batch, 2.0)
    assert all(float(loss) < 1e-3 for loss in losses)
    worse = set_losses(batch.marks.roll(1, 0), logit, batch, 2.0)
    assert all(float(w) > float(p) for w, p in zip(worse, losses, strict=True))
    assert isinstance(batch, SyntheticBatch)


# -- the paper's recipe ---------------------------------------------------------------------------------------------


def test_paper_data_has_the_published_statistics():
    training = PaperTraining(PaperConfig(batch=256))
    model = untrained(RECIPES["paper"], 0)
    data = training.synthesise(model, generator(10))
    black = (data.canvas.sum(1) < 1e-3).float().mean()
    assert 0.4 < float(black) < 0.75  # measured on the public code: 0.6
    assert 6.3 < float(data.present.float().sum(1).mean()) < 7.6  # 6.99
    changed = ((data.target - data.canvas).abs().sum(1) > 0.02).float().mean(0)
    assert float(changed[-1].mean()) < 0.1  # the bottom edge is hardly ever painted
    assert float(changed.mean()) == pytest.approx(0.30, abs=0.08)


@pytest.mark.parametrize("name", ["paper", "paper-compact"])
def test_paper_losses_train_either_network(name):
    model = untrained(RECIPES[name], 0)
    loss, terms = PaperTraining(PaperConfig(batch=4)).loss(model, 0.0, generator(11))
    loss.backward()
    assert set(terms) == {"pixel", "stroke", "wasserstein", "decision"}
    assert sum(terms.values()) == pytest.approx(float(loss.detach()), rel=1e-4)
    missing = [key for key, value in model.named_parameters() if value.grad is None]
    assert missing == []


def test_paper_schedule_steps_at_the_published_epochs():
    schedule = RECIPES["paper"].schedule
    factors = [schedule.factor((epoch + 0.5) / 220) for epoch in (0, 100, 204, 206, 211, 216)]
    assert factors == pytest.approx([1, 1, 1, 0.3, 0.09, 0.027])


# -- photographs ----------------------------------------------------------------------------------------------------


def test_crops_repeat_by_seed_and_stay_in_range(photographs):
    first, again = (CropPool(photographs, 40, 32, 0) for _ in range(2))
    assert torch.equal(first.crops, again.crops)
    drawn = first.draw(16, generator())
    assert drawn.shape == (16, 3, 64, 64)
    assert 0 <= float(drawn.min()) <= float(drawn.max()) <= 1
    with pytest.raises(ValueError, match="at least one picture"):
        CropPool([], 10, 32, 0)


def test_windows_are_cut_where_asked():
    pictures = torch.rand(2, 3, 10, 12)
    cut = windows(pictures, 4, torch.tensor([[0, 1], [6, 8]]))
    assert torch.equal(cut[0], pictures[0, :, 0:4, 1:5])
    assert torch.equal(cut[1], pictures[1, :, 6:10, 8:12])


# -- the loop -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [SMALL, SMALL_CURVED])
def test_training_lowers_the_loss(photographs, config):
    torch.manual_seed(0)
    marks = SynthesisConfig(bend=config.most_bend, taper=config.most_taper)
    trainer = Trainer(CompactPredictor(config), small_objective(photographs, marks), Schedule(3e-3), 0)
    losses = [trainer.train_step(0.5)["loss"] for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.85 * np.mean(losses[:10])


def test_a_resumed_run_is_the_same_run(photographs, tmp_path):
    def trainer():
        torch.manual_seed(0)
        return Trainer(CompactPredictor(SMALL), small_objective(photographs), Schedule(), 0)

    def go(which, steps):
        run(which, steps=steps, minutes=None, checkpoint=tmp_path / "state", log=tmp_path / "log")

    whole = trainer()
    for step in range(6):
        whole.train_step(step / 6)
    first = trainer()
    for step in range(3):
        first.train_step(step / 6)
    first.save(tmp_path / "state")
    second = trainer()
    second.restore(tmp_path / "state")
    go(second, 6)
    assert second.step == 6
    for name, value in whole.model.state_dict().items():
        assert torch.allclose(value, second.model.state_dict()[name], atol=1e-6)
        assert torch.allclose(whole.average[name], second.average[name], atol=1e-6)


def test_an_interrupted_run_keeps_its_state(photographs, tmp_path):
    trainer = Trainer(CompactPredictor(SMALL), small_objective(photographs), Schedule(), 0)

    def stop(step, progress, terms):
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(trainer, steps=9, minutes=None, checkpoint=tmp_path / "state", log=tmp_path / "log", on_step=stop)
    again = Trainer(CompactPredictor(SMALL), small_objective(photographs), Schedule(), 0)
    again.restore(tmp_path / "state")
    assert again.step == 2


def test_training_starts_from_straight_marks():
    torch.manual_seed(0)
    straight, curved = CompactPredictor(SMALL), CompactPredictor(SMALL_CURVED)
    start_from(curved, straight)
    patches = torch.rand(2, 3, 3, 32, 32, generator=generator(13))
    (marks, logit), (before, logit_before) = (model(*patches) for model in (curved, straight))
    assert torch.allclose(marks[..., :5], before, atol=1e-6)
    assert torch.allclose(logit, logit_before, atol=1e-5)
    assert (marks[..., 5:] == 0).all()
    with pytest.raises(ValueError, match="other sizes"):
        start_from(straight, curved)
    with pytest.raises(ValueError, match="other sizes"):
        start_from(CompactPredictor(dataclasses.replace(SMALL, width=64)), straight)
    with pytest.raises(ValueError, match="another architecture"):
        start_from(CompactPredictor(dataclasses.replace(SMALL, layers=2)), straight)
    with pytest.raises(ValueError, match="another architecture"):
        start_from(straight, untrained(RECIPES["paper"], 0))


def test_states_that_do_not_fit_are_refused(photographs, tmp_path):
    trainer = Trainer(CompactPredictor(SMALL), small_objective(photographs), Schedule(), 0)
    trainer.save(tmp_path / "state")
    other = Trainer(CompactPredictor(), small_objective(photographs), Schedule(), 0)
    with pytest.raises(ValueError, match="cannot resume"):
        other.restore(tmp_path / "state")
    (tmp_path / "state").write_bytes(b"torn")
    with pytest.raises(ValueError, match="cannot resume"):
        trainer.restore(tmp_path / "state")
    with pytest.raises(ValueError, match="steps or minutes"):
        run(trainer, steps=None, minutes=None, checkpoint=tmp_path / "s", log=tmp_path / "l")


def test_the_command_trains_saves_and_resumes(tmp_path, capsys):
    out = tmp_path / "mine.safetensors"
    arguments = ["train", "--config", "paper-compact", "--out", str(out), "--json"]
    assert main([*arguments, "--steps", "2"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["steps"] == "2"
    assert main([*arguments, "--steps", "3", "--resume", report["state"]]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == "3"
    predictor = load_predictor(out)
    marks, logit = predictor.predict(torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32))
    assert marks.shape == (2, 8, 5)
    assert logit.shape == (2, 8)
    assert read_metadata(out)["recipe"] == "paper-compact"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--minutes", "0"], "--minutes must be more than 0"),
        (["--out", "x.pth"], ".safetensors"),
        (["--resume", "nowhere"], "no state file"),
        (["--resume", "nowhere", "--start-from", "compact"], "without --start-from"),
        (["--start-from", "nowhere"], "nowhere"),
        (["--pictures", "nowhere"], "nowhere"),
        (["--config", "huge"], "huge"),
    ],
)
def test_the_command_refuses_bad_arguments(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--steps", "1", *arguments] if "--minutes" not in arguments else ["train", *arguments]) == 2
    assert message in capsys.readouterr().err


# -- the network ----------------------------------------------------------------------------------------------------


def test_predictions_are_marks_and_do_not_depend_on_the_batch():
    model = untrained(RECIPES["compact"], 0).eval()
    target, canvas = torch.rand(2, 7, 3, 32, 32, generator=generator(12))
    with torch.no_grad():
        marks, logit = model.predict(target, canvas)
        permuted = model.predict(target.flip(0), canvas.flip(0))
        alone = model.predict(target[2:3], canvas[2:3])
    config = model.config
    assert (marks[..., 2] >= marks[..., 3]).all()
    assert (marks[..., 3] > 0).all()
    assert (marks[..., 2] <= config.length_range[1]).all()
    assert ((marks[..., 4] >= 0) & (marks[..., 4] < math.pi)).all()
    assert torch.allclose(marks.flip(0), permuted[0], atol=1e-4)
    assert torch.allclose(logit[2:3], alone[1], atol=1e-4)


def test_first_weights_depend_on_the_seed_alone():
    state = torch.random.get_rng_state()
    first, again, other = (untrained(RECIPES["compact"], seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert any(not torch.equal(value, other[name]) for name, value in first.items())


def test_a_larger_batch_is_asked_for_by_a_factor(tmp_path, capsys):
    command = ["train", "--config", "paper-compact", "--out", str(tmp_path / "large.safetensors"), "--json"]
    assert main([*command, "--steps", "1", "--batch-factor", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["samples"] == "128"
    assert json.loads(told["schedule"])["learning_rate"] == pytest.approx(1e-3 * math.sqrt(2))
    assert main([*command, "--steps", "1", "--batch-factor", "0"]) == 2
    config = SelfTrainingConfig()
    assert (config.times(3).children, config.times(3).coarse) == (3 * config.children, config.coarse)
