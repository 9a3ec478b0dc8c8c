"""Stroke files of strangers, safetensors and JSON."""

from __future__ import annotations

import base64
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from typing import Any

import torch
from safetensors.torch import save
from stroke_samples import random_strokes
from torch import Tensor

from painter_core.strokes import FIELDS, INTEGER_FIELDS

from .bombs import Malicious, deep, entry, grey_png, long, png, safetensors
from .cases import Case, Stage, made, sparse, written

COUNT = 6
#: Strokes that some files say they have.
BILLION = 10**9
NOT_WHOLE = "not a whole safetensors file"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def tensors() -> dict[str, Tensor]:
    """The tensors of a sound file."""
    strokes = random_strokes(COUNT, 48, 64, brushes=("oil",))
    return {name: getattr(strokes, name).clone() for name in (*FIELDS, "ground")}


def metadata() -> dict[str, str]:
    """What a sound file says of itself."""
    return {
        "format": "alla-prima-strokes",
        "version": "4",
        "canvas": "[48, 64]",
        "brushes": '["oil"]',
        "writer": "0.2.0",
    }


def file(change: dict[str, Any] | None = None, **about: str) -> bytes:
    """A safetensors file, some tensors changed (None: without), and some of its metadata."""
    changed = {name: value for name, value in {**tensors(), **(change or {})}.items() if value is not None}
    return save(changed, {**metadata(), **about})


def spoiled(name: str, value: float) -> Callable[[], bytes]:
    """A file with one wrong number."""

    def content() -> bytes:
        tensor = tensors()[name]
        tensor.view(-1)[1] = value
        return file({name: tensor})

    return content


def header(count: int, ground: int = 0) -> tuple[bytes, int]:
    """The header of a file with so many strokes, and its whole size; `ground`: bytes of a picture to paint on."""
    entries: dict[str, Any] = {"__metadata__": metadata()}
    at = 0
    for name, shape in FIELDS.items():
        size = (8 if name in INTEGER_FIELDS else 4) * torch.Size([count, *shape]).numel()
        entries[name] = entry([count, *shape], at, at + size, "I64" if name in INTEGER_FIELDS else "F32")
        at += size
    size = ground or 12
    entries["ground"] = entry([ground], at, at + size, "U8") if ground else entry([3], at, at + size)
    head = safetensors(entries)
    return head, len(head) + at + size


def document(**changes: Any) -> dict[str, Any]:
    """A sound JSON file's object."""
    place = {"center": [20, 20], "size": [9, 4], "angle": 0.5, "color": [1, 0, 0]}
    strokes = [{**place, "opacity": 1, "brush": 0, "layer": 0, "seed": i} for i in range(COUNT)]
    about = {"format": "alla-prima-strokes", "version": 4, "canvas": [48, 64], "ground": [1, 1, 1], "brushes": ["oil"]}
    return {**about, "strokes": strokes, **changes}


def text(**changes: Any) -> bytes:
    """A JSON file."""
    return json.dumps(document(**changes)).encode()


def stroke(**changes: Any) -> bytes:
    """A JSON file whose second stroke is another."""
    strokes = document()["strokes"]
    strokes[1] = {**strokes[1], **changes}
    return text(strokes=strokes)


def with_text(old: str, new: str) -> bytes:
    """A JSON file with something put in place of something else."""
    return text().replace(old.encode(), new.encode(), 1)


def own_brush(**changes: Any) -> dict[str, Any]:
    """A brush with tips of its own, as files have it."""
    tips = base64.b64encode(grey_png(256, 2 * 128)).decode()
    numbers = {"relief": 0.3, "hardness": 1.0, "detail": 0.8, "least_pitch": 0.0}
    return {"name": "mine", "hair_counts": [0], **numbers, "fine": None, "tips": tips, "large": None, **changes}


def tip_bomb() -> bytes:
    """Brushes whose tips would take 10 GB, in half a megabyte."""
    tips = base64.b64encode(grey_png(256, 60 * 2 * 128)).decode()
    large = base64.b64encode(grey_png(1024, 60 * 2 * 512)).decode()
    return text(brushes=[own_brush(name=f"b{i}", tips=tips, large=large) for i in range(40)])


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("strokes.json", text())
    return packed.getvalue()


def pickled(path: Any, stage: Stage) -> None:
    path.write_bytes(pickle.dumps(Malicious(str(stage.canary))))


BIG = 10 * 2**30
SAFETENSORS: dict[str, tuple[Any, str | None]] = {
    "empty": (written(b""), NOT_WHOLE),
    "header of 10 GB": (written(safetensors({}, length=BIG)), NOT_WHOLE),
    "header of 10 GB that is there": (sparse(safetensors(b"{", length=BIG), BIG + 8), "bytes, and no more than"),
    "header is no JSON": (written(safetensors(b"{]")), NOT_WHOLE),
    "header is a bomb of lists": (written(safetensors(b'{"a":' + deep(50_000) + b"}")), NOT_WHOLE),
    "tensors that overlap": (
        written(safetensors({"center": entry([2, 2], 0, 16), "size": entry([2, 2], 8, 24)}, bytes(24))), NOT_WHOLE),
    "tensors beyond the end": (
        written(safetensors({"center": entry([2, 2], 1 << 40, (1 << 40) + 16)}, bytes(16))), NOT_WHOLE),
    "tensors that run backwards": (written(safetensors({"center": entry([2, 2], 16, 0)}, bytes(16))), NOT_WHOLE),
    "tensors of negative size": (written(safetensors({"center": entry([-2, 2], 0, 16)}, bytes(16))), NOT_WHOLE),
    "10^9 strokes, few bytes": (made(lambda: header(BILLION)[0]), NOT_WHOLE),
    "10^9 strokes, all bytes": (
        lambda path, stage: sparse(*header(BILLION))(path, stage),
        "80,000,001,271 bytes"),
    "a ground of 16 GB": (
        lambda path, stage: sparse(*header(0, 2**34))(path, stage),
        "bytes, and no more than"),
    "half of one": (made(lambda: file()[: len(file()) // 2]), NOT_WHOLE),
    "pickle": (pickled, NOT_WHOLE),
    "zip": (made(zipped), NOT_WHOLE),
    "centers are NaN": (made(spoiled("center", float("nan"))), "center holds NaN or infinite"),
    "sizes are infinite": (made(spoiled("size", float("inf"))), "size holds NaN or infinite"),
    "sizes are negative": (made(spoiled("size", -5.0)), "size must not be negative"),
    "colors of 1e30": (made(spoiled("color", 1e30)), "color must lie in"),
    "negative seeds": (made(spoiled("seed", -1)), "seed must not be negative"),
    "brush 10^9": (made(spoiled("brush", BILLION)), "brush must be below 1"),
    "wrong shapes": (made(lambda: file({"center": torch.zeros(COUNT, 3)})), "center must have the shape"),
    "other number types": (made(lambda: file({"size": torch.ones(COUNT, 2).double()})), "size must be torch.float32"),
    "fields without rows": (made(lambda: file({"center": torch.zeros(())})), "center must have the shape"),
    "a field is missing": (made(lambda: file({"color": None})), "missing: color"),
    "an unknown field": (made(lambda: file({"__class__": torch.zeros(COUNT)})), "does not know"),
    "version of the future": (made(lambda: file(version="999")), "version 999"),
    "version is text": (made(lambda: file(version='"4; rm -rf /"')), "version"),
    "brushes are a bomb of lists": (made(lambda: file(brushes=deep(50_000).decode())), "cannot be read"),
    "a number of a million digits": (made(lambda: file(canvas=f"[{'9' * 10**6}, 4]")), "cannot be read"),
    "a canvas of nothing": (made(lambda: file(canvas="[0, 64]")), "canvas"),
    "a canvas of 2^63": (made(lambda: file(canvas=f"[{2**63 - 1}, 64]")), "canvas"),
    "a canvas of a million squared": (made(lambda: file(canvas="[1000000, 1000000]")), "memory|at most|too large"),
    "strokes far outside": (made(lambda: file({"center": tensors()["center"] + 1e30})), None),
    "strokes of 1e30 pixels": (made(lambda: file({"size": torch.full((COUNT, 2), 1e30)})), None),
    "strokes without size": (made(lambda: file({"size": torch.zeros(COUNT, 2)})), None),
}  # fmt: skip
TIPS = made(tip_bomb)
JSON: dict[str, tuple[Any, str | None]] = {
    "empty": (written(b""), "not whole JSON"),
    "lists in lists, 200,000 deep": (made(deep), "more lists and objects"),
    "objects in objects": (written(b'{"strokes":  ' * 100_000), "more lists and objects|nested too deep"),
    "three million empty lists": (made(lambda: with_text('"strokes": [', '"strokes": ' + long().decode() + ', "x": [')),
                                  "lists and objects"),
    "longer than is read": (sparse(b"[", 200 * 2**20), "MiB"),
    "10^9 strokes claimed": (written(text(strokes=BILLION)), "must be a list"),
    "NaN": (written(with_text("0.5", "NaN")), "NaN, which is not a number"),
    "1e999": (written(with_text("0.5", "1e999")), "angle holds NaN or infinite"),
    "beyond float32": (written(stroke(center=[1e200, 3])), "center holds NaN or infinite"),
    "a number of a million digits": (written(with_text("0.5", "9" * 10**6)), "too large"),
    "seeds beyond 64 bits": (written(stroke(seed=2**70)), "too large"),
    "text in place of numbers": (written(stroke(center=["__import__('os')", 3])), "must be a list of 2 numbers"),
    "negative sizes": (written(stroke(size=[-9, -4])), "size must not be negative"),
    "strokes far outside": (written(stroke(center=[-1e30, 1e30])), None),
    "arcs of 1e12 pixels": (written(stroke(size=[1e12, 1e9], bend=1.5)), None),
    "cut off": (written(text()[:-30]), "not whole JSON"),
    "UTF-16": (written(text().decode().encode("utf-16")), None),
    "no text": (written(b"\xff\xfe\x00\xd8" * 99 + b"\x80"), "not whole JSON|not text"),
    "zeros": (written(bytes(5000)), "not whole JSON"),
    "a prototype": (written(stroke(__proto__={"polluted": True})), "does not know"),
    "a ground that is a bomb": (
        written(text(ground={"png": base64.b64encode(png(60_000, 60_000)).decode()})), "ground is no PNG"),
    "a ground that is not base64": (written(text(ground={"png": "<svg onload=alert(1)>"})), "base64"),
    "tips of 10 GB": (TIPS, "tips of its brushes have more"),
    "tips that are no picture": (written(text(brushes=[own_brush(tips="QUJD")])), "no PNG that can be read"),
    "a brush called ../../x": (written(text(brushes=["../../x"])), "none that this version has"),
    "a brush called by markup": (made(lambda: text(brushes=[own_brush(name=MARKUP)])), None),
    "an unknown brush of markup": (written(text(brushes=[MARKUP])), "none that this version has"),
    "257 brushes": (written(text(brushes=["oil"] * 257)), "1 to 256 brushes"),
}  # fmt: skip


def cases() -> list[Case]:
    """All of them."""
    found = []
    for suffix, these in (("safetensors", SAFETENSORS), ("json", JSON)):
        for number, (name, (make, says)) in enumerate(these.items()):
            found.append(
                Case(f"{suffix}: {name}", "strokes", says, f"hostile_{number}.{suffix}", make, slow=make is TIPS)
            )
    return found
