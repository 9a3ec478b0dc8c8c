"""The tables of the help pages that say what the code says: the painting options, and the looks; and a first page for
every edit operation that has none.

    make tables

writes what lies between the marks of each page again.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from painter_core.edit.operation import Face, Node  # noqa: E402
from painter_core.edit.operations import OPERATIONS  # noqa: E402
from painter_core.options import AS_THE_LOOK, OPTIONS, Option  # noqa: E402
from painter_core.painting.paint_options import PaintOptions  # noqa: E402
from painter_core.painting.presets import CREAM, PRESETS, WHITE  # noqa: E402

DOCS = ROOT / "nodes" / "web" / "docs"
#: Every page, and the tables that it has; a row of the options is left out where the node has no such input.
PAGES = {
    "PaintImage.md": ("painting options", "looks"),
    "PaintVideo.md": ("painting options but mode",),
    "StyleTransferThenPaint.md": ("painting options but mode",),
}
GROUNDS = {None: "covered", WHITE: "white paper", CREAM: "cream paper"}


def page(text: str, tables: tuple[str, ...]) -> str:
    """A help page with its tables as they should be. Raises ValueError if one has no marks."""
    for table in tables:
        begin, end = f"<!-- {table}: make tables -->\n", f"<!-- end of {table} -->\n"
        before, begins, rest = text.partition(begin)
        _, ends, after = rest.partition(end)
        if not (begins and ends):
            raise ValueError(f"the page must have {begin.strip()} and {end.strip()} around its {table}")
        rows = looks() if table == "looks" else options(table.removeprefix("painting options but "))
        text = "".join([before, begin, "\n", *rows, "\n", end, after])
    return text


def first_page(node: Node, face: Face) -> str:
    """A help page of an edit operation, with what its node says."""
    inputs = [("strokes", node.takes), *((value.name, value.about) for value in face.values)]
    parts = [("input", inputs), ("output", list(node.gives))]
    tables = [[f"| {head} | |\n|---|---|\n", *(f"| `{name}` | {about} |\n" for name, about in rows)]
              for head, rows in parts]  # fmt: skip
    return f"# {node.title}\n\n{node.about}\n\n" + "\n".join("".join(table) for table in tables)


def options(without: str) -> list[str]:
    """The painting options, but one."""
    return ["| painting option | |\n|---|---|\n", *(row(one) for name, one in OPTIONS.items() if name != without)]


def row(option: Option) -> str:
    """One option: what may be given, and what it does."""
    allowed = _allowed(option)
    return f"| `{option.name}` | {f'{allowed}. ' if allowed else ''}{option.about} |\n"


def looks() -> list[str]:
    """Every look, and what it decides."""
    head = "| look | its brush | its strokes | its refine | its ground |\n|---|---|---|---|---|\n"
    return [head, *(_look(name, look) for name, look in PRESETS.items())]


def _look(name: str, look: PaintOptions) -> str:
    return f"| `{name}` | `{look.brush}` | {look.strokes} | {look.refine} | {GROUNDS[look.manner.ground]} |\n"


def _allowed(option: Option) -> str:
    if option.name == "look":
        return ", ".join(f"`{name}`" for name in PRESETS)
    if option.kind is str:
        return "" if option.unset is None else f"`{AS_THE_LOOK}`, or one of your choice"
    if option.name == "seed":
        return ""
    unset = "" if option.unset is None else f"; {option.unset}: {AS_THE_LOOK} has it"
    usual = f"; usually {option.default:g}" if option.unset is None else ""
    return option.range[0].upper() + option.range[1:] + unset + usual


def main() -> None:
    for operation in OPERATIONS.values():
        file = None if operation.node is None else DOCS / f"{operation.node.id}.md"
        if operation.node is not None and file is not None and not file.exists():
            file.write_text(first_page(operation.node, operation.face), encoding="utf-8")
    for name, tables in PAGES.items():
        file = DOCS / name
        file.write_text(page(file.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
