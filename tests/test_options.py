"""The one table of painting options, and everything that is read from it."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from types import ModuleType

import pytest
from sure import module_of, run_module

from painter_core.cli.painting_options import add_painting_arguments, given
from painter_core.edit.operations import OPERATIONS
from painter_core.manner import Manner
from painter_core.options import LOOK, MANNER, OPTIONS, PAINTER, PLUS, SET, TIMES, Option
from painter_core.painting.paint_options import PaintOptions
from painter_core.painting.presets import PRESETS

ROOT = Path(__file__).parent.parent
NUMBERS = [option for option in OPTIONS.values() if option.kind is not str]


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_painting_arguments(parser)
    return parser


def tables() -> ModuleType:
    return run_module(module_of(ROOT / "example_workflows" / "option_tables.py"))


@pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda option: option.name)
def test_every_option_feeds_a_field_and_says_what_it_does(option: Option) -> None:
    if option.part not in (LOOK, PAINTER):
        owner = Manner() if option.part == MANNER else PaintOptions()
        assert getattr(owner, option.target) == option.default
    assert option.help
    assert "\n" not in option.help
    assert option.about.endswith(".")
    assert option.kind in (int, float, str)


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
def test_values_in_the_range_are_taken_and_others_are_named(option: Option) -> None:
    for value in (option.least, option.most, option.default):
        option.check(value)
    outside = [option.least - 1, option.most + 1, math.nan, math.inf, None, "3", True]
    for value in outside + ([0.5] if option.kind is int else []):
        with pytest.raises(ValueError, match=option.name) as refused:
            option.check(value)
        assert repr(value) in str(refused.value)
        assert option.range in str(refused.value)


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
def test_unset_is_no_value_that_could_be_meant(option: Option) -> None:
    if option.unset is not None:
        assert option.meets == SET
        with pytest.raises(ValueError, match=option.name):
            option.check(option.unset)
    elif option.part == MANNER:
        assert option.default == {TIMES: 1, PLUS: 0}[option.meets]


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
def test_a_value_meets_the_looks_own_and_stays_in_the_range(option: Option) -> None:
    for own in (option.least, option.default, option.most):
        if option.meets != SET:
            assert option.met(own, option.default) == own
        for value in (option.least, option.default, option.most):
            option.check(option.met(own, value))


def test_the_command_line_has_every_option_and_decides_nothing(parser: argparse.ArgumentParser) -> None:
    assert given(parser.parse_args([])) == {}
    typed = {"look": "PENCIL", "strokes": "1.5k", "brush": "Oil", "stroke_length": "2", "mode": "paper"}
    argv = [part for name, text in typed.items() for part in ("--" + name.replace("_", "-"), text)]
    found = given(parser.parse_args(argv))
    assert found == {"look": "pencil", "strokes": 1500, "brush": "oil", "stroke_length": 2.0, "mode": "paper"}
    shown = " ".join(parser.format_help().split())
    assert [option.name for option in OPTIONS.values() if option.help.split(":")[0] not in shown] == []


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
def test_the_command_line_refuses_what_the_table_refuses(parser: argparse.ArgumentParser, option: Option) -> None:
    flag = "--" + option.name.replace("_", "-")
    for value in (option.least, option.most):
        assert given(parser.parse_args([f"{flag}={value}"])) == {option.name: value}
    for value in (option.least - 1, option.most + 1, "nan", "much", ""):
        with pytest.raises(argparse.ArgumentError, match=option.range):
            parser.parse_args([f"{flag}={value}"])


def test_a_large_whole_number_keeps_every_digit(parser: argparse.ArgumentParser) -> None:
    seed = 2**64 - 2
    assert given(parser.parse_args(["--seed", str(seed)])) == {"seed": seed}
    OPTIONS["seed"].check(seed)


def test_help_pages_say_what_the_table_says() -> None:
    for name, parts in tables().PAGES.items():
        text = (ROOT / "nodes" / "web" / "docs" / name).read_text(encoding="utf-8")
        assert tables().page(text, parts) == text, "make tables"
        assert all(option.about in text for option in OPTIONS.values() if option.name != "mode")
    assert all(f"| `{look.brush}` | {look.strokes} |" in tables().page(
        (ROOT / "nodes" / "web" / "docs" / "PaintImage.md").read_text(encoding="utf-8"), ("looks",)
    ) for look in PRESETS.values())  # fmt: skip


def test_an_operation_without_a_page_gets_one_that_names_all_of_it() -> None:
    for operation in OPERATIONS.values():
        if operation.node is not None:
            page = tables().first_page(operation.node, operation.face)
            assert page.startswith(f"# {operation.node.title}\n")
            names = ["strokes", *(value.name for value in operation.face.values), *dict(operation.node.gives)]
            assert [name for name in names if f"| `{name}` |" not in page] == []


def test_a_page_without_marks_is_named() -> None:
    with pytest.raises(ValueError, match="looks"):
        tables().page("# A page\n", ("looks",))
