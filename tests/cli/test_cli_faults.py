"""What goes wrong around a command - folders, memory, clocks, other processes - costs nothing that was there."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_calls import ROOT, assert_refused, call, command
from PIL import Image

from painter_core.files import png
from painter_core.sequence import job as jobs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and permissions as Linux has them")

QUICK = ("--strokes", 24, "--refine", 0, "--attention", 0)
#: Bytes of address space for a command beyond what its modules take.
ROOM = 150 * 2**20
#: Runs the command line with that much room.
LIMITED = """
import resource, sys
import painter_core.cli.paint, painter_core.painting.painter, painter_core.predictor.checkpoint, scipy.ndimage, av
from painter_core.cli import main
size = 1024 * next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize"))
resource.setrlimit(resource.RLIMIT_AS, (size + int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def ordinary() -> None:
    """Even for root, permissions count (Linux's capabilities are dropped from what the next program gets)."""
    system = ctypes.CDLL(None)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        system.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def removed_at(count: int, work: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    """`work`, before whose call number `count` a folder is removed."""
    calls = 0

    def worked(*values: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            shutil.rmtree(folder)
        return work(*values, **named)

    return worked


def test_a_folder_that_is_read_only(painted: Path) -> None:
    out = painted.parent / "out"
    (out / "kept.png").write_bytes(b"kept")
    out.chmod(0o555)
    argv = command("render", painted, "-o", out / "p.png")
    run = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=240, preexec_fn=ordinary)
    out.chmod(0o755)
    assert_refused((run.returncode, run.stdout, run.stderr), "p.png: Permission denied")
    assert [path.name for path in out.iterdir()] == ["kept.png"]


def test_a_folder_that_is_removed_while_a_picture_is_drawn(
    capsys: pytest.CaptureFixture[str], painted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, other = painted.parent / "out", painted.parent / "other"
    other.mkdir()
    monkeypatch.setattr(png.PngWriter, "write", removed_at(1, png.PngWriter.write, out))
    code, stdout, err = call(capsys, "render", painted, "-o", out / "p.png", "--svg", other / "v.svg")
    assert (code, stdout) == (2, "")
    assert "p.png: No such file or directory" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert [path.name for path in other.iterdir()] == ["v.svg"]


@pytest.mark.parametrize("video", [False, True])
def test_a_folder_that_is_removed_while_a_film_is_painted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch, video: bool
) -> None:
    source, out = frames(tmp_path / "in", 4), tmp_path / "films"
    out.mkdir()
    monkeypatch.setattr(jobs, "SEGMENT", 2)
    monkeypatch.setattr(jobs.Job, "_keep", removed_at(2, jobs.Job._keep, out))
    code, stdout, err = call(capsys, "frames", source, "-o", out / ("o.mp4" if video else "o"), *QUICK)
    assert (code, stdout) == (2, "")
    assert "there is no folder" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert len(list(source.iterdir())) == 4


def test_memory_that_runs_out(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (1800, 2400, 3), np.uint8)).save(tmp_path / "large.png")
    (tmp_path / "out").mkdir()
    argv = ["paint", str(tmp_path / "large.png"), "-o", str(tmp_path / "out" / "p.png"), "--refine", "0"]
    limited = [sys.executable, "-c", LIMITED, str(ROOM), *argv]
    # memory is asked for when it is needed, not in large blocks before
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    run = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, timeout=240, env=environment)
    assert run.returncode == 2, run.stderr[-2000:]
    assert "not enough memory" in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_clocks_that_run_backwards(
    capsys: pytest.CaptureFixture[str], painted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = painted.parent / "out"
    argv = [painted, "--timelapse", "--seconds", 0.3, "--fps", 10]
    assert call(capsys, "render", *argv[:1], "-o", out / "p.png", argv[1], out / "t.mp4", *argv[2:])[0] == 0
    now = 2e9

    def back() -> float:
        nonlocal now
        now -= 3600.0
        return now

    for name in ("time", "monotonic", "perf_counter"):
        monkeypatch.setattr(time, name, back)
    os.utime(painted, (4e9, 4e9))  # from the future
    assert call(capsys, "render", *argv[:1], "-o", out / "q.png", argv[1], out / "u.mp4", *argv[2:])[0] == 0
    monkeypatch.undo()
    assert (out / "q.png").read_bytes() == (out / "p.png").read_bytes()
    assert (out / "u.mp4").read_bytes() == (out / "t.mp4").read_bytes()


def test_two_processes_that_write_one_file(capsys: pytest.CaptureFixture[str], painted: Path) -> None:
    out, brushes = painted.parent / "out", ("oil", "pencil")
    for brush in brushes:
        assert call(capsys, "render", painted, "-o", out / f"{brush}.png", "--brush", brush)[0] == 0
    argv = [command("render", painted, "-o", out / "p.png", "--brush", brush) for brush in brushes]
    both = [subprocess.Popen(each, cwd=ROOT, stderr=subprocess.DEVNULL) for each in argv]
    assert [process.wait(240) for process in both] == [0, 0]
    assert (out / "p.png").read_bytes() in {(out / f"{brush}.png").read_bytes() for brush in brushes}
    assert sorted(path.name for path in out.iterdir()) == ["oil.png", "p.png", "pencil.png"]


def test_two_processes_that_paint_one_film(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, loaded: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = frames(tmp_path / "in", 3), tmp_path / "o.mp4"
    outcomes: list[tuple[int, str, str]] = []
    keep = jobs.Job._keep

    def kept(*values: Any) -> int:
        with monkeypatch.context() as inner:
            inner.setattr(jobs.Job, "_keep", keep)
            outcomes.append(call(capsys, "frames", source, "-o", out, *QUICK))
        return keep(*values)

    with monkeypatch.context() as first:
        first.setattr(jobs.Job, "_keep", kept)
        assert call(capsys, "frames", source, "-o", out, *QUICK)[0] == 0
    ((code, stdout, err),) = outcomes
    assert (code, stdout) == (2, "")
    assert "o.mp4: another process is painting this film" in err.splitlines()[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "o.mp4"]


def frames(folder: Path, count: int) -> Path:
    """A folder with pictures of a square that moves."""
    folder.mkdir()
    for number in range(count):
        pixels = np.full((36, 52, 3), 90, np.uint8)
        pixels[8:24, 4 + 2 * number : 18 + 2 * number] = (250, 240, 20)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder
