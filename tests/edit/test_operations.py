"""The edit operations: all that the command line and the nodes make of them holds together."""

from __future__ import annotations

import argparse
import dataclasses
import math

import pytest
import torch
from stroke_samples import random_strokes
from torch import Tensor

from painter_core.cli import edit
from painter_core.edit.color_text import color_from_text
from painter_core.edit.operation import Face, Kind, Node, Operation, Value
from painter_core.edit.operations import OPERATIONS
from painter_core.strokes import FIELDS, Strokes

CANVAS = (48, 64)
NODES = {name: operation for name, operation in OPERATIONS.items() if operation.node is not None}
#: What is told of each kind where there is no default.
SOMETHING = {
    Kind.SEED: 3, Kind.PICTURE: torch.rand(3, 9, 7, generator=torch.Generator().manual_seed(0)),
    Kind.FITTED: torch.rand(3, *CANVAS, generator=torch.Generator().manual_seed(1)),
    Kind.MASK: (torch.arange(CANVAS[1]) < 30).float().expand(*CANVAS), Kind.STROKES: random_strokes(seed=5),
}  # fmt: skip


def told(value: Value) -> object:
    if value.kind is Kind.COLOR:
        return color_from_text(value.default) if value.default else None
    return SOMETHING.get(value.kind, value.default)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    edit.add_arguments(made)
    return made


@pytest.mark.parametrize("name", NODES)
@pytest.mark.parametrize("count", [40, 1, 0])
def test_an_operation_returns_new_strokes_and_leaves_the_old_ones(name: str, count: int) -> None:
    strokes, face = random_strokes(count), NODES[name].face
    before = {field: getattr(strokes, field).clone() for field in FIELDS}
    given = {value.name: told(value) for value in face.values}
    made = face.change(strokes, **given)
    node = NODES[name].node
    assert node is not None
    for part in [made] if len(node.gives) == 1 else made:
        assert isinstance(part, Strokes)
        part.validated()
    assert all(torch.equal(getattr(strokes, field), value) for field, value in before.items())


@pytest.mark.parametrize("name", NODES)
def test_defaults_are_within_their_range_and_named_once(name: str) -> None:
    values = NODES[name].face.values
    assert len({value.name for value in values}) == len(values)
    for value in values:
        if value.kind in (Kind.NUMBER, Kind.WHOLE):
            assert value.least is not None
            assert value.most is not None
            assert value.least <= value.default <= value.most
        if value.kind is Kind.CHOICE:
            assert value.default in value.choices


def test_ids_and_titles_are_one_nodes_each() -> None:
    nodes = [operation.node for operation in NODES.values() if operation.node is not None]
    for part in ("id", "title"):
        assert len({getattr(node, part) for node in nodes}) == len(nodes)


def test_nothing_is_asked_for_where_nothing_is_said() -> None:
    assert edit._asked(parser().parse_args(["s.json"])) == []


def test_what_one_operation_shares_with_another_is_the_later_ones_alone() -> None:
    (only,) = edit._asked(parser().parse_args(["s.json", "--mask", "m.png"]))
    assert (only[0].name, only[1]["mask"]) == ("choose", "m.png")
    (only,) = edit._asked(parser().parse_args(["s.json", "--mask", "m.png", "--merge", "o.json"]))
    assert (only[0].name, only[1]["mask"]) == ("merge", "m.png")
    both = edit._asked(parser().parse_args(["s.json", "--merge", "o.json", "--mask", "m.png", "--invert"]))
    assert [(operation.name, given["mask"]) for operation, given in both] == [("choose", None), ("merge", "m.png")]


def test_operations_are_asked_for_in_their_own_order_with_the_one_seed() -> None:
    words = ["--order", "random", "--jitter", "2", "--hue", "9", "--keep-layers", "1-", "--seed", "7"]
    asked = edit._asked(parser().parse_args(["s.json", *words]))
    assert [operation.name for operation, _ in asked] == ["choose", "recolor", "jitter", "order"]
    assert asked[0][1]["keep_layers"] == (1.0, math.inf)
    assert asked[1][1]["saturation"] == 1.0
    assert asked[2][1]["seed"] == asked[3][1]["seed"] == 7


@pytest.fixture
def speckled(monkeypatch: pytest.MonkeyPatch) -> Operation:
    """An operation that says nothing of the command line."""

    def change(strokes: Strokes, *, speckle: float, tone: Tensor | None, every: int) -> Strokes:
        assert tone is None
        return strokes

    values = (
        Value("speckle", Kind.NUMBER, "How much of it.", 0.5, 0.0, 1.0),
        Value("tone", Kind.COLOR, "What color.", ""),
        Value("every", Kind.WHOLE, "How many are left out.", 3, 1, 9),
    )
    node = Node("SpeckleStrokes", "Speckle Strokes", ("dots",), "Dots.", (("strokes", "With dots."),))
    operation = Operation("speckle", "6. colors", Face(values, change), node)
    monkeypatch.setitem(OPERATIONS, "speckle", operation)
    return operation


def test_an_operation_is_on_the_command_line_without_saying_so(speckled: Operation) -> None:
    assert [speckled.flag(value) for value in speckled.face.values] == [
        "--speckle", "--speckle-tone", "--speckle-every",
    ]  # fmt: skip
    assert edit._asked(parser().parse_args(["s.json"])) == []
    ((operation, given),) = edit._asked(parser().parse_args(["s.json", "--speckle-every", "4"]))
    assert operation is speckled
    assert given == {"speckle": 0.5, "tone": "", "every": 4}
    assert edit._applied(random_strokes(), operation.on_command_line, given, "s.json").canvas == CANVAS
    with pytest.raises(SystemExit):
        parser().parse_args(["s.json", "--speckle-every", "0"])


def test_flags_that_are_taken_are_refused(speckled: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    face = Face((Value("mix", Kind.YES, "Again.", False),), speckled.face.change)
    twice = dataclasses.replace(speckled, name="mix", face=face)
    monkeypatch.setitem(OPERATIONS, "speckle", twice)
    with pytest.raises(argparse.ArgumentError, match="--mix"):
        parser()
