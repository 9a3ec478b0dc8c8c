"""The frame of the command line: help, version, one line for bad arguments, commands that are found when called."""

from __future__ import annotations

import argparse
import sys
import types
from importlib.machinery import ModuleSpec
from types import MappingProxyType

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


class FakeCommand(types.ModuleType):
    """The module of a command."""

    answer: object = MappingProxyType({"answer": 42})

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def run(self, args: argparse.Namespace) -> object:
        return dict(self.answer) if isinstance(self.answer, MappingProxyType) else self.answer


def test_a_command_module_is_imported_only_when_called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = FakeCommand("painter_core.fake_command")
    monkeypatch.setitem(sys.modules, "painter_core.fake_command", module)
    module.__spec__ = ModuleSpec("painter_core.fake_command", None)
    monkeypatch.setitem(COMMANDS, "fake", ("painter_core.fake_command", "for this test"))
    monkeypatch.setitem(COMMANDS, "gone", ("painter_core.no_such_room.command", "not there yet"))
    assert call(capsys, "fake", "--json") == (0, '{"answer": 42}\n', "")
    assert call(capsys, "fake") == (0, "", "")
    assert_refused(call(capsys, "gone"), "invalid choice")
    module.answer = 3
    assert call(capsys, "fake") == (3, "", "")
