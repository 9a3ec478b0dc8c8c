"""The frame of the command line: help, version, one line for bad arguments, commands that are found when called."""

from __future__ import annotations

import sys
import types

import pytest
from cli_calls import ROOT, assert_refused, call

from painter_core.cli import COMMANDS, main


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
        (["paint", "a.png"], "a.png: there is no such file"),
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
