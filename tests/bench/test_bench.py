"""The bench measures what was painted, prints it, and its baselines are honest and repeatable."""

from __future__ import annotations

import dataclasses
import json
import math
import mmap
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sure import two
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks import borders, large, primitive, pruning, speed  # noqa: E402
from benchmarks import lpips as lpips_script  # noqa: E402
from benchmarks.fifty_lines import paint_classical  # noqa: E402
from painter_core.bench import memory  # noqa: E402
from painter_core.bench.album import keep_originals, keep_painting, write_album  # noqa: E402
from painter_core.bench.metrics import psnr  # noqa: E402
from painter_core.bench.modes import (  # noqa: E402
    FastMode,
    Mode,
    ModeOptions,
    PaperMode,
    RefineMode,
    Trial,
    can_refine,
    make_mode,
    make_modes,
    split_name,
)
from painter_core.bench.records import Record, as_json, from_json, means  # noqa: E402
from painter_core.bench.report import Setting, gains_table, markdown  # noqa: E402
from painter_core.bench.shards import Journal, tasks_of  # noqa: E402
from painter_core.bench.sheet import MOST_BYTES, Cell, write_sheets  # noqa: E402
from painter_core.bench.suite import (  # noqa: E402
    Subject,
    distinct,
    find_pictures,
    group_names,
    read_subjects,
    run_one,
    warm_up,
)
from painter_core.cli import main  # noqa: E402
from painter_core.files.pictures import write_picture  # noqa: E402
from painter_core.paper import paint_paper  # noqa: E402
from painter_core.predictor.checkpoint import save_predictor  # noqa: E402
from painter_core.predictor.compact import CompactConfig, CompactPredictor  # noqa: E402
from painter_core.rendering.raster import render  # noqa: E402
from painter_core.strokes import Strokes  # noqa: E402


def picture(height: int = 48, width: int = 64, seed: int = 0) -> Tensor:
    """A smooth picture with some structure."""
    cells = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(cells, (height, width), mode="bilinear")[0]


class FakeMode(Mode):
    """Paints by adding an error that halves with every doubling of the budget; counts what it was asked for."""

    name = "fast"
    about = "a fake"
    brush = "flat"
    only = None
    warms_up = True

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Trial]:
        self.asked.append(tuple(budgets))
        for budget in budgets:
            marks = torch.full((budget, 2), 4.0)
            strokes = Strokes.build(marks, marks * torch.tensor([2.0, 1.0]), torch.zeros(budget),
                                    torch.zeros(budget, 3), canvas=two(picture.shape[1:]))  # fmt: skip
            yield Trial(budget, picture + 1 / budget, strokes, 0.5)


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


def run_all(subjects: Sequence[Subject], modes: Sequence[FakeMode], budgets: Sequence[int]) -> list[Record]:
    return [record for mode in modes for subject in subjects for record in run_one(subject, mode, budgets, {})]


def test_every_painting_is_measured() -> None:
    subjects = [Subject("a", picture() * 0.5, False, "photos"), Subject("b", picture(seed=1) * 0.5, True, "paintings")]
    mode = FakeMode()
    prepared = []

    def prepare(picture: Tensor):
        prepared.append(picture)
        return lambda canvas: 0.25

    records = [r for subject in subjects for r in run_one(subject, mode, (10, 100), {"lpips_vgg": prepare})]
    assert len(prepared) == 2  # once a picture, not once a painting
    assert [(record.group, record.picture, record.budget, record.strokes) for record in records] == [
        ("photos", "a", 10, 10), ("photos", "a", 100, 100), ("paintings", "b", 10, 10), ("paintings", "b", 100, 100),
    ]  # fmt: skip
    for record in records:
        assert record.psnr == pytest.approx(20 * math.log10(record.budget), abs=1e-3)
        assert record.l1 == pytest.approx(1 / record.budget, rel=1e-4)
        assert (record.lpips_vgg, record.seconds, record.elongation) == (0.25, 0.5, 2)
        assert math.isnan(record.lpips)
    ten, hundred = means(records)
    assert (ten.budget, hundred.budget) == (10, 100)
    assert hundred.psnr == pytest.approx(40, abs=1e-3)
    assert [mean.group for mean in means(records, by_group=True)] == ["photos", "photos", "paintings", "paintings"]


def test_a_small_copy_warms_up() -> None:
    mode = FakeMode()
    warm_up(mode, picture(300, 200), (10, 100))
    assert mode.asked == [(10,)]


def test_what_has_no_structure_does_not_spoil_the_mean() -> None:
    (record,) = run_all([Subject("a", picture() * 0.5, False)], [FakeMode()], (10,))
    structured = dataclasses.replace(record, aligned=0.5)
    plain = dataclasses.replace(record, aligned=math.nan)
    assert means([structured, plain])[0].aligned == 0.5
    assert math.isnan(means([plain])[0].aligned)


def test_what_cannot_be_measured_is_null_in_json() -> None:
    tiny = Subject("tiny", torch.full((3, 4, 4), 0.5), False)
    (record,) = run_all([tiny], [FakeMode()], (10,))
    values = json.loads(json.dumps(as_json(record), allow_nan=False))
    assert values["ssim"] is None
    assert values["lpips"] is None
    assert values["strokes"] == 10
    again = from_json(values)
    assert math.isnan(again.ssim)
    assert again.psnr == record.psnr
    assert from_json(as_json(dataclasses.replace(record, psnr=math.inf))).psnr == math.inf


def test_report_names_predictors_and_has_published_figures() -> None:
    class Paper(FakeMode):
        name = "paper"
        about = "predictor 'paper-compact'"

        def paintings(self, picture: Tensor, budgets: Sequence[int]) -> Iterator[Trial]:
            for painting in super().paintings(picture, budgets):
                yield Trial(painting.budget, picture + 2 / painting.budget, painting.strokes, 5.0)

    modes = [FakeMode(), Paper()]
    subjects = [Subject("bingbing", picture() * 0.5, True)]
    records = run_all(subjects, modes, (10,))
    report = markdown(records, modes, Setting(1, 1, 512, "cpu", 1, "none"))
    for text in ("paper-compact", "19.55 / 0.0799", "18.58 / .552 / .556", "+6.02 dB", "10.0 x", "0.0705"):
        assert text in report
    assert "LPIPS VGG |" not in report.split("Difference")[0]  # nothing was measured
    assert gains_table(records[:1]) == ""


def test_paper_stops_after_the_first_level_that_reaches_the_budget(predictor_file: str) -> None:
    mode = PaperMode("paper", ModeOptions(paper_predictor=predictor_file))
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
    mode = FastMode("fast", ModeOptions(brush="flat", predictor=predictor_file))
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
    # not numpy's memory, which may be what another test has given back, and so held all the time
    with mmap.mmap(-1, 64 << 20) as block:
        for _ in range(64):
            block.write(bytes(1 << 20))
        after = memory.peak_mib()
    assert after >= before + (48 if counted else 0)


def test_contact_sheets_show_every_painting_and_stay_small(tmp_path: Path) -> None:
    subjects = [Subject("a", picture(), False, "one"), Subject("b", picture(70, 40), False, "two")]
    mode = FakeMode()
    keep_originals(tmp_path, subjects)
    records = []
    for subject in subjects:
        records += run_one(subject, mode, (10, 20), {}, lambda *kept: keep_painting(tmp_path, *named(kept)))
    files = write_album(tmp_path, subjects, records, (10, 20), "# report\n", {"means": []})
    assert [file.name for file in files] == ["sheet_one_1.jpg", "sheet_two_1.jpg"]
    with Image.open(files[0]) as sheet:
        assert sheet.width >= 2 * 64
        assert sheet.height >= 2 * 48
        original = np.asarray(Image.open(tmp_path / "originals" / "a.png"), dtype=np.float32)
        shown = np.asarray(sheet, dtype=np.float32)[32 : 32 + 48, 10 : 10 + 64]
        assert np.abs(shown - original).mean() < 3  # where it is laid, as far as JPEG keeps it
    assert json.loads((tmp_path / "results.json").read_text()) == {"means": []}


def named(kept: tuple[Subject, FakeMode, Trial]) -> tuple[Subject, str, Trial]:
    return kept[0], kept[1].name, kept[2]


def test_sheets_of_noise_are_split_until_they_are_small(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    row = [Cell(tmp_path / "noise.png", "noise")] * 8
    files = write_sheets(tmp_path, "sheet", ["picture"] * 8, [[row, row], [row, row], [[Cell(None, "-")] * 8]])
    assert len(files) > 1
    assert all(file.stat().st_size <= MOST_BYTES for file in files)


def test_modes_have_brushes_and_steps() -> None:
    assert split_name("fast") == ("fast", "", None)
    assert split_name("fast:flat") == ("fast", "flat", None)
    assert split_name("refine:flat:60") == ("refine", "flat", 60)
    assert split_name("refine:60") == ("refine", "", 60)
    for name in ("magic", "paper:oil", "fast:oil:60", "primitive:60"):
        with pytest.raises(ValueError, match="mode"):
            split_name(name)


def test_refine_paints_with_its_steps(predictor_file: str) -> None:
    options = ModeOptions(predictor=predictor_file, refine=7)
    if not can_refine():
        with pytest.raises(ValueError, match="no refinement"):
            make_mode("refine", options)
        return
    fast, refined = make_mode("fast:flat", options), make_mode("refine:flat:3", options)
    usual = make_mode("refine", options)
    assert isinstance(refined, RefineMode)
    assert isinstance(usual, RefineMode)
    assert (refined.steps, usual.steps) == (3, 7)
    assert "3 steps" in refined.about
    (before,), (after,) = (list(mode.paintings(picture(), (12,))) for mode in (fast, refined))
    assert psnr(after.canvas, picture()) >= psnr(before.canvas, picture())


def test_folders_are_groups_with_limits(tmp_path: Path) -> None:
    for folder, names in (("x/photos", "ab"), ("y/photos", "ac")):
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            write_picture(tmp_path / folder / f"{name}.png", picture())
    folders = [tmp_path / "x" / "photos", tmp_path / "y" / "photos"]
    assert group_names(folders) == ["x/photos", "y/photos"]
    assert group_names(folders[:1]) == ["photos"]
    subjects = read_subjects(folders, (2, 1), 32)
    assert [(subject.group, subject.name) for subject in subjects] == [
        ("x/photos", "a"), ("x/photos", "b"), ("y/photos", "a_2"),
    ]  # fmt: skip


def test_a_run_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    subjects = [Subject(name, picture() * 0.5, False, "photos") for name in "ab"]
    mode, setting = FakeMode(), {"size": 48}
    journal = Journal(tmp_path / "out", setting, resume=False)
    journal.add(run_one(subjects[0], mode, (10, 20), {}))
    journal.add(run_one(subjects[1], mode, (10,), {}))
    with open(journal.file, "a") as file:
        file.write('{"group": "photos", "pict')  # killed while it wrote
    again = Journal(tmp_path / "out", setting, resume=True)
    assert [as_json(record) for record in again.records] == [as_json(record) for record in journal.records]
    (task,) = tasks_of(subjects, [mode], (10, 20), again.records)
    assert (task.subject.name, task.budgets) == ("b", (20,))
    again.add(run_one(task.subject, mode, task.budgets, {}))
    assert len(Journal(tmp_path / "out", setting, resume=True).records) == 4
    with pytest.raises(ValueError, match="--resume"):
        Journal(tmp_path / "out", setting, resume=False)
    with pytest.raises(ValueError, match="size 48"):
        Journal(tmp_path / "out", {"size": 64}, resume=True)


def without_times(result: dict) -> dict:
    for record in (*result["means"], *result["means_of_groups"], *result["paintings"]):
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
    assert main([*arguments, "--limit", "1"]) == 0
    assert "| classical | 20 | 20 |" in capsys.readouterr().out


def test_two_processes_paint_the_same(
    folder: Path, tmp_path: Path, predictor_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["bench", "--images", str(folder), "--budgets", "8", "--modes", "fast", "--predictor", predictor_file,
                 "--lpips", "none", "--size", "48", "--device", "cpu", "--json",
                 "--out", str(tmp_path / "out")]  # fmt: skip
    results = []
    for more in (["--limit", "1"], ["--resume", "--jobs", "2"], ["--resume"]):
        assert main([*arguments, *more]) == 0
        results.append(without_times(json.loads(capsys.readouterr().out)))
    assert len(results[0]["paintings"]) == 1
    assert results[1]["paintings"][:1] == results[0]["paintings"]
    assert results[2]["paintings"] == results[1]["paintings"]
    assert len(results[1]["paintings"]) == 2
    assert len((tmp_path / "out" / "records.jsonl").read_text().splitlines()) == 1 + 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--modes", "fast,magic"], "magic"),
        (["--budgets", "0"], "from 1"),
        (["--budgets", "many"], "many"),
        (["--images", "/nowhere/at/all"], "/nowhere/at/all"),
        (["--images", "a,b", "--limit", "1,2,3"], "3 numbers for 2 folders"),
        (["--lpips", "alex,resnet"], "resnet"),
        (["--resume"], "--out"),
    ],
)
def test_bad_arguments_end_with_one_line(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--modes", "classical", *arguments]) == 2
    captured = capsys.readouterr()
    assert reason in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize("size", [(96, 128), (7, 120), (1, 1)])
def test_classical_painter_keeps_its_budget_at_any_size(size: tuple[int, int]) -> None:
    target = picture(*size)
    strokes = paint_classical(target, 40)
    assert len(strokes) == 40
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


def test_speed_measures_in_turns_and_keeps_what_it_has(
    folder: Path, predictor_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--image", str(folder / "a.png"), "--size", "48", "--strokes", "10", "--brush", "flat"]
    arguments += ["--predictor", predictor_file, "--runs", "1", "--threads", "1,2", "--refine", "1"]
    # the public code is not there: that is said, and nothing is lost
    assert speed.main([*arguments, "--profile", "--json", "--public-code", str(tmp_path)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert "failed" in result["public_code"]
    one, two = result["runs"]
    assert (one["threads"], two["threads"]) == ("1", "2")
    assert one["psnr"] == two["psnr"]
    assert 0 < one["strokes"] <= 10
    assert min(one[part] for part in ("first", "second", "load", "peak_mib")) > 0
    assert {"the network", "color and acceptance", "linearizing", "everything else"} <= one["stages"].keys()
    assert min(one["stages"].values()) > 0
    assert one["operator_calls"] >= sum(calls for _, calls, _ in one["operators"]) > 0


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


def test_reference_computes_the_original_once(lpips_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = picture(64, 80), picture(64, 80, seed=1)
    calls = []
    features = lpips_script._features
    monkeypatch.setattr(lpips_script, "_features", lambda *given: calls.append(1) or features(*given))
    reference = lpips_script.Reference(a, "alex", lpips_weights)
    assert reference.distance(b) == pytest.approx(reference.distance(b.clone()))
    assert reference.distance(a) == 0  # and what came before has not changed it
    assert len(calls) == 4
    with pytest.raises(ValueError, match="one size"):
        reference.distance(b[:, :40])


ELLIPSES = (
    '<svg width="64" height="48">\n<rect x="0" y="0" width="64" height="48" fill="#336699" />\n'
    '<g transform="scale(2.000000) translate(0.5 0.5)">\n'
    '<g transform="translate(10.500000 7.500000) rotate(90.000000) scale(6.000000 2.000000)">'
    '<ellipse fill="#ff0000" fill-opacity="0.501961" cx="0" cy="0" rx="1" ry="1" /></g>\n'
    '<g transform="translate(20.000000 9.000000) rotate(0.000000) scale(1.000000 5.000000)">'
    '<ellipse fill="#00ff00" fill-opacity="0.501961" cx="0" cy="0" rx="1" ry="1" /></g>\n</g></svg>'
)


def test_ellipses_of_primitive_become_strokes() -> None:
    strokes = primitive.read_ellipses(ELLIPSES, (48, 64))
    assert strokes.center.tolist() == [[22, 16], [41, 19]]
    assert strokes.size.tolist() == [[24, 8], [20, 4]]
    assert strokes.angle.tolist() == pytest.approx([math.pi / 2, math.pi / 2])
    assert strokes.color.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert strokes.ground.tolist() == pytest.approx([0.2, 0.4, 0.6])


def test_primitive_runs_once_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / primitive.binary_name()
    target = picture(48, 64)
    with pytest.raises(primitive.PrimitiveError, match="npm"):
        primitive.paint_primitive(target, (2, 4), tmp_path)
    program.write_text("")
    runs = []

    def run(command: list[str], cwd: Path, **_: Any) -> subprocess.CompletedProcess:
        runs.append(command)
        for count in (2, 4):
            (cwd / f"{count}.svg").write_text(ELLIPSES)
            write_picture(cwd / f"{count}.png", target / count)
        return subprocess.CompletedProcess(command, 0, "", "2: t=1.500, score=1\n3: t=2.0, x\n4: t=3.250, score=0.5\n")

    monkeypatch.setattr(subprocess, "run", run)
    for _ in range(2):
        two, four = primitive.paint_primitive(target, (2, 4), tmp_path)
        assert (two[0], two[3], four[0], four[3]) == (2, 1.5, 4, 3.25)
        assert (four[1] - target / 4).abs().max() < 1 / 255
    assert len(runs) == 1
    assert "-m 7" in " ".join(runs[0])
    assert "-j 1" in " ".join(runs[0])
    primitive.paint_primitive(picture(48, 64, seed=2), (2, 4), tmp_path)
    assert len(runs) == 2
    with pytest.raises(primitive.PrimitiveError, match="shape 4"):
        primitive.seconds_after("2: t=1.0, score", (2, 4))


def test_weights_are_read_without_running_code() -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (print, ("running",))

    arrays = {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}
    read = lpips_script.read_arrays(pickle.dumps(arrays))
    assert np.array_equal(read["kernel"], arrays["kernel"])
    with pytest.raises(pickle.UnpicklingError, match="print"):
        lpips_script.read_arrays(pickle.dumps({"kernel": Evil()}))


def tiles(tones: Tensor) -> Strokes:
    """Square flat marks that tile a 48 x 48 canvas, left to right and top to bottom: one for each of 36 tones."""
    y, x = torch.meshgrid(torch.arange(6.0), torch.arange(6.0), indexing="ij")
    center = torch.stack([x.flatten(), y.flatten()], 1) * 8 + 4
    return Strokes.build(center, torch.full((36, 2), 11.0), torch.zeros(36), tones, canvas=(48, 48))


def test_pruning_keeps_what_is_seen_and_counts_what_is_lost() -> None:
    """Strokes that lie below others can go and cost nothing; drawing lots costs dearly."""
    tones = torch.rand(72, 3, generator=torch.Generator().manual_seed(0))
    hidden, seen = tiles(tones[:36]), tiles(tones[36:])
    whole = Strokes.concat([hidden, seen])
    picture = render(seen, brush="flat")
    result = pruning.measure(picture, lambda count: whole, pruning.keep_best, len(whole), 0.5, "flat")
    assert (result["strokes"], result["kept"]) == (72, 36)
    assert result["pruned"] >= result["whole"] - 1
    assert result["pruned"] > result["by_lot"] + 6


def test_pruning_paints_prunes_and_reports(
    folder: Path, predictor_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--images", str(folder), "--limit", "1", "--size", "48", "--strokes", "20", "--brush", "flat",
                 "--predictor", predictor_file, "--json"]  # fmt: skip
    assert pruning.main(arguments, pruning.by_lot) == 0
    (result,) = json.loads(capsys.readouterr().out)["pictures"].values()
    assert (result["strokes"], result["kept"]) == (20, 12)
    assert result["pruned"] == result["by_lot"]  # the same strokes, the same yardstick
    assert pruning.main(arguments[:-1]) == 0
    assert "| mean of 1 | 20 | 12 |" in capsys.readouterr().out
    assert pruning.main(arguments, lambda strokes, picture, count, brush: strokes) == 2
    assert "kept 20" in capsys.readouterr().err


def test_large_takes_what_is_large_enough(
    folder: Path, predictor_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--images", str(folder), "--least-side", "66", "--long-side", "68", "--strokes", "12",
                 "--modes", "fast:flat", "--predictor", predictor_file]  # fmt: skip
    assert large.main(arguments) == 0
    captured = capsys.readouterr()
    assert "| fast:flat | b | 39 x 68 | 12 |" in captured.out
    assert "| a |" not in captured.out
    with pytest.raises(ValueError, match="100 pixels"):
        large.large_pictures(str(folder), None, 100)
