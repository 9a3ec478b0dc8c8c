"""The nodes that edit strokes, one for each operation of the library that has a node."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import comfy.model_management as mm
from comfy_api.latest import io

from ..painter_core import Strokes
from ..painter_core.edit.color_text import color_from_text
from ..painter_core.edit.operation import Face, Kind, Node, Value
from ..painter_core.edit.operations import OPERATIONS
from . import adapt, menu
from .edit_batch import each, mask_of, seed_input, strokes_input, strokes_output
from .inputs import brush_input, check_choice, other_brush, refused_color
from .types import BrushTip, StrokeBatch

#: Inputs that nothing has to be connected to.
OPTIONAL = (Kind.PICTURE, Kind.FITTED, Kind.MASK, Kind.TIP)


def edit_nodes() -> list[type[io.ComfyNode]]:
    """A node for each operation, in their order."""
    return [node_of(operation.node, operation.face) for operation in OPERATIONS.values() if operation.node is not None]


def node_of(words: Node, face: Face) -> type[io.ComfyNode]:
    """The node of an operation."""

    def define_schema(cls: type[io.ComfyNode]) -> io.Schema:
        return menu.schema(
            words.id,
            description=words.about,
            inputs=[strokes_input(words.takes), *(_input(value) for value in face.values)],
            outputs=[strokes_output(about, name) for name, about in words.gives],
        )

    def execute(cls: type[io.ComfyNode], strokes: list[Strokes], **given: Any) -> io.NodeOutput:
        given = {value.name: given.get(value.name) for value in face.values}
        ready = _ready(face, given)
        face.check(given)
        made = each(strokes, lambda index, painting: _changed(face, given, ready, index, painting))
        if len(words.gives) == 1:
            return io.NodeOutput(made)
        return io.NodeOutput(*([parts[i] for parts in made] for i in range(len(words.gives))))

    setattr(execute, "__signature__", _signature(face))  # noqa: B010 (what it takes, for those who ask)
    methods: dict[str, Callable[..., Any]] = {"define_schema": define_schema, "execute": execute}
    colors = [value.name for value in face.values if value.kind is Kind.COLOR]
    if colors:
        methods["validate_inputs"] = _validation(colors)
    members = {name: classmethod(method) for name, method in methods.items()}
    return type(words.id, (io.ComfyNode,), {"__doc__": words.about, "__module__": __name__, **members})


def _input(value: Value) -> io.Input:
    """The widget or socket of a value."""
    name = value.name
    words: dict[str, Any] = {"tooltip": value.about}
    if value.kind is Kind.SEED:
        return seed_input(value.about)
    if value.kind is Kind.BRUSH:
        return brush_input(value.about)
    if value.kind in SOCKETS:
        optional = {"optional": True} if value.kind in OPTIONAL else {}
        return SOCKETS[value.kind].Input(name, **optional, **words)
    words["default"] = value.default
    if value.kind is Kind.CHOICE:
        return io.Combo.Input(name, options=list(value.choices), **words)
    if value.kind is Kind.YES:
        return io.Boolean.Input(name, **words)
    if value.kind is Kind.COLOR:
        return io.String.Input(name, **words)
    step = {} if value.step is None else {"step": value.step}
    return NUMBERS[value.kind].Input(name, min=value.least, max=value.most, **step, **words)


SOCKETS: Mapping[Kind, Any] = {
    Kind.PICTURE: io.Image, Kind.FITTED: io.Image, Kind.MASK: io.Mask, Kind.STROKES: StrokeBatch, Kind.TIP: BrushTip,
}  # fmt: skip
NUMBERS: Mapping[Kind, Any] = {Kind.NUMBER: io.Float, Kind.FACTOR: io.Float, Kind.WHOLE: io.Int}


def _signature(face: Face) -> inspect.Signature:
    """What `execute` takes: the class, the strokes, and the operation's values."""
    words = inspect.Parameter.POSITIONAL_OR_KEYWORD
    needed = [inspect.Parameter(name, words) for name in ("cls", "strokes")]
    needed += [inspect.Parameter(value.name, words) for value in face.values if value.kind not in OPTIONAL]
    rest = [
        inspect.Parameter(value.name, words, default=None, annotation=Any)
        for value in face.values
        if value.kind in OPTIONAL
    ]
    return inspect.Signature([*needed, *rest])


def _validation(colors: list[str]) -> Callable[..., bool | str]:
    """Looks at colors before anything of the graph runs; None comes from another node, and is known later."""

    def validate_inputs(cls: type[io.ComfyNode], **given: str | None) -> bool | str:
        return next((refused for name in colors if (refused := refused_color(given.get(name)))), True)

    words = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, words) for name in ("cls", *colors)]
    setattr(validate_inputs, "__signature__", inspect.Signature(parameters))  # noqa: B010
    return validate_inputs


def _ready(face: Face, given: Mapping[str, Any]) -> dict[str, Any]:
    """What all paintings of a batch share, checked; ValueError names the input."""
    ready = dict(given)
    for value in face.values:
        if value.kind is Kind.CHOICE:
            check_choice(value.name, given[value.name], value.choices)
        elif value.kind is Kind.BRUSH:
            ready[value.name] = other_brush(given[value.name], None)
        elif value.kind is Kind.COLOR:
            text = given[value.name]
            ready[value.name] = color_from_text(text) if text.strip() else None
    return ready


def _changed(face: Face, given: Mapping[str, Any], ready: Mapping[str, Any], index: int, painting: Strokes) -> Any:
    """What becomes of one painting of a batch."""
    if face.idle(painting, given):
        return painting
    if not face.draws:
        return face.change(painting, **_values(face, ready, index, painting))
    work = painting.to(mm.get_torch_device())
    look = mm.throw_exception_if_processing_interrupted
    return face.change(work, on_step=look, **_values(face, ready, index, work)).to(painting.center.device)


def _values(face: Face, ready: Mapping[str, Any], index: int, painting: Strokes) -> dict[str, Any]:
    """What an operation gets for one painting, on its device."""
    return {value.name: _value(value, ready[value.name], index, painting) for value in face.values}


def _value(value: Value, given: Any, index: int, painting: Strokes) -> Any:
    if given is None:
        return None
    if value.kind is Kind.MASK:
        return mask_of(given, index, painting)
    if value.kind is Kind.STROKES:
        return given[index % len(given)]
    if value.kind in (Kind.PICTURE, Kind.FITTED):
        picture = adapt.picture(given, adapt.partner(given, index), painting.center.device)
        return adapt.resized(picture, painting.canvas) if value.kind is Kind.FITTED else picture
    return given
