"""However a command ends - signals, full disks, closed streams - it leaves no half files, and one line says why."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli_calls import ROOT, assert_refused, call, command
from PIL import Image
from sure import heard_until

from painter_core.cli.signals import Ended, heeded_signals


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_that_end_a_process_leave_no_half_file(painted: Path, number: signal.Signals, code: int) -> None:
    out = painted.parent / "out"
    film = ["--timelapse", out / "t.mp4", "--seconds", 600, "--film-size", 512]
    argv = command("render", painted, "-o", out / "p.png", *film)

    def heeding() -> None:
        signal.signal(number, signal.SIG_DFL)

    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=heeding) as process:
        seen = heard_until(process, b"time-lapse")  # its file is being written now
        process.send_signal(number)
        rest = process.communicate(timeout=120)[1]
    assert process.returncode == code, seen + rest
    assert b"Traceback" not in rest
    assert rest.endswith(b"painter_core: stopped\n")
    assert [path.name for path in out.iterdir()] == ["p.png"]


def test_ignored_signals_stay_ignored_and_others_are_given_back() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(Ended) as ended, heeded_signals():
            _ = [os.kill(os.getpid(), number) for number in (signal.SIGHUP, signal.SIGTERM)]
        assert ended.value.exit_code == 143
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) == before[1]
    finally:
        signal.signal(signal.SIGHUP, before[0])


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file can grow over `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp"])
def test_a_disk_that_is_full_while_a_picture_is_written(
    capsys: pytest.CaptureFixture[str], painted: Path, suffix: str
) -> None:
    out = painted.parent / "out"
    with small_disk(9000):
        code, stdout, err = call(capsys, "render", painted, "-o", out / f"p{suffix}", "--size", "400x300")
    assert (code, stdout) == (2, "")
    assert f"p{suffix}: " in err.splitlines()[-1]
    assert "Traceback" not in err
    assert list(out.iterdir()) == []


#: Every output of a command, as its option has it.
OUTPUTS = {
    "paint": {"-o": "p.png", "--svg": "v.svg", "--timelapse": "t.mp4", "--save-strokes": "s.json", "--frames": "f"},
    "render": {"-o": "p.tif", "--svg": "v.svg", "--timelapse": "t.mp4", "--coverage": "c.png", "--frames": "f"},
    "surface": {"-o": "p.png", "--height": "h.png", "--normals": "n.png"},
}


@pytest.mark.parametrize(("made", "lost"), [(made, lost) for made in OUTPUTS for lost in OUTPUTS[made]])
def test_one_output_that_fails_does_not_take_the_others_along(
    capsys: pytest.CaptureFixture[str], painted: Path, monkeypatch: pytest.MonkeyPatch, made: str, lost: str
) -> None:
    out = painted.parent / "out"
    names = OUTPUTS[made]
    failing = "frame-00001.png" if lost == "--frames" else names[lost]
    take_over: Callable[..., None] = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).name == failing:
            raise OSError(28, "No space left on device")
        take_over(source, target)

    monkeypatch.setattr(os, "replace", full)
    argv = [word for option, name in names.items() for word in (option, out / name)]
    short = [] if made == "surface" else ["--seconds", 0.1, "--fps", 20]
    first = [painted.parent / "photo.png", "--strokes", 20] if made == "paint" else [painted]
    code, stdout, err = call(capsys, made, *first, *argv, *short, *([] if made == "render" else ["--json"]))
    assert (code, stdout) == (2, "")
    last = err.splitlines()[-1]
    assert failing in last
    assert "No space left on device" in last
    assert "everything else was written" in last
    assert {path.name for path in out.iterdir()} - {"f"} == set(names.values()) - {"f", failing}
    if "--frames" in names:
        assert len(list((out / "f").iterdir())) == (0 if lost == "--frames" else 2)


def test_formats_without_room_are_refused_before_anything_is_painted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, painted: Path, loaded: list[Any]
) -> None:
    out = painted.parent / "out"
    del loaded[:]
    Image.new("RGB", (16_384, 1)).save(tmp_path / "wide.png")
    assert_refused(call(capsys, "paint", tmp_path / "wide.png", "-o", out / "p.webp"), "p.webp", "16,383")
    argv = ["stylize", tmp_path / "wide.png", painted.parent / "photo.png", "-o", out / "p.webp"]
    assert_refused(call(capsys, *argv), "p.webp", "16,383")
    for made in (["render"], ["surface"]):
        size = [painted, "--size", "65501x9"]
        assert_refused(call(capsys, *made, *size, "-o", out / "p.jpg"), "p.jpg", "65,500")
        side = "--coverage" if made == ["render"] else "--normals"
        assert_refused(call(capsys, *made, *size, "-o", out / "p.png", side, out / "c.webp"), "c.webp", "16,383")
    assert list(out.iterdir()) == []
    assert loaded == []


def run_shell(line: str, *argv: object) -> tuple[int, str, str]:
    """A command with its streams as a shell's `line` says, where "$@" is the command."""
    process = subprocess.run(
        ["bash", "-c", line, "bash", *command(*argv)], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    return process.returncode, process.stdout, process.stderr


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('"$@" > /dev/full', "No space left"),
        ('"$@" >&-', "standard output is closed"),
        ('mkfifo "$PIPE"; exec 3<>"$PIPE" 4>"$PIPE" 3>&-; "$@" >&4', "Broken pipe"),
    ],
)
def test_an_answer_that_nobody_takes(painted: Path, line: str, reason: str) -> None:
    out = painted.parent / "out" / "e.json"
    code, stdout, err = run_shell(f"PIPE={out}.pipe; {line}", "edit", painted, "-o", out, "--json")
    assert (code, stdout) == (2, "")
    assert "Traceback" not in err
    assert "Exception" not in err
    assert reason in err.splitlines()[-1]
    assert out.exists() == ("closed" not in reason)  # known before: refused before


def test_help_that_nobody_takes() -> None:
    code, _, err = run_shell('"$@" > /dev/full', "--help")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "standard output" in err


@pytest.mark.parametrize("line", ['"$@" 2> /dev/full', '"$@" 2>&-', '"$@" <&- 2>&- >&-'])
def test_messages_that_nobody_takes_stop_nothing(painted: Path, line: str) -> None:
    out = painted.parent / "out"
    code, stdout, err = run_shell(line, "render", painted, "-o", out / "p.png")
    assert (code, stdout, err) == (0, "", "")
    assert (out / "p.png").read_bytes() == (painted.parent / "p.png").read_bytes()
