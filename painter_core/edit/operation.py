"""What an edit operation is: what it is told, what it does, and how people find it.

The command line, the nodes and their help are made from these values; none of them knows a single operation. One is a
file in `operations/` and a line in its list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

#: What an operation does: strokes and its values by their names to new strokes, or several parts of them.
Change = Callable[..., Any]


class Kind(Enum):
    """Kinds of values, and what an operation gets of them; None for what may be missing and is not given."""

    NUMBER = auto()  # float from `least` to `most`
    FACTOR = auto()  # float above 0
    WHOLE = auto()  # int from `least` to `most`, without an end where that is None
    YES = auto()  # bool
    CHOICE = auto()  # str, one of `choices`
    COLOR = auto()  # Tensor (3,) sRGB; people write #d9501e or teal, on a widget also nothing
    SEED = auto()  # int; the command line has one for all operations
    PICTURE = auto()  # Tensor (3, h, w) of any size
    FITTED = auto()  # Tensor (3, H, W), a picture at the size of the canvas
    MASK = auto()  # Tensor (h, w) in [0, 1]; from a node at the size of the canvas
    STROKES = auto()  # another `Strokes`
    BRUSH = auto()  # what `brushes.brush.get_brush` takes: a name, or a file on the command line
    TIP = auto()  # a `Brush` that a node makes; not on the command line
    # on the command line only
    SPAN = auto()  # (low, high) of two numbers of 0 or more, the high one may be infinite
    EXTENT = auto()  # (number, "pixels" or "percent")
    RECTANGLE = auto()  # (left, top, width, height), int
    SIZE = auto()  # (height, width), int


@dataclass(frozen=True)
class Value:
    """One thing that an operation is told: an input of its node, or an option of the command line.

    Attributes:
        name: of the parameter of `Face.change`, and of the node's input.
        kind: see there.
        about: what it does, for people: a sentence for a node, a few words for the command line, with %% for %.
        default: what it is where nothing is said.
        least, most, step, choices: of a number, of a choice; the step is what an arrow of a widget adds.
        flag: the option, where it is another than `--NAME`; metavar: what stands behind it in the help.
        shared: the option of an operation before this one; where this one is asked for, it alone gets the value.
    """

    name: str
    kind: Kind
    about: str
    default: Any = None
    least: float | None = None
    most: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    flag: str = ""
    metavar: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Face:
    """One way to ask for an operation: on a node, or on the command line.

    Attributes:
        values: what it is told, in the order of the node's inputs, which saved workflows depend on: new ones go last.
        change: gets the strokes and all values as keywords, does not change the strokes, and returns new ones; raises
            ValueError for what it cannot do.
        check: gets the values as they were given, before anything is read or done; raises ValueError.
        idle: gets the strokes and the values as they were given: would nothing change?
        draws: it draws the painting: on a node `change` also gets `on_step`, to be called often; it works on the
            device of the strokes.
    """

    values: tuple[Value, ...]
    change: Change
    check: Callable[[Mapping[str, Any]], None] = lambda given: None
    idle: Callable[[Any, Mapping[str, Any]], bool] = lambda strokes, given: False
    draws: bool = False


@dataclass(frozen=True)
class Node:
    """What the node of an operation says.

    Attributes:
        id: its type in workflows, which never changes.
        title: what stands on it; words: what people type who look for it, the most usual first.
        about: what it does, in a sentence.
        takes: what the strokes are that come in; gives: name and meaning of each output.
    """

    id: str
    title: str
    words: tuple[str, ...]
    about: str
    gives: tuple[tuple[str, str], ...]
    takes: str = "The strokes of one or more paintings. They are left as they are."


@dataclass(frozen=True)
class Operation:
    """An edit operation.

    Attributes:
        name: what it is called, one word.
        heading: what it stands under in the help of the command line.
        face: what it is told and what it does, on a node, and on the command line too where `flags` is None: each value
            is then `--NAME-VALUE`, or `--NAME` if the value has the operation's own name, and the operation is done if
            one of them is given.
        flags: how the command line asks for it where that is another way; it is done if one of them is given.
        node: None for what only the command line has.
    """

    name: str
    heading: str
    face: Face
    node: Node | None = None
    flags: Face | None = None

    @property
    def on_command_line(self) -> Face:
        """The way in which the command line asks for it."""
        return self.face if self.flags is None else self.flags

    def flag(self, value: Value) -> str:
        """The option of a value."""
        if value.flag or self.flags is not None:
            return value.flag or "--" + value.name.replace("_", "-")
        name = self.name if value.name == self.name else f"{self.name}-{value.name}"
        return "--" + name.replace("_", "-")
