"""The command line keeps its contract: exit codes, one line of reason, JSON on standard output, whole files or none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from painter_core.cli import COMMANDS, main
from painter_core.export import load_strokes
from painter_core.metrics import l1, psnr
from painter_core.pictures import read_picture
from painter_core.predictor import checkpoint
from painter_core.predictor.compact import CompactConfig, CompactPredictor
from painter_core.raster import render

ROOT = Path(__file__).resolve().parents[1]


class DabPredictor:
    """A predictor without a network: eight dabs at fixed places of every patch. The painter keeps those that help."""

    name, patch, strokes = "dabs", 32, 8

    def predict(self, target: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        marks = torch.rand(8, 5, generator=torch.Generator().manual_seed(0))
        marks = marks * torch.tensor([1.0, 1.0, 0.4, 0.2, 3.0]) + torch.tensor([0.0, 0.0, 0.4, 0.2, 0.0])
        return marks.expand(len(target), 8, 5), torch.ones(len(target), 8)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every predictor asked for; DabPredictor stands in for the network."""
    asked: list[Any] = []

    def load_predictor(name: str | None = None, device: str = "cpu") -> DabPredictor:
        asked.append((name, device))
        return DabPredictor()

    monkeypatch.setattr(checkpoint, "load_predictor", load_predictor)
    return asked


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small picture in a folder of its own, so that `tmp_path / "out"` starts empty."""
    y, x = np.mgrid[0:51, 0:70]
    pixels = np.stack([3 * x, 4 * y, 255 - 2 * x], axis=-1).clip(0, 255).astype(np.uint8)
    pixels[10:30, 20:50] = (250, 240, 20)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    (tmp_path / "out").mkdir()
    return tmp_path / "photo.png"


def call(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in argv])
    return code, *capsys.readouterr()


def assert_refused(outcome: tuple[int, str, str], *reasons: str) -> None:
    """Exit code 2, nothing on standard output, one line on standard error that holds every reason."""
    code, out, err = outcome
    assert code == 2, err
    assert out == ""
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1, err
    for reason in reasons:
        assert reason in err


# --- the frame ---


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys)
    assert code == 0
    assert "paint" in out
    assert "render" in out


@pytest.mark.parametrize("argv", [["--help"], ["paint", "--help"], ["render", "-h"], ["--version"]])
def test_help_and_version_exit_0(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(argv)
    assert exit_info.value.code == 0
    out = capsys.readouterr().out
    assert out.strip()
    if argv == ["--version"]:
        assert f'version = "{out.strip()}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["pain"], "invalid choice"),
        (["--nonsense"], "COMMAND"),
        (["paint"], "IN"),
        (["paint", "a.png"], "-o"),
        (["paint", "a.png", "-o", "b.png", "--strok", "5"], "--strok"),
        (["paint", "a.png", "-o", "b.png", "--strokes", "0"], "1 to 50000"),
        (["paint", "a.png", "-o", "b.png", "--strokes", "50001"], "1 to 50000"),
        (["paint", "a.png", "-o", "b.png", "--strokes", "many"], "many"),
        (["paint", "a.png", "-o", "b.png", "--mode", "slow"], "slow"),
        (["paint", "a.png", "-o", "b.png", "--device", "abacus"], "abacus"),
        (["paint", "a.png", "-o", "b.png", "--seed", "-1"], "--seed"),
        (["paint", "a.png", "-o", "b.png", "--max-size", "0"], "--max-size"),
        (["render", "a.json", "-o", "b.png", "--scale", "0"], "above 0"),
        (["render", "a.json", "-o", "b.png", "--scale", "nan"], "above 0"),
        (["render", "a.json", "-o", "b.png", "--size", "10"], "WIDTHxHEIGHT"),
        (["render", "a.json", "-o", "b.png", "--size", "99999x99999"], "too many"),
        (["render", "a.json", "-o", "b.png", "--size", "9x9", "--scale", "2"], "--scale"),
    ],
)
def test_bad_arguments_get_one_line(capsys: pytest.CaptureFixture[str], argv: list[str], reason: str) -> None:
    assert_refused(call(capsys, *argv), reason)


def test_a_command_module_is_imported_only_when_called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = types.ModuleType("command")
    module.add_arguments = lambda parser: parser.add_argument("--json", action="store_true")
    module.run = lambda args: {"answer": 42}
    monkeypatch.setitem(sys.modules, "painter_core.fake_command", module)
    module.__spec__ = types.SimpleNamespace(name="painter_core.fake_command")
    monkeypatch.setitem(COMMANDS, "fake", ("painter_core.fake_command", "for this test"))
    monkeypatch.setitem(COMMANDS, "gone", ("painter_core.no_such_room.command", "not there yet"))
    assert call(capsys, "fake", "--json") == (0, '{"answer": 42}\n', "")
    assert call(capsys, "fake") == (0, "", "")
    assert_refused(call(capsys, "gone"), "invalid choice")
    module.run = lambda args: 3
    assert call(capsys, "fake") == (3, "", "")


# --- paint ---


def test_paint_writes_everything_and_reports(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out"
    code, stdout, stderr = call(
        capsys, "paint", photo, "-o", out / "p.png", "--strokes", 60, "--seed", 5, "--device", "cpu", "--json",
        "--save-strokes", out / "s.safetensors", "--svg", out / "s.svg", "--timelapse", out / "t.mp4",
    )  # fmt: skip
    assert code == 0, stderr
    report = json.loads(stdout)
    assert set(report) >= {"strokes", "seconds", "psnr", "l1", "width", "height", "mode", "device", "predictor"}
    strokes, painting, picture = load_strokes(out / "s.safetensors"), read_picture(out / "p.png"), read_picture(photo)
    assert report["strokes"] == len(strokes)
    assert 0 < len(strokes) <= 60
    assert (report["width"], report["height"], report["mode"], report["device"]) == (70, 51, "fast", "cpu")
    assert report["predictor"] == "compact"
    assert loaded == [("compact", "cpu")]
    assert report["psnr"] == pytest.approx(psnr(painting, picture), abs=0.05)
    assert report["l1"] == pytest.approx(l1(painting, picture), abs=0.002)
    assert (painting - render(strokes)).abs().max() < 0.6 / 255
    assert (out / "s.svg").read_text().count("<rect") == len(strokes) + 1
    with av.open(str(out / "t.mp4")) as video:
        assert (video.streams.video[0].width, video.streams.video[0].height) == (70, 52)
    assert sorted(path.name for path in out.iterdir()) == ["p.png", "s.safetensors", "s.svg", "t.mp4"]
    closing = stderr.splitlines()[-1]
    assert f"{len(strokes)} strokes" in closing
    assert "PSNR" in closing


def test_paint_without_json_prints_nothing_on_stdout(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    code, stdout, _ = call(capsys, "paint", photo, "-o", photo.parent / "p.jpg", "--strokes", 5)
    assert (code, stdout) == (0, "")


def test_same_seed_same_painting(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    out = photo.parent / "out"
    for name, seed in (("a", 1), ("b", 1), ("c", 2**64 - 1)):
        assert call(capsys, "paint", photo, "-o", out / f"{name}.png", "--strokes", 40, "--seed", seed)[0] == 0
    pictures = [(out / f"{name}.png").read_bytes() for name in "abc"]
    assert pictures[0] == pictures[1]
    assert pictures[0] != pictures[2]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (200, 3), (33, 65)])
def test_any_size_comes_out_in_its_size(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any], width: int, height: int
) -> None:
    Image.effect_noise((width, height), 90).convert("RGB").save(tmp_path / "in.png")
    argv = ["paint", tmp_path / "in.png", "-o", tmp_path / "p.png", "--timelapse", tmp_path / "t.mp4", "--json"]
    code, stdout, stderr = call(capsys, *argv, "--strokes", 20, "--svg", tmp_path / "s.svg")
    assert code == 0, stderr
    assert (json.loads(stdout)["width"], json.loads(stdout)["height"]) == (width, height)
    assert Image.open(tmp_path / "p.png").size == (width, height)


def test_a_flat_picture_is_a_perfect_copy_and_still_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any]
) -> None:
    Image.new("RGB", (40, 30), (0, 0, 0)).save(tmp_path / "in.png")
    code, stdout, _ = call(capsys, "paint", tmp_path / "in.png", "-o", tmp_path / "p.png", "--json")
    assert code == 0
    report = json.loads(stdout, parse_constant=pytest.fail)
    assert report["psnr"] is None
    assert report["l1"] == 0


def test_max_size_shrinks_first(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    out = photo.parent / "p.png"
    assert call(capsys, "paint", photo, "-o", out, "--strokes", 5, "--max-size", 35)[0] == 0
    assert Image.open(out).size == (35, 26)
    assert call(capsys, "paint", photo, "-o", out, "--strokes", 5, "--max-size", 999)[0] == 0
    assert Image.open(out).size == (70, 51)


def test_canvas_mask_and_detail_reach_the_painting(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out"
    canvas = np.random.default_rng(0).integers(0, 256, (51, 70, 3), dtype=np.uint8)
    Image.fromarray(canvas).save(out / "canvas.png")
    left = np.zeros((102, 140), dtype=np.uint8)  # twice as large: brought to the picture's size
    left[:, :70] = 255
    Image.fromarray(left).save(out / "left.png")
    argv = ["paint", photo, "-o", out / "p.png", "--strokes", 200, "--brush", "flat", "--save-strokes", out / "s.json"]
    code, _, stderr = call(
        capsys, *argv, "--canvas", out / "canvas.png", "--mask", out / "left.png", "--detail", out / "left.png",
        "--timelapse", out / "t.mp4",
    )  # fmt: skip
    assert code == 0, stderr
    painting, before, picture = read_picture(out / "p.png"), read_picture(out / "canvas.png"), read_picture(photo)
    assert (painting - picture)[:, :, :30].abs().mean() < (before - picture)[:, :, :30].abs().mean()
    far_right = (painting - before)[:, :, 60:].abs().amax(0)
    assert (far_right < 1e-6).float().mean() > 0.9  # a mark may reach over the border of the mask, not far
    redrawn = out / "again.png"
    argv = ["render", out / "s.json", "-o", redrawn, "--brush", "flat", "--canvas", out / "canvas.png"]
    assert call(capsys, *argv)[0] == 0
    assert torch.equal(read_picture(redrawn), painting)


def test_paper_mode(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> None:
    out = photo.parent / "out"
    argv = ["paint", photo, "-o", out / "p.png", "--mode", "paper", "--save-strokes", out / "s.json", "--json"]
    code, stdout, stderr = call(capsys, *argv, "--svg", out / "s.svg", "--timelapse", out / "t.mp4")
    assert code == 0, stderr
    report = json.loads(stdout)
    assert report["mode"] == "paper"
    assert loaded == [("paper-compact", "cpu")]
    assert report["strokes"] == len(load_strokes(out / "s.json")) > 0
    assert Image.open(out / "p.png").size == (70, 51)


@pytest.mark.parametrize("option", ["--strokes=5", "--brush=flat", "--canvas=c.png", "--detail=c.png", "--mask=c.png"])
def test_paper_mode_refuses_what_it_would_ignore(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], option: str
) -> None:
    argv = ["paint", photo, "-o", photo.parent / "p.png", "--mode", "paper", option]
    assert_refused(call(capsys, *argv), option.split("=")[0], "paper")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x89PNG\r\n\x1a\n\0\0"])
def test_bad_pictures_are_refused(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], content: bytes
) -> None:
    bad = photo.parent / "bad.png"
    bad.write_bytes(content)
    out = photo.parent / "out"
    assert_refused(call(capsys, "paint", bad, "-o", out / "p.png"), "bad.png")
    for option in ("--canvas", "--mask", "--detail"):
        assert_refused(call(capsys, "paint", photo, "-o", out / "p.png", option, bad), "bad.png")
    assert_refused(call(capsys, "paint", photo.parent / "none.png", "-o", out / "p.png"), "none.png", "no such file")
    assert list(out.iterdir()) == []
    assert loaded == []  # refused before a network is loaded


@pytest.mark.parametrize("option", ["-o", "--svg", "--timelapse", "--save-strokes"])
def test_outputs_are_checked_before_the_painting_starts(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], option: str
) -> None:
    out = photo.parent / "out"
    suffix = {"-o": ".png", "--svg": ".svg", "--timelapse": ".mp4", "--save-strokes": ".json"}[option]
    (out / f"dir{suffix}").mkdir()
    good = [] if option == "-o" else ["-o", out / "p.png"]
    for target, reason in [
        (out / "typo" / f"p{suffix}", "no folder"),
        (out / f"dir{suffix}", "folder"),
        (out / "p.xyz", ".xyz"),
        (out / "p", "p"),
    ]:
        assert_refused(call(capsys, "paint", photo, *good, option, target), reason)
    assert [path.name for path in out.iterdir()] == [f"dir{suffix}"]
    assert loaded == []


def test_outputs_must_not_be_inputs_or_one_another(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    before = photo.read_bytes()
    assert_refused(call(capsys, "paint", photo, "-o", photo), "an input")
    assert photo.read_bytes() == before
    same = photo.parent / "s.svg"
    link = photo.parent / "link.svg"
    link.symlink_to(photo)
    assert_refused(call(capsys, "paint", photo, "-o", photo.parent / "p.png", "--svg", link), "an input")
    assert not same.exists()


def test_masks_of_another_shape_and_unknown_names_are_refused(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]
) -> None:
    out = photo.parent / "out" / "p.png"
    Image.new("L", (70, 70)).save(photo.parent / "square.png")
    for option in ("--mask", "--detail", "--canvas"):
        refused = call(capsys, "paint", photo, "-o", out, option, photo.parent / "square.png")
        assert_refused(refused, "square.png", "70x70", "70x51")
    assert_refused(call(capsys, "paint", photo, "-o", out, "--brush", "mop"), "mop", "oil")
    if not torch.cuda.is_available():
        assert_refused(call(capsys, "paint", photo, "-o", out, "--device", "cuda"), "cuda", "cpu")


def test_ctrl_c_exits_130_and_leaves_no_half_file(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = photo.parent / "out"
    argv = ["paint", photo, "-o", out / "p.png", "--strokes", 9, "--timelapse", out / "t.mp4"]

    def interrupt(*_: object, **__: object) -> Tensor:
        raise KeyboardInterrupt

    with monkeypatch.context() as during_painting:
        during_painting.setattr(DabPredictor, "predict", interrupt)
        code, stdout, stderr = call(capsys, *argv)
    assert (code, stdout) == (130, "")
    assert "Traceback" not in stderr
    assert list(out.iterdir()) == []
    with monkeypatch.context() as during_encoding:
        during_encoding.setattr("painter_core.export.timelapse._video_frame", interrupt)
        assert call(capsys, *argv)[0] == 130
    assert [path.name for path in out.iterdir()] == ["p.png"]


def test_a_full_disk_is_one_line_and_leaves_no_half_file(
    capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    code, stdout, stderr = call(capsys, "paint", photo, "-o", photo.parent / "out" / "p.png", "--strokes", 3)
    assert (code, stdout) == (2, "")
    assert "p.png: No space left on device" in stderr.splitlines()[-1]
    assert list((photo.parent / "out").iterdir()) == []


# --- render ---


@pytest.fixture
def painted(capsys: pytest.CaptureFixture[str], photo: Path, loaded: list[Any]) -> Path:
    """A stroke file of a 70 x 51 painting."""
    path = photo.parent / "s.safetensors"
    argv = ["paint", photo, "-o", photo.parent / "p.png", "--strokes", 50, "--save-strokes", path]
    assert call(capsys, *argv)[0] == 0
    return path


def test_render_gives_the_painting_again(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    code, stdout, _ = call(capsys, "render", painted, "-o", out / "p.png")
    assert (code, stdout) == (0, "")
    assert (out / "p.png").read_bytes() == (painted.parent / "p.png").read_bytes()


def test_render_at_other_sizes(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out"
    for options, size in [
        (["--scale", 2.5], (175, 128)),
        (["--scale", 0.001], (1, 1)),
        (["--size", "33x44"], (33, 44)),
    ]:
        assert call(capsys, "render", painted, "-o", out / "p.png", *options)[0] == 0
        assert Image.open(out / "p.png").size == size
    argv = ["render", painted, "-o", out / "p.png", "--svg", out / "s.svg", "--timelapse", out / "t.mp4"]
    assert call(capsys, *argv, "--brush", "round")[0] == 0
    assert sorted(path.name for path in out.iterdir()) == ["p.png", "s.svg", "t.mp4"]


def test_render_refuses(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out = painted.parent / "out" / "p.png"
    cut = painted.parent / "cut.safetensors"
    cut.write_bytes(painted.read_bytes()[:-9])
    assert_refused(call(capsys, "render", cut, "-o", out), "cut.safetensors")
    assert_refused(call(capsys, "render", painted.parent / "photo.png", "-o", out), "photo.png")
    assert_refused(call(capsys, "render", painted.parent / "none.json", "-o", out), "none.json", "no such file")
    assert_refused(call(capsys, "render", painted, "-o", out, "--scale", 1e5), "too many")
    assert_refused(call(capsys, "render", painted, "-o", out, "--brush", "mop"), "mop")
    assert_refused(call(capsys, "render", painted, "-o", out.parent / "typo" / "p.png"), "no folder")
    assert list(out.parent.iterdir()) == []


# --- processes of their own, with a real network ---


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network in a file: it knows nothing, but everything on the way to the painting is real."""
    path = tmp_path_factory.mktemp("network") / "untrained.safetensors"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        checkpoint.save_predictor(CompactPredictor(CompactConfig(width=32, layers=1, heads=2)), path)
    return path


def command(*argv: object) -> list[str]:
    return [sys.executable, "-m", "painter_core", *(str(argument) for argument in argv)]


def run_process(*argv: object) -> tuple[int, str, str]:
    process = subprocess.run(command(*argv), cwd=ROOT, capture_output=True, text=True, timeout=240)
    return process.returncode, process.stdout, process.stderr


def test_paint_and_render_for_real(photo: Path, network: Path) -> None:
    out = photo.parent / "out"
    code, stdout, stderr = run_process(
        "paint", photo, "-o", out / "p.png", "--predictor", network, "--strokes", 100, "--json",
        "--save-strokes", out / "s.json", "--svg", out / "s.svg", "--timelapse", out / "t.mp4",
    )  # fmt: skip
    assert code == 0, stderr
    report = json.loads(stdout)
    assert 0 < report["strokes"] <= 100
    assert report["predictor"] == str(network)
    plain = read_picture(photo).mean((1, 2), keepdim=True).expand(3, 51, 70)
    assert report["psnr"] > psnr(plain, read_picture(photo))  # better than its ground
    code, stdout, stderr = run_process("render", out / "s.json", "-o", out / "again.png")
    assert (code, stdout) == (0, ""), stderr
    assert torch.equal(read_picture(out / "again.png"), read_picture(out / "p.png"))


def test_the_shipped_network_paints_by_default(photo: Path) -> None:
    out = photo.parent / "out" / "p.png"
    code, stdout, stderr = run_process("paint", photo, "-o", out, "--strokes", 300, "--json")
    assert code == 0, stderr
    report = json.loads(stdout)
    assert report["predictor"] == "compact"
    assert report["strokes"] == 300
    plain = read_picture(photo).mean((1, 2), keepdim=True).expand(3, 51, 70)
    assert report["psnr"] > psnr(plain, read_picture(photo)) + 10


def test_a_process_of_its_own_reports_a_bad_picture_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert_refused(run_process("paint", tmp_path / "empty.png", "-o", tmp_path / "p.png"), "empty.png", "is empty")


def test_bad_predictors_are_refused(capsys: pytest.CaptureFixture[str], photo: Path) -> None:
    out = photo.parent / "out"
    (photo.parent / "bad.safetensors").write_bytes(b"nonsense")
    for predictor in (photo.parent / "bad.safetensors", photo.parent / "none.safetensors", "no-such-name"):
        argv = ["paint", photo, "-o", out / "p.png", "--predictor", predictor]
        assert_refused(call(capsys, *argv), Path(predictor).name)
    assert list(out.iterdir()) == []


def test_a_real_ctrl_c_stops_at_once(tmp_path: Path, network: Path) -> None:
    Image.effect_noise((900, 900), 60).convert("RGB").save(tmp_path / "in.png")
    (tmp_path / "out").mkdir()
    argv = command(
        "paint", tmp_path / "in.png", "-o", tmp_path / "out" / "p.png", "--predictor", network, "--strokes", 50,
        "--timelapse", tmp_path / "out" / "t.mp4",
    )  # fmt: skip
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE) as process:
        seen = b""
        while b"time-lapse" not in seen:  # the bar of the encoding: its file is being written now
            chunk = process.stderr.read1()
            assert chunk, seen
            seen += chunk
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[1]
    assert process.returncode == 130, seen + rest
    assert b"Traceback" not in rest
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["p.png"]
