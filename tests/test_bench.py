"""The bench measures what was painted, prints it, and its baselines are honest and repeatable."""

from __future__ import annotations

import argparse
import json
import math
import pickle
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks import borders, speed  # noqa: E402
from benchmarks import lpips as lpips_script  # noqa: E402
from benchmarks.fifty_lines import paint_classical  # noqa: E402
from painter_core import painting as painting_module  # noqa: E402
from painter_core.bench import memory  # noqa: E402
from painter_core.bench.command import Album, distinct  # noqa: E402
from painter_core.bench.modes import FastMode, ModeOptions, Painting, PaperMode, make_modes  # noqa: E402
from painter_core.bench.report import Setting, gains_table, markdown  # noqa: E402
from painter_core.bench.suite import Subject, as_json, find_pictures, means, run_suite  # noqa: E402
from painter_core.cli import main  # noqa: E402
from painter_core.metrics import psnr  # noqa: E402
from painter_core.paper import paint_paper  # noqa: E402
from painter_core.pictures import write_picture  # noqa: E402
from painter_core.predictor.checkpoint import save_predictor  # noqa: E402
from painter_core.predictor.compact import CompactConfig, CompactPredictor  # noqa: E402
from painter_core.raster import render  # noqa: E402
from painter_core.strokes import Strokes  # noqa: E402


def picture(height: int = 48, width: int = 64, seed: int = 0) -> Tensor:
    """A smooth picture with some structure."""
    cells = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(cells, (height, width), mode="bilinear")[0]


class FakeMode:
    """Paints by adding an error that halves with every doubling of the budget; counts what it was asked for."""

    name = "fast"
    about = "a fake"

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Painting]:
        self.asked.append(tuple(budgets))
        for budget in budgets:
            marks = torch.full((budget, 2), 4.0)
            strokes = Strokes.build(marks, marks * torch.tensor([2.0, 1.0]), torch.zeros(budget),
                                    torch.zeros(budget, 3), canvas=tuple(picture.shape[1:]))  # fmt: skip
            yield Painting(budget, picture + 1 / budget, strokes, 0.5)


@pytest.fixture(scope="module")
def predictor_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small untrained network."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CompactPredictor(CompactConfig(width=16, heads=2, layers=1, mlp=16))
    file = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_predictor(model, file, {})
    return str(file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures to paint."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_picture(folder / "a.png", picture())
    write_picture(folder / "b.png", picture(70, 40, seed=1))
    return folder


def test_every_painting_is_measured_and_the_first_warms_up() -> None:
    subjects = [Subject("a", picture() * 0.5, False), Subject("b", picture(seed=1) * 0.5, True)]
    mode = FakeMode()
    records = list(run_suite(subjects, [mode], (10, 100), lambda canvas, picture: 0.25))
    assert mode.asked == [(10,), (10, 100), (10, 100)]
    assert [(record.picture, record.budget, record.strokes) for record in records] == [
        ("a", 10, 10), ("a", 100, 100), ("b", 10, 10), ("b", 100, 100),
    ]  # fmt: skip
    for record in records:
        assert record.psnr == pytest.approx(20 * math.log10(record.budget), abs=1e-3)
        assert record.l1 == pytest.approx(1 / record.budget, rel=1e-4)
        assert (record.lpips, record.seconds, record.elongation) == (0.25, 0.5, 2)
    ten, hundred = means(records)
    assert (ten.budget, hundred.budget) == (10, 100)
    assert hundred.psnr == pytest.approx(40, abs=1e-3)


def test_what_cannot_be_measured_is_null_in_json() -> None:
    tiny = Subject("tiny", torch.full((3, 4, 4), 0.5), False)
    (record,) = run_suite([tiny], [FakeMode()], (10,), lambda canvas, picture: None)
    values = json.loads(json.dumps(as_json(record), allow_nan=False))
    assert values["ssim"] is None
    assert values["lpips"] is None
    assert values["strokes"] == 10


def test_report_names_predictors_and_has_published_figures() -> None:
    class Paper(FakeMode):
        name = "paper"
        about = "predictor 'paper-compact'"

        def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Painting]:
            for painting in super().paintings(picture, budgets):
                yield Painting(painting.budget, picture + 2 / painting.budget, painting.strokes, 5.0)

    modes = [FakeMode(), Paper()]
    subjects = [Subject("bingbing", picture() * 0.5, True)]
    records = list(run_suite(subjects, modes, (10,), lambda canvas, picture: None))
    report = markdown(records, modes, Setting(1, 1, 512, "cpu", 1, "none"))
    for text in ("paper-compact", "19.55 / 0.0799", "18.58 / .552 / .556", "+6.02 dB", "10.0 x"):
        assert text in report
    assert gains_table(records[:1]) == ""


def test_paper_stops_after_the_first_level_that_reaches_the_budget(predictor_file: str) -> None:
    mode = PaperMode(ModeOptions(paper_predictor=predictor_file))
    target = picture(64, 64)
    strokes, canvas = paint_paper(target, mode.predictor)
    counts = [int((strokes.layer <= level).sum()) for level in range(int(strokes.layer.max()) + 1)]
    budgets = (1, counts[0] + 1, len(strokes), 10 * len(strokes))
    paintings = list(mode.paintings(target, budgets))
    assert [painting.budget for painting in paintings] == list(budgets)
    for painting, budget in zip(paintings, budgets, strict=True):
        assert len(painting.strokes) == next((count for count in counts if count >= budget), len(strokes))
    assert torch.equal(paintings[-1].canvas, canvas)
    assert not torch.equal(paintings[0].canvas, canvas)
    assert paintings[0].seconds <= paintings[-1].seconds


def test_fast_paints_with_the_brush_and_budget_it_was_given(predictor_file: str) -> None:
    mode = FastMode(ModeOptions(brush="flat", predictor=predictor_file))
    five, twenty = mode.paintings(picture(), (5, 20))
    assert len(five.strokes) <= 5
    assert len(twenty.strokes) <= 20
    assert torch.equal(five.canvas, render(five.strokes, brush="flat"))


def test_unknown_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown mode magic"):
        make_modes(["magic"], ModeOptions())


def test_pictures_are_found_in_order_and_named_apart(folder: Path) -> None:
    assert [file.name for file in find_pictures(folder)] == ["a.png", "b.png"]
    assert [file.name for file in find_pictures(folder, 1)] == ["a.png"]
    subject = Subject("a", picture(), False)
    assert [one.name for one in distinct([subject, subject, Subject("b", picture(), False)])] == ["a", "a_2", "b"]
    with pytest.raises(ValueError, match="no folder"):
        find_pictures(folder / "nothing")


def test_peak_memory_sees_a_large_allocation() -> None:
    counted = memory.forget_peak()
    before = memory.peak_mib()
    assert before > 0
    block = np.ones(64 << 20, dtype=np.uint8)
    after = memory.peak_mib()
    assert after >= before + (48 if counted else 0)
    del block


def test_contact_sheet_shows_all_paintings_at_full_size(tmp_path: Path) -> None:
    subjects = [Subject("a", picture(), False), Subject("b", picture(70, 40), False)]
    album = Album(tmp_path, subjects)
    mode = FakeMode()
    for subject in subjects:
        for painting in mode.paintings(subject.pixels, (10, 20)):
            album.keep(subject, mode, painting)
    album.finish("# report\n", {"means": []})
    with Image.open(tmp_path / "sheet_1.png") as sheet:
        assert sheet.width >= 3 * 64
        assert sheet.height >= 48 + 70
        original = np.asarray(Image.open(tmp_path / "originals" / "a.png"))
        rows = np.asarray(sheet)[:, :64]
        assert any(np.array_equal(rows[top : top + 48], original) for top in range(sheet.height - 48))
    assert json.loads((tmp_path / "results.json").read_text()) == {"means": []}


def without_times(result: dict) -> dict:
    for record in (*result["means"], *result["paintings"]):
        for name in ("seconds", "peak_mib"):
            record.pop(name)
    return result


def test_the_command_paints_measures_and_repeats(
    folder: Path, tmp_path: Path, predictor_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["bench", "--images", str(folder), "--budgets", "8,20", "--modes", "fast,paper,classical",
                 "--predictor", predictor_file, "--paper-predictor", predictor_file, "--lpips", "none",
                 "--size", "48", "--device", "cpu"]  # fmt: skip
    results = []
    for more in (["--json", "--out", str(tmp_path / "out")], ["--json"]):
        assert main([*arguments, *more]) == 0
        results.append(without_times(json.loads(capsys.readouterr().out)))
    assert results[0] == results[1]
    assert len(results[0]["paintings"]) == 2 * 3 * 2
    classical = [record for record in results[0]["paintings"] if record["mode"] == "classical"]
    assert [record["strokes"] for record in classical] == [8, 20, 8, 20]
    assert (tmp_path / "out" / "report.md").read_text().count("| fast |") == 2
    assert Image.open(tmp_path / "out" / "paintings" / "a_fast_8.png").size == (48, 36)
    assert main(arguments) == 0
    assert "| classical | 20 | 20 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--modes", "fast,magic"], "magic"),
        (["--budgets", "0"], "from 1"),
        (["--budgets", "many"], "many"),
        (["--images", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_bad_arguments_end_with_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--modes", "classical", *arguments]) == 2
    captured = capsys.readouterr()
    assert reason in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize("size", [(96, 128), (7, 120), (1, 1)])
def test_classical_painter_keeps_its_budget_at_any_size(size: tuple[int, int]) -> None:
    target = picture(*size)
    strokes = paint_classical(target, 40)
    assert len(strokes) == 40 or size == (1, 1)
    assert strokes.canvas == size
    for name in ("center", "size", "color"):
        assert torch.equal(getattr(strokes, name), getattr(paint_classical(target, 40), name))


def test_classical_painter_is_nearer_with_more_strokes() -> None:
    target = picture(128, 160)
    nothing = target.mean(dim=(1, 2), keepdim=True).expand_as(target)
    values = [psnr(nothing, target)]
    values += [psnr(render(paint_classical(target, count, brush="flat"), brush="flat"), target) for count in (30, 400)]
    assert values == sorted(values)
    assert values[-1] > values[0] + 3


def test_speed_accounts_for_all_of_the_time(
    folder: Path, predictor_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("render", "refit_colors"):  # what the script puts in their place goes again
        monkeypatch.setattr(painting_module, name, getattr(painting_module, name))
    options = argparse.Namespace(image=folder / "a.png", size=48, strokes=10, brush="flat", predictor=predictor_file)
    result = speed.measure(options)
    assert result["strokes"] <= 10
    assert result["network"] + result["canvas"] + result["accept"] == pytest.approx(result["second"])
    assert min(result[part] for part in ("network", "canvas", "accept", "load", "peak_mib")) > 0


def test_borders_of_a_flat_picture_do_not_show(
    folder: Path, predictor_file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(borders, "SIDE", 64)
    monkeypatch.setattr(borders, "PATCHES", (16, 32))
    monkeypatch.setattr(borders, "GRADIENTS", 4)
    arguments = ["--images", str(folder), "--limit", "1", "--strokes", "12", "--predictor", predictor_file, "--json"]
    assert borders.main(arguments) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["patches"] == [16, 32]
    assert result["ratios"]["flat, painting (1)"] == [1, 1]
    assert result["ratios"]["gradient, picture itself (4)"] == pytest.approx([1, 1], abs=1e-2)
    assert len(result["ratios"]["photo, painting (1)"]) == 2


@pytest.fixture
def lpips_weights(tmp_path: Path) -> Path:
    """Random weights of the right shapes for the smaller network."""
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(0)
    channels = (3, 64, 192, 384, 256, 256)
    sides = (11, 5, 3, 3, 3)
    weights = {}
    for index, side in enumerate(sides):
        shape = (channels[index + 1], channels[index], side, side)
        weights[f"conv{index}.weight"] = torch.randn(shape, generator=generator) / (channels[index] * side**2) ** 0.5
        weights[f"conv{index}.bias"] = torch.zeros(channels[index + 1])
        weights[f"head{index}"] = torch.rand(1, channels[index + 1], 1, 1, generator=generator)
    save_file(weights, tmp_path / "alex.safetensors")
    return tmp_path


def test_lpips_is_a_distance(lpips_weights: Path) -> None:
    a, b = picture(64, 80), picture(64, 80, seed=1)
    near = a + 0.05 * (b - a)
    assert lpips_script.available("alex", lpips_weights)
    assert lpips_script.lpips(a, a, "alex", lpips_weights) == 0
    far = lpips_script.lpips(a, b, "alex", lpips_weights)
    assert far == pytest.approx(lpips_script.lpips(b, a, "alex", lpips_weights), rel=1e-5)
    assert 0 < lpips_script.lpips(a, near, "alex", lpips_weights) < far
    with pytest.raises(ValueError, match="32"):
        lpips_script.lpips(a[:, :20], b[:, :20], "alex", lpips_weights)


def test_weights_are_read_without_running_code() -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (print, ("running",))

    arrays = {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}
    read = lpips_script.read_arrays(pickle.dumps(arrays))
    assert np.array_equal(read["kernel"], arrays["kernel"])
    with pytest.raises(pickle.UnpicklingError, match="print"):
        lpips_script.read_arrays(pickle.dumps({"kernel": Evil()}))
