"""`python -m painter_core edit`: a stroke file becomes another one.

Whatever the order of the options, the operations are applied in that of `edit.operations`: choose strokes
(--keep-layers to --invert), give them another brush or ground, merge, keep the best (--strokes), geometry
(--stroke-length to --resize), colors (--match, --mix, --pigments, --palette or --colors, then hue to contrast), jitter,
order. What options there are, and what they do, the operations say.
"""

from __future__ import annotations

import argparse
from typing import Any

from ..edit.operation import Face, Kind, Operation, Value
from ..edit.operations import OPERATIONS
from ..strokes import Strokes
from .edit_values import FILES, argument, read
from .options import check_files, check_output_size, whole_number
from .places import STROKE_FILES, folders_made, one_painting
from .terminal import tell, warn
from .written import Written

MAX_SEED = 2**64 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    add = parser.add_argument
    add("strokes", nargs="*", metavar="STROKES", help="the painting to edit (.safetensors or .json)")
    add(
        "-o",
        "--output",
        action="append",
        metavar="OUT",
        help="the edited painting: .safetensors, .json or a folder (beside the first one)",
    )
    add("--json", action="store_true", help="print one JSON object about the result")
    add("--seed", type=whole_number(0, MAX_SEED), default=0, metavar="S", help="of jitter, order and merge (0)")
    groups: dict[str, argparse._ArgumentGroup] = {}
    for operation in OPERATIONS.values():
        if operation.heading not in groups:
            groups[operation.heading] = parser.add_argument_group(operation.heading)
        for value in _own(operation):
            words = argument(value)
            groups[operation.heading].add_argument(operation.flag(value), dest=_key(operation, value), **words)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Edit; returns what `--json` prints. Raises ValueError or OSError with what is wrong with the arguments."""
    from ..export.stroke_io import check_strokes_suffix, load_strokes, save_strokes

    place = one_painting(args, STROKE_FILES, "edited", ".safetensors")
    files = [getattr(args, _key(operation, value)) for operation in OPERATIONS.values() for value in _own(operation)
             if value.kind in FILES]  # fmt: skip
    with folders_made([place]):
        for file in place.all():
            check_strokes_suffix(file)
        check_files([args.strokes, *files], place.all())
    asked = _asked(args)
    for operation, given in asked:
        operation.on_command_line.check(given)
    before = after = load_strokes(args.strokes)
    for operation, given in asked:
        after = _applied(after, operation.on_command_line, given, args.strokes)
    after = after.validated()
    if len(before) and not len(after) and not _emptied(asked):
        warn(f"{args.strokes}: none of its strokes was chosen; what is written is empty")
    written = Written()
    for file in place.all():
        with written.output():
            save_strokes(after, file)
    written.finish()
    height, width = after.canvas
    tell(f"{place.main}: {len(after)} strokes of {len(before)}, {width} x {height} pixels")
    return {"strokes": len(after), "strokes_before": len(before), "width": width, "height": height}


def _own(operation: Operation) -> list[Value]:
    """The values that have options, and are no other operation's."""
    unseen = (Kind.SEED, Kind.TIP)
    return [value for value in operation.on_command_line.values if value.kind not in unseen and not value.shared]


def _key(operation: Operation, value: Value) -> str:
    """The name of a value among the parsed arguments."""
    return f"{operation.name}.{value.name}"


def _asked(args: argparse.Namespace) -> list[tuple[Operation, dict[str, Any]]]:
    """The operations that were asked for, in their order, and what they are told, files not yet read."""
    owned = {op.name: {value.name: getattr(args, _key(op, value)) for value in _own(op)} for op in OPERATIONS.values()}
    for operation in OPERATIONS.values():
        mine = owned[operation.name]
        if all(value is None for value in mine.values()):
            continue
        for value in operation.on_command_line.values:
            if value.shared:
                owner = next(name for name, theirs in owned.items() if value.name in theirs and name != operation.name)
                mine[value.name], owned[owner][value.name] = owned[owner][value.name], None
    asked = []
    for operation in OPERATIONS.values():
        mine = owned[operation.name]
        if any(value is not None for value in mine.values()):
            asked.append((operation, _whole(operation.on_command_line, mine, args.seed)))
    return asked


def _whole(face: Face, given: dict[str, Any], seed: int) -> dict[str, Any]:
    """All values of an operation: as they were given, or as they usually are."""
    whole = {value.name: value.default if given.get(value.name) is None else given[value.name] for value in face.values}
    return whole | {value.name: seed for value in face.values if value.kind is Kind.SEED}


def _applied(strokes: Strokes, face: Face, given: dict[str, Any], file: str) -> Strokes:
    if face.idle(strokes, given):
        return strokes
    if face.draws:
        try:
            check_output_size(*strokes.canvas)
        except argparse.ArgumentTypeError as error:
            raise ValueError(f"{file}: {error}") from error
    made = face.change(strokes, **{value.name: read(value, given[value.name], strokes) for value in face.values})
    return made if isinstance(made, Strokes) else made[0]


def _emptied(asked: list[tuple[Operation, dict[str, Any]]]) -> bool:
    """Were no strokes asked for, as --strokes 0 does?"""
    return any(given.get("count") == 0 for _, given in asked)
