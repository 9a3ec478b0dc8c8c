"""Any strokes go into a file and come out; any damage to a file is noticed, or harmless."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from properties.strategies import ANY, paintings, refusal
from stroke_samples import assert_same, bent_strokes, random_strokes

from painter_core.export.stroke_io import load_strokes, save_strokes
from painter_core.strokes import Strokes

#: What stands where in a file: a place as a share of it, and the byte.
damage = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@given(strokes=paintings(far=ANY))
@example(strokes=random_strokes(0))
@example(strokes=bent_strokes(3, brushes=("oil", "sable")))
def test_out_comes_what_went_in(folder: Path, suffix: str, strokes: Strokes) -> None:
    file = folder / f"strokes{suffix}"
    save_strokes(strokes, file)
    assert_same(load_strokes(file), strokes)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@given(strokes=paintings(), where=damage, cut=st.floats(0.2, 1))
@example(strokes=random_strokes(2), where=[(0.0, 255)], cut=1.0)
@example(strokes=random_strokes(2), where=[(0.999, 0)], cut=0.999)
def test_damage_is_a_value_error_or_strokes(
    folder: Path, suffix: str, strokes: Strokes, where: list[tuple[float, int]], cut: float
) -> None:
    file = folder / f"damaged{suffix}"
    save_strokes(strokes, file)
    content = bytearray(file.read_bytes())
    for share, byte in where:
        content[int(share * len(content))] = byte
    file.write_bytes(content[: round(cut * len(content))])
    said = refusal(lambda: load_strokes(file).validated())
    assert not said or said.startswith(str(file))
    assert len(said) < 1000


@given(st.sampled_from(["version", "canvas", "ground", "brushes", "strokes", "format"]), json_values)
@example("brushes", [{"name": "x"}])
@example("canvas", [True, 5])
@example("ground", {"png": "AAAA"})
@example("strokes", [{}])
def test_any_value_in_json_is_a_value_error_or_strokes(folder: Path, name: str, value: object) -> None:
    file = folder / "any.json"
    save_strokes(random_strokes(3), file)
    document = {**json.loads(file.read_text()), name: value}
    file.write_text(json.dumps(document))
    said = refusal(lambda: load_strokes(file).validated())
    assert not said or said.startswith(str(file))


@given(st.binary(max_size=400))
@example(b"")
@example(b"\xef\xbb\xbf{}")
def test_any_bytes_are_a_value_error(folder: Path, content: bytes) -> None:
    for suffix in (".safetensors", ".json"):
        file = folder / f"bytes{suffix}"
        file.write_bytes(content)
        with pytest.raises(ValueError, match="bytes"):
            load_strokes(file)
