"""Stroke files: `.safetensors` (exact and small) and `.json` (for people and other programs).

Safetensors: one tensor for each field of `Strokes` that has a row for every stroke, with the types of the class;
`ground`, float32 (3,) or, of a picture, the bytes of a PNG as uint8; and the metadata `format` = "alla-prima-strokes",
`version` = "4", `canvas` = "[height, width]", `brushes`, a JSON list, and `writer`, the program's version.

JSON, one stroke a line, first painted first; units and ranges as in `Strokes`:

    {
    "format": "alla-prima-strokes",
    "version": 4,
    "writer": "0.2.0",
    "canvas": [height, width],
    "ground": [r, g, b],
    "brushes": ["oil"],
    "strokes": [
    {"center": [x, y], "size": [length, width], "angle": a, "color": [r, g, b], "opacity": o, "brush": b, "layer": l,
     "seed": s},
    ...
    ]
    }

Strokes that bend or taper have `"bend": radians` and `"taper": share`, those of two colors `"blend": [r, g, b]` as
well; in JSON what is left out of these is 0.

`brush` is an index into `brushes`: names of built-in brushes, or objects, see `brush_entries`. A ground that is a
picture is `{"png": base64}`; it is kept with 8 bits a channel.

Version 3 has no `bend` and no `taper`: its strokes are straight. Version 2 has no `brushes` either, and its `ground` is
a color: its strokes are opened as oil. Version 1 has no `blend` either: all its strokes are plain. Fields of strokes
that this version does not know are refused: what they say would be lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..brushes.brush import Brush
from ..files.atomic import atomic_path
from ..strokes import FIELDS, INTEGER_FIELDS, USUAL_BRUSH, Strokes
from ..version import version
from ..wording import shown
from .blobs import bytes_of, pixels_of, png_of, text_of
from .brush_entries import brushes_of_entries, entries_of

FORMAT = "alla-prima-strokes"
VERSION = 4
#: Fields that a file may lack, and what they are then: those that came after version 1.
DEFAULTS = {"blend": 0.0, "bend": 0.0, "taper": 0.0}
#: The first version in which paintings know their brushes and their ground.
WITH_BRUSHES = 3
#: JSON is read as a whole, so a limit keeps a wrong file from filling the memory; about 600,000 strokes.
MAX_JSON_BYTES = 128 * 2**20
#: Longest side of a reference canvas that is read, in pixels; beyond it float32 positions lose their fractions.
MAX_CANVAS_SIDE = 2**20
#: Digits of the longest int64; longer numbers are refused before they are converted, which takes quadratic time.
MAX_INTEGER_DIGITS = 19
#: Most pixels of a ground that is a picture.
MAX_GROUND_PIXELS = 2**26
#: Longest file that is read: ten million strokes, two hundred times as many as anybody paints.
MAX_BYTES = 2**30
#: JSON has no more lists and objects than one for so many bytes: strokes have one for 20 or more, and a file of empty
#: ones would take thirty times its size in memory.
BYTES_PER_LIST = 12


def save_strokes(strokes: Strokes, path: str | os.PathLike[str]) -> None:
    """Write strokes to `path`, whole or not at all; the suffix `.safetensors` or `.json` picks the format.

    Both give back exactly the same strokes; a ground that is a picture, and tips of people's own brushes, are rounded
    to 8 bits (those that are cut from pictures have no more). Raises ValueError for another suffix or malformed
    strokes, OSError that names the file and the reason when it cannot be written.
    """
    writer = _by_suffix(path, _SAVERS)
    writer(strokes.detach().to("cpu").validated(), path)


def load_strokes(path: str | os.PathLike[str]) -> Strokes:
    """The strokes in a file that `save_strokes` or someone's own program wrote.

    Raises ValueError that names the file and the reason: missing, another kind of file, truncated, a version of the
    future, missing fields or unknown ones, wrong types or shapes, NaN, unknown brushes.
    """
    reader = _by_suffix(path, _LOADERS)
    if not os.path.exists(path):
        raise ValueError(f"{path}: there is no such file")
    if not os.path.isfile(path):
        raise ValueError(f"{path}: this is not a file")
    try:
        return reader(path)
    except SafetensorError as error:
        raise ValueError(f"{path}: this is not a whole safetensors file ({error})") from error
    except (ValueError, OSError) as error:
        raise ValueError(f"{path}: {error}") from error


def check_strokes_suffix(path: str | os.PathLike[str]) -> None:
    """Raise ValueError that lists the suffixes if strokes cannot be written to a file with this name."""
    _by_suffix(path, _SAVERS)


def _by_suffix(path: str | os.PathLike[str], choices: dict[str, Callable]) -> Callable:
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if suffix not in choices:
        given = f"{suffix!r}" if suffix else "none"
        raise ValueError(f"{path}: the suffix of a stroke file is one of {', '.join(choices)}, got {given}")
    return choices[suffix]


def _check_header(format_name: object, version: object, canvas: Any) -> tuple[int, tuple[int, int]]:
    """The version, and (height, width), if the three say that this file can be read."""
    if format_name != FORMAT:
        raise ValueError(f'this is not a stroke file: its "format" is {shown(format_name)}, not "{FORMAT}"')
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(f'its "version" must be a whole number from 1, got {shown(version)}')
    if version > VERSION:
        raise ValueError(f"it has version {version} and this program reads up to {VERSION}; update to read it")
    whole = isinstance(canvas, list) and len(canvas) == 2 and all(type(side) is int for side in canvas)
    if not whole or not all(1 <= side <= MAX_CANVAS_SIDE for side in canvas):
        allowed = f"[height, width] in whole pixels from 1 to {MAX_CANVAS_SIDE}"
        raise ValueError(f'its "canvas" must be {allowed}, got {shown(canvas)}')
    return version, (canvas[0], canvas[1])


def _save_safetensors(strokes: Strokes, path: str | os.PathLike[str]) -> None:
    tensors = {name: getattr(strokes, name).clone().contiguous() for name in (*FIELDS, "ground")}
    if strokes.on_picture:
        tensors["ground"] = torch.frombuffer(bytearray(_ground_png(strokes.ground)), dtype=torch.uint8)
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "canvas": json.dumps(list(strokes.canvas)),
        "brushes": json.dumps(entries_of(strokes.brushes)),
        "writer": version(),
    }
    with atomic_path(path) as temporary:
        # not save_file, whose files nobody else may read
        Path(temporary).write_bytes(save(tensors, metadata))


def _load_safetensors(path: str | os.PathLike[str]) -> Strokes:
    size = os.path.getsize(path)
    if size > MAX_BYTES:  # before it is opened: that takes as much address space
        raise ValueError(f"it has {size:,} bytes, and no more than {MAX_BYTES:,} are read")
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        try:
            number, canvas, entries = (_json(metadata.get(key, "null")) for key in ("version", "canvas", "brushes"))
        except (ValueError, RecursionError) as error:
            raise ValueError('its "version", "canvas" or "brushes" cannot be read') from error
        number, canvas = _check_header(metadata.get("format"), number, canvas)
        there = set(file.keys())
        if number >= WITH_BRUSHES:
            _check_known(there - {"ground"}, "it")
        missing = [name for name in (*FIELDS, "ground") if name not in there and name not in DEFAULTS]
        if missing:
            raise ValueError(f"these fields are missing: {', '.join(missing)}")
        tensors = {name: file.get_tensor(name) for name in (*FIELDS, "ground") if name in there}
    if tensors["center"].ndim == 0:
        raise ValueError("strokes: center must have the shape (N, 2), got ()")
    for name in DEFAULTS.keys() - there:
        tensors[name] = torch.full((len(tensors["center"]), *FIELDS[name]), DEFAULTS[name])
    if tensors["ground"].dtype == torch.uint8 and number >= WITH_BRUSHES:
        tensors["ground"] = _ground_of(tensors["ground"].flatten().numpy().tobytes())
    elif tensors["ground"].dtype != torch.float32 or tensors["ground"].ndim != 1:
        given = f"{tensors['ground'].dtype} {tuple(tensors['ground'].shape)}"
        raise ValueError(f"strokes: ground must be torch.float32 (3,), or the bytes of a PNG, got {given}")
    return _painting(tensors, canvas, number, entries, metadata.get("writer"))


def _painting(
    fields: dict[str, Tensor], canvas: tuple[int, int], number: int, entries: object, writer: object
) -> Strokes:
    """The strokes of a file of version `number`, checked."""
    brushes: tuple[str | Brush, ...] = (USUAL_BRUSH,)
    if number >= WITH_BRUSHES:
        brushes = brushes_of_entries(entries, writer)
    else:  # what their indices meant, nobody knew
        fields["brush"] = fields["brush"].clamp(max=0)
    return Strokes(**fields, canvas=canvas, brushes=brushes).validated()


def _check_known(names: Iterable[str], what: str) -> None:
    unknown = sorted(set(names) - FIELDS.keys())
    if unknown:
        raise ValueError(
            f"{what} has {unknown[0][:40]!r}, which this version does not know, and would be lost; update to open this "
            "file"
        )


def _ground_png(ground: Tensor) -> bytes:
    pixels = (ground.clamp(0, 1) * 255).round().to(torch.uint8)
    return png_of(pixels.permute(1, 2, 0).contiguous().numpy())


def _ground_of(data: bytes) -> Tensor:
    """(3, h, w) of a PNG."""
    pixels = torch.from_numpy(pixels_of(data, "RGB", MAX_GROUND_PIXELS, "its ground"))
    return pixels.permute(2, 0, 1).to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def _json(text: str) -> object:
    return json.loads(text, parse_int=_whole_number, parse_constant=_no_constant)


def _save_json(strokes: Strokes, path: str | os.PathLike[str]) -> None:
    columns = {name: getattr(strokes, name).numpy() for name in FIELDS}
    rows = (
        "{" + ", ".join(f'"{name}": {_number_text(row)}' for name, row in entries.items()) + "}"
        for entries in _entries(columns, len(strokes))
    )
    ground = {"png": text_of(_ground_png(strokes.ground))} if strokes.on_picture else None
    head = {
        "format": FORMAT,
        "version": VERSION,
        "writer": version(),
        "canvas": list(strokes.canvas),
        "ground": ground,
        "brushes": entries_of(strokes.brushes),
    }
    lines = {name: json.dumps(value) for name, value in head.items()}
    if ground is None:
        lines["ground"] = _number_text(strokes.ground.numpy())
    text = "{\n" + "".join(f'"{name}": {line},\n' for name, line in lines.items())
    text += '"strokes": [\n' + ",\n".join(rows) + "\n]\n}\n"
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="ascii")


def _entries(columns: dict[str, np.ndarray], n: int) -> Iterator[dict[str, np.ndarray]]:
    """What is written of each stroke: its fields, without those that hold what a file may leave out."""
    for i in range(n):
        row = {name: column[i] for name, column in columns.items()}
        yield {name: value for name, value in row.items() if name not in DEFAULTS or (value != DEFAULTS[name]).any()}


def _number_text(value: Any) -> str:
    """A number, or a row of them, as JSON with as few digits as give the same float32 back."""
    if isinstance(value, np.ndarray):
        return "[" + ", ".join(_number_text(entry) for entry in value) + "]"
    return str(value).removesuffix(".0")  # numpy prints the shortest text that reads back as the same float32


def _load_json(path: str | os.PathLike[str]) -> Strokes:
    if os.path.getsize(path) > MAX_JSON_BYTES:
        raise ValueError(f"JSON of more than {MAX_JSON_BYTES // 2**20} MiB is not read; use .safetensors for so many")
    content = Path(path).read_bytes()
    if content.count(b"[") + content.count(b"{") > 100 + len(content) // BYTES_PER_LIST:
        raise ValueError("this is not a stroke file: it has more lists and objects than strokes have")
    try:
        document = json.loads(content, parse_int=_whole_number, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ValueError("this is not JSON: it is not text") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not whole JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("this is not a stroke file: its lists are nested too deep") from error
    if not isinstance(document, dict):
        raise ValueError("this is not a stroke file: it must hold one JSON object")
    number, canvas = _check_header(document.get("format"), document.get("version"), document.get("canvas"))
    rows = document.get("strokes")
    if not isinstance(rows, list):
        raise ValueError('its "strokes" must be a list of objects')
    fields = _columns(rows, strict=number >= WITH_BRUSHES)
    ground = document.get("ground")
    if number >= WITH_BRUSHES and isinstance(ground, dict) and ground.keys() == {"png"}:
        fields["ground"] = _ground_of(bytes_of(ground["png"], 'the "png" of its "ground"'))
    else:
        ground = _numbers(ground, (3,), int_only=False, where='its "ground"')
        fields["ground"] = torch.tensor(ground, dtype=torch.float32)
    return _painting(fields, canvas, number, document.get("brushes"), document.get("writer"))


def _columns(rows: list[Any], strict: bool) -> dict[str, Tensor]:
    """Tensors from a list of objects, one for each stroke; `strict`: no fields that are unknown."""
    lists: dict[str, list[Any]] = {name: [] for name in FIELDS}
    for i, row in enumerate(rows):
        if not isinstance(row, dict):
            raise ValueError(f"stroke {i} must be an object, got {shown(row)}")
        if strict and not row.keys() <= FIELDS.keys():
            _check_known(row, f"stroke {i}")
        for name, shape in FIELDS.items():
            if name not in row and name in DEFAULTS:
                lists[name].append([DEFAULTS[name]] * shape[0] if shape else DEFAULTS[name])
                continue
            if name not in row:
                raise ValueError(f'stroke {i} has no "{name}"')
            where = f'"{name}" of stroke {i}'
            lists[name].append(_numbers(row[name], shape, int_only=name in INTEGER_FIELDS, where=where))
    return {
        name: torch.tensor(values, dtype=torch.int64 if name in INTEGER_FIELDS else torch.float32).reshape(
            len(rows), *FIELDS[name]
        )
        for name, values in lists.items()
    }


def _numbers(value: Any, shape: tuple[int, ...], *, int_only: bool, where: str) -> Any:
    """`value`, if it is one number (shape ()) or a list of `shape[0]` numbers."""
    kinds = (int,) if int_only else (int, float)
    entries = value if shape and isinstance(value, list) else [value]
    count = shape[0] if shape else 1
    if (shape and not isinstance(value, list)) or len(entries) != count or any(type(e) not in kinds for e in entries):
        wanted = f"a list of {count} numbers" if shape else "a whole number" if int_only else "a number"
        raise ValueError(f"{where} must be {wanted}, got {shown(value)}")
    return value


def _whole_number(text: str) -> int:
    if len(text.lstrip("-")) > MAX_INTEGER_DIGITS or abs(int(text)) >= 2**63:
        raise ValueError(f"the number {text[:24]}... is too large")
    return int(text)


def _no_constant(text: str) -> float:
    raise ValueError(f"it holds {text}, which is not a number")


_SAVERS = {".safetensors": _save_safetensors, ".json": _save_json}
_LOADERS = {".safetensors": _load_safetensors, ".json": _load_json}
