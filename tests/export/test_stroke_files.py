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
from stroke_samples import MIXED, assert_same, bent_strokes, loaded_strokes, random_strokes
from torch import Tensor

from painter_core.brushes.brush import BRUSHES
from painter_core.export import (
    load_strokes,
    save_strokes,
)
from painter_core.rendering.raster import render
from painter_core.strokes import FIELDS, Strokes
from painter_core.version import version


@pytest.mark.parametrize("suffix", [".safetensors", ".json", ".JSON"])
@pytest.mark.parametrize("n", [0, 1, 300])
def test_strokes_come_back_equal(tmp_path: Path, suffix: str, n: int) -> None:
    strokes = loaded_strokes(n, brushes=MIXED)
    save_strokes(strokes, tmp_path / f"s{suffix}")
    assert_same(load_strokes(tmp_path / f"s{suffix}"), strokes)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_bent_strokes_come_back_equal_and_straight_ones_take_no_room_for_it(tmp_path: Path, suffix: str) -> None:
    strokes = bent_strokes(60, brushes=MIXED)
    save_strokes(strokes, tmp_path / f"s{suffix}")
    assert_same(load_strokes(tmp_path / f"s{suffix}"), strokes)
    if suffix == ".json":
        rows = json.loads((tmp_path / "s.json").read_text())["strokes"]
        assert ["bend" in row and "taper" in row for row in rows] == [i % 3 > 0 for i in range(60)]


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_views_and_gradients_do_not_matter(tmp_path: Path, suffix: str) -> None:
    strokes = random_strokes(brushes=MIXED)[::3]
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
    assert lines[1:8] == [
        '"format": "alla-prima-strokes",',
        '"version": 4,',
        f'"writer": "{version()}",',
        '"canvas": [3, 4],',
        '"ground": [1, 1, 1],',
        '"brushes": ["oil"],',
        '"strokes": [',
    ]
    assert lines[8].startswith(
        '{"center": [1.5, 2], "size": [0.1, 0.05], "angle": 0, "color": [1, 1, 1], "opacity": 1,'
    )


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_files_of_version_3_hold_straight_strokes(tmp_path: Path, suffix: str) -> None:
    strokes = loaded_strokes(20, brushes=MIXED)
    if suffix == ".json":
        (tmp_path / "old.json").write_text(json.dumps(document(tmp_path, strokes) | {"version": 3}))
    else:
        old = {name: getattr(strokes, name) for name in (*FIELDS, "ground") if name not in ("bend", "taper")}
        facts = {"format": "alla-prima-strokes", "version": "3", "canvas": "[48, 64]", "brushes": json.dumps(MIXED)}
        write_safetensors(tmp_path / "old.safetensors", old, facts)
    assert_same(load_strokes(tmp_path / f"old{suffix}"), strokes)


@pytest.mark.parametrize("number", [1, 2])
def test_older_files_are_opened_as_oil_on_a_plain_ground(tmp_path: Path, number: int) -> None:
    strokes = random_strokes(5, brushes=MIXED) if number == 1 else loaded_strokes(5, brushes=MIXED)
    content: dict[str, Any] = document(tmp_path, strokes)
    content["version"] = number
    del content["brushes"], content["writer"]
    assert ("blend" in content["strokes"][1]) == (number == 2)
    content["strokes"][1]["mine"] = "what other programs keep there"
    (tmp_path / "old.json").write_text(json.dumps(content))
    later = ("bend", "taper") if number == 2 else ("bend", "taper", "blend")
    old = {name: getattr(strokes, name) for name in (*FIELDS, "ground") if name not in later}
    metadata = {"format": "alla-prima-strokes", "version": str(number), "canvas": "[48, 64]"}
    write_safetensors(tmp_path / "old.safetensors", old | {"mine": torch.zeros(2)}, metadata)
    assert strokes.brush.any()  # indices that nobody gave a meaning
    for suffix in (".json", ".safetensors"):
        assert_same(load_strokes(tmp_path / f"old{suffix}"), strokes.with_brush("oil"))


@pytest.mark.parametrize("brush", BRUSHES)
def test_a_painting_from_a_file_is_the_same_to_the_bit(tmp_path: Path, brush: str) -> None:
    strokes = loaded_strokes(30)
    for suffix in (".json", ".safetensors"):
        save_strokes(strokes, tmp_path / f"s{suffix}")
        loaded = load_strokes(tmp_path / f"s{suffix}")
        assert torch.equal(render(loaded, brush=brush), render(strokes, brush=brush))
    save_strokes(loaded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "s.json").read_bytes()


def document(tmp_path: Path, strokes: Strokes | None = None) -> dict[str, Any]:
    save_strokes(random_strokes(3, brushes=MIXED) if strokes is None else strokes, tmp_path / "good.json")
    return json.loads((tmp_path / "good.json").read_text())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(version=5), "version 5.*update"),
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
        (lambda d: d["strokes"][1].update(curl=0.5), "stroke 1 has 'curl'.*update"),
        (lambda d: d["strokes"][1].update(bend=7), "bend must lie in"),
        (lambda d: d["strokes"][1].update(taper=[0.1]), '"taper" of stroke 1 must be a number'),
        (lambda d: d["strokes"][1].update(brush=3), "brush must be below 3"),
        (lambda d: d["strokes"][1].update(brush=-1), "brush must not be negative"),
        (lambda d: d.pop("brushes"), "brushes"),
        (lambda d: d.update(brushes=[]), "brushes"),
        (lambda d: d.update(brushes=["oil"] * 1000), "brushes"),
        (lambda d: d.update(brushes="oil"), "brushes"),
        (lambda d: d.update(brushes=["oil", "sponge", "flat"], writer="7.1"), "'sponge'.*version 7.1.*update"),
        (lambda d: d.update(brushes=["oil", "sponge", "flat"], writer=None), "'sponge'.*newer version.*update"),
        (lambda d: d.update(brushes=["oil", "/etc/passwd", "flat"]), "is none that this version has"),
        (lambda d: d.update(brushes=["oil", 3, "flat"]), "brush 1 must be a name or an object"),
        (lambda d: d.update(brushes=["oil", {}, "flat"]), "brush 1 lacks"),
        (lambda d: d.update(ground={"png": "!"}), "png"),
        (lambda d: d.update(ground={"png": 3}), "png"),
        (lambda d: d.update(ground={"png": "aaaa"}), "ground is no PNG"),
        (lambda d: d.update(ground={"jpg": ""}), "ground"),
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
        ({}, {"version": "5"}, "version 5.*update"),
        ({}, {"version": "3"}, "brushes"),
        ({}, {"version": "3", "brushes": '["oil"]'}, "brush must be below 1"),
        ({}, {"version": "3", "brushes": '["sponge"]'}, "'sponge' is none"),
        ({}, {"version": "3", "brushes": "[" * 100_000}, "brushes"),
        ({}, {"version": "3", "brushes": "[NaN]"}, "brushes"),
        ({"curl": torch.zeros(3)}, {"version": "3", "brushes": '["oil"]'}, "it has 'curl'.*update"),
        ({"ground": torch.zeros(9, dtype=torch.uint8)}, {"version": "3", "brushes": '["oil"]'}, "no PNG"),
        ({"ground": torch.zeros(9, dtype=torch.uint8)}, {}, "ground must be"),
        ({"ground": torch.zeros(3, 4, 4)}, {}, "ground must be"),
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
    strokes = random_strokes(3, brushes=MIXED)
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
