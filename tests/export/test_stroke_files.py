"""Stroke files give back the same strokes and refuse anything else with a reason."""

from __future__ import annotations

import json
import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stroke_samples import assert_same, loaded_strokes, random_strokes
from torch import Tensor

from painter_core.brush import BRUSHES
from painter_core.export import (
    load_strokes,
    save_strokes,
)
from painter_core.raster import render
from painter_core.strokes import FIELDS, Strokes


@pytest.mark.parametrize("suffix", [".safetensors", ".json", ".JSON"])
@pytest.mark.parametrize("n", [0, 1, 300])
def test_strokes_come_back_equal(tmp_path: Path, suffix: str, n: int) -> None:
    strokes = loaded_strokes(n)
    save_strokes(strokes, tmp_path / f"s{suffix}")
    assert_same(load_strokes(tmp_path / f"s{suffix}"), strokes)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_views_and_gradients_do_not_matter(tmp_path: Path, suffix: str) -> None:
    strokes = random_strokes()[::3]
    strokes.center.requires_grad_()
    save_strokes(strokes, tmp_path / f"s{suffix}")
    assert_same(load_strokes(tmp_path / f"s{suffix}"), strokes.detach())


def test_json_gives_back_every_float32(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).integers(0, 2**31, 4000, dtype=np.int64).astype(np.uint32)
    values = bits.view(np.float32)
    values = torch.from_numpy(values[np.isfinite(values)][:3000]).reshape(-1, 2)
    zeros = torch.zeros(len(values))
    strokes = Strokes.build(values, torch.ones_like(values), zeros, torch.zeros(len(values), 3), canvas=(9, 9))
    save_strokes(strokes, tmp_path / "s.json")
    assert_same(load_strokes(tmp_path / "s.json"), strokes)


def test_json_is_for_people(tmp_path: Path) -> None:
    strokes = Strokes.build(
        torch.tensor([[1.5, 2.0]]), torch.tensor([[0.1, 0.05]]), torch.zeros(1), torch.ones(1, 3), canvas=(3, 4)
    )
    save_strokes(strokes, tmp_path / "s.json")
    lines = (tmp_path / "s.json").read_text().splitlines()
    assert lines[1:6] == [
        '"format": "alla-prima-strokes",',
        '"version": 2,',
        '"canvas": [3, 4],',
        '"ground": [1, 1, 1],',
        '"strokes": [',
    ]
    assert lines[6].startswith(
        '{"center": [1.5, 2], "size": [0.1, 0.05], "angle": 0, "color": [1, 1, 1], "opacity": 1,'
    )


def test_files_of_version_1_have_plain_strokes(tmp_path: Path) -> None:
    strokes = random_strokes(5)
    save_strokes(strokes, tmp_path / "s.json")
    text = (tmp_path / "s.json").read_text()
    assert "blend" not in text
    (tmp_path / "old.json").write_text(text.replace('"version": 2', '"version": 1'))
    old = {name: getattr(strokes, name) for name in (*FIELDS, "ground") if name != "blend"}
    metadata = {"format": "alla-prima-strokes", "version": "1", "canvas": "[48, 64]"}
    write_safetensors(tmp_path / "old.safetensors", old, metadata)
    for suffix in (".json", ".safetensors"):
        assert_same(load_strokes(tmp_path / f"old{suffix}"), strokes)


@pytest.mark.parametrize("brush", BRUSHES)
def test_a_painting_from_a_file_is_the_same_to_the_bit(tmp_path: Path, brush: str) -> None:
    strokes = loaded_strokes(30)
    for suffix in (".json", ".safetensors"):
        save_strokes(strokes, tmp_path / f"s{suffix}")
        loaded = load_strokes(tmp_path / f"s{suffix}")
        assert torch.equal(render(loaded, brush=brush), render(strokes, brush=brush))
    save_strokes(loaded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "s.json").read_bytes()


def document(tmp_path: Path) -> dict[str, Any]:
    save_strokes(random_strokes(3), tmp_path / "good.json")
    return json.loads((tmp_path / "good.json").read_text())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(version=3), "version 3.*update"),
        (lambda d: d.update(version="1"), "version"),
        (lambda d: d.pop("version"), "version"),
        (lambda d: d.update(format="svg"), "not a stroke file"),
        (lambda d: d.update(canvas=[0, 5]), "canvas"),
        (lambda d: d.update(canvas=[5.5, 5]), "canvas"),
        (lambda d: d.update(canvas=[10**9, 10**9]), "canvas"),
        (lambda d: d.update(ground=[0, 0]), "ground"),
        (lambda d: d.update(ground=[0, 0, 7]), "ground"),
        (lambda d: d.update(strokes={}), "strokes"),
        (lambda d: d["strokes"].append(4), "stroke 3 must be an object"),
        (lambda d: d["strokes"][1].pop("angle"), 'stroke 1 has no "angle"'),
        (lambda d: d["strokes"][1].update(angle="0"), '"angle" of stroke 1 must be a number'),
        (lambda d: d["strokes"][1].update(angle=[0]), '"angle" of stroke 1'),
        (lambda d: d["strokes"][1].update(angle=True), '"angle" of stroke 1'),
        (lambda d: d["strokes"][1].update(angle=None), '"angle" of stroke 1'),
        (lambda d: d["strokes"][1].update(center=[1, 2, 3]), '"center" of stroke 1 must be a list of 2'),
        (lambda d: d["strokes"][1].update(center=[[1], 2]), '"center" of stroke 1'),
        (lambda d: d["strokes"][1].update(layer=1.5), '"layer" of stroke 1 must be a whole number'),
        (lambda d: d["strokes"][1].update(seed=2**63), "too large"),
        (lambda d: d["strokes"][1].update(seed=-1), "seed must not be negative"),
        (lambda d: d["strokes"][1].update(opacity=1.5), "opacity must lie in"),
        (lambda d: d["strokes"][1].update(angle=float("nan")), "NaN"),
        (lambda d: d["strokes"][1].update(blend=[0, 0]), '"blend" of stroke 1 must be a list of 3'),
        (lambda d: d["strokes"][1].update(blend=[0, 0, -1.5]), "blend must lie in"),
        (lambda d: d["strokes"][1].update(angle=1e300), "infinite|overflow"),
    ],
)
def test_malformed_json_is_refused(tmp_path: Path, change: Any, reason: str) -> None:
    content = document(tmp_path)
    change(content)
    (tmp_path / "bad.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"bad\.json: .*({reason})"):
        load_strokes(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 200_000,
        b'{"format": "alla-prima-strokes", "canvas": ' + b"[" * 900 + b"]" * 900 + b', "version": 1}',
        b'{"version": ' + b"9" * 1_000_000 + b"}",
        b'{"format": "alla-prima-strokes", "version": 1, "canvas": [5, 5], "ground": [0, 0, Infinity], "strokes": []}',
        b"\xff\xfe\x00\x01",
        os.urandom(2000),
    ],
    ids=["empty", "list", "null", "deep", "deep canvas", "huge number", "infinity", "utf-16", "noise"],
)
def test_what_is_not_a_stroke_file_is_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("bad.json", "bad.safetensors"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            load_strokes(tmp_path / name)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_truncated_files_are_refused(tmp_path: Path, suffix: str, share: float) -> None:
    save_strokes(random_strokes(), tmp_path / f"whole{suffix}")
    content = (tmp_path / f"whole{suffix}").read_bytes()
    (tmp_path / f"cut{suffix}").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ValueError, match="cut"):
        load_strokes(tmp_path / f"cut{suffix}")


def write_safetensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None) -> None:
    from safetensors.torch import save_file

    save_file(tensors, path, metadata)


@pytest.mark.parametrize(
    ("tensors", "metadata", "reason"),
    [
        ({}, {"version": "3"}, "version 3.*update"),
        ({}, {"version": "[" * 100_000}, "version"),
        ({}, {"format": "pt"}, "not a stroke file"),
        ({}, {"canvas": "[0, 1]"}, "canvas"),
        ({"angle": None}, {}, "missing: angle"),
        ({"ground": None}, {}, "missing: ground"),
        ({"angle": torch.zeros(2)}, {}, "angle must have the shape"),
        ({"angle": torch.zeros(3, dtype=torch.float64)}, {}, "angle must be torch.float32"),
        ({"ground": torch.zeros(3, dtype=torch.float64)}, {}, "ground must be torch.float32"),
        ({"center": torch.zeros(())}, {}, "center must have the shape"),
        ({"angle": torch.full((3,), math.nan)}, {}, "NaN"),
        ({"seed": torch.full((3,), -1)}, {}, "negative"),
        ({"blend": torch.zeros(3, 2)}, {}, "blend must have the shape"),
        ({"blend": torch.full((3, 3), 1.5)}, {}, "blend must lie in"),
    ],
)
def test_malformed_safetensors_are_refused(
    tmp_path: Path, tensors: dict[str, Tensor | None], metadata: dict[str, str], reason: str
) -> None:
    strokes = random_strokes(3)
    content = {name: getattr(strokes, name) for name in (*FIELDS, "ground")} | tensors
    good = {"format": "alla-prima-strokes", "version": "1", "canvas": "[48, 64]"}
    path = tmp_path / "bad.safetensors"
    write_safetensors(path, {name: value for name, value in content.items() if value is not None}, good | metadata)
    with pytest.raises(ValueError, match=rf"bad\.safetensors: .*{reason}"):
        load_strokes(path)


def test_safetensors_without_metadata_or_with_a_lying_header_are_refused(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "plain.safetensors", {"a": torch.zeros(2)}, None)
    with pytest.raises(ValueError, match="not a stroke file"):
        load_strokes(tmp_path / "plain.safetensors")
    (tmp_path / "lie.safetensors").write_bytes(struct.pack("<Q", 2**62) + b"{}")
    with pytest.raises(ValueError, match="lie"):
        load_strokes(tmp_path / "lie.safetensors")


def test_bad_names_and_places(tmp_path: Path) -> None:
    for function in (lambda path: save_strokes(random_strokes(), path), load_strokes):
        with pytest.raises(ValueError, match=r"\.safetensors, \.json"):
            function(tmp_path / "s.txt")
    with pytest.raises(ValueError, match="no such file"):
        load_strokes(tmp_path / "none.json")
    (tmp_path / "dir.json").mkdir()
    with pytest.raises(ValueError, match="not a file"):
        load_strokes(tmp_path / "dir.json")
    for suffix in (".json", ".safetensors"):
        with pytest.raises(OSError, match="no folder"):
            save_strokes(random_strokes(), tmp_path / "typo" / f"s{suffix}")
