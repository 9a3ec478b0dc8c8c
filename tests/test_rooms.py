"""The rooms of `painter_core` lie on floors: what one needs lies below it, and nothing goes round in a circle.

All imports count, those inside functions and those for type checkers too. `ARCHITECTURE.md` draws the same house.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "painter_core"
#: Lowest first; rooms of one floor know nothing of one another. Names are folders, or files of the package's own.
FLOORS = (
    {"wording", "exhaustion"},
    {"options", "progress", "color", "images", "shape", "threads", "version"},
    {"checks"},
    {"files"},
    {"brushes"},
    {"stroke_checks"},
    {"strokes"},
    {"manner"},
    {"rendering", "predictor", "detail"},
    {"refinement", "surface"},
    {"edit"},
    {"painting", "paper", "export"},
    {"style", "sequence"},
    {"training"},
    {"bench"},
    {"cli"},
    {"__init__", "__main__"},
)
#: Rooms within a room, and what of it they lie below.
INNER = {"style": ("networks",)}
#: Names of files that say what is in them only with their room's.
COMMON_NAMES = {"__init__"}


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its full name."""
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@cache
def imports(name: str) -> frozenset[str]:
    """The package's modules that a module imports, anywhere in it."""
    file = modules()[name]
    package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            # what is taken from a package may be a module of it
            found |= {f"{module}.{a.name}" if f"{module}.{a.name}" in modules() else module for a in node.names}
    return frozenset(found & modules().keys() - {name})


def room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def test_every_room_has_a_floor_and_no_import_climbs() -> None:
    floors = {each: number for number, floor in enumerate(FLOORS) for each in floor}
    assert {room(name) for name in modules()} == floors.keys()
    climbing = [
        f"{name} imports {other}"
        for name in modules()
        for other in imports(name)
        if room(other) != room(name) and floors[room(other)] >= floors[room(name)]
    ]
    assert not climbing


@pytest.mark.parametrize("room_name", INNER)
def test_an_inner_room_needs_nothing_of_the_room_around_it(room_name: str) -> None:
    for inner in INNER[room_name]:
        prefix = f"{PACKAGE}.{room_name}."
        climbing = [
            f"{name} imports {other}"
            for name in modules()
            if name.startswith(f"{prefix}{inner}")
            for other in imports(name)
            if other.startswith(prefix) and not other.startswith(f"{prefix}{inner}")
        ]
        assert not climbing


def test_nothing_goes_round_in_a_circle() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"a circle: {' -> '.join([*path[path.index(name) :], name])}"
        if name not in done:
            for other in sorted(imports(name)):
                visit(other, (*path, name))
            done.add(name)

    for name in modules():
        visit(name, ())


def test_files_of_one_name_are_the_same_thing() -> None:
    """A command is called as the room that it is about; apart from that, a name of a file stands for one thing."""
    places: dict[str, list[str]] = {}
    for name, file in modules().items():
        if file.stem not in COMMON_NAMES and not name.startswith(f"{PACKAGE}.cli."):
            places.setdefault(file.stem, []).append(name)
    assert {stem: names for stem, names in places.items() if len(names) > 1} == {}
