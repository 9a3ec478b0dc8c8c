"""Saving and loading predictors: round trips, the layouts that people have, and files that must be refused."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import Linear

from painter_core.predictor import checkpoint
from painter_core.predictor import weight_files as files
from painter_core.predictor.base import PredictorNetwork
from painter_core.predictor.checkpoint import available_predictors, load_predictor, read_metadata, save_predictor
from painter_core.predictor.compact import CompactConfig, CompactPredictor
from painter_core.predictor.paint_transformer import PaintTransformer, PaintTransformerConfig

TINY = PaintTransformerConfig(hidden=16, heads=2, encoder_layers=1, decoder_layers=1, feedforward=32)


@pytest.fixture(scope="module")
def official() -> PaintTransformer:
    """A full-size network with weights that differ from every fresh one, batch statistics included."""
    network = PaintTransformer().eval()
    generator = torch.Generator().manual_seed(0)
    for name, buffer in network.named_buffers():
        if buffer.is_floating_point():
            buffer.copy_(torch.rand(buffer.shape, generator=generator) + ("var" in name))
    return network


@pytest.fixture
def tiny() -> PaintTransformer:
    return PaintTransformer(TINY).eval()


def predictions(network: PredictorNetwork) -> tuple[Tensor, Tensor]:
    patches = torch.rand(2, 2, 3, 32, 32, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        return network.predict(*patches)


def same(a: PredictorNetwork, b: PredictorNetwork) -> bool:
    return all(torch.equal(x, y) for x, y in zip(predictions(a), predictions(b), strict=True))


# --- our own files


@pytest.mark.parametrize(
    "make",
    [
        lambda: PaintTransformer(TINY),
        lambda: CompactPredictor(CompactConfig(width=16, heads=2, layers=1, mlp=16, center_range=(-0.1, 1.2))),
    ],
    ids=["paint_transformer", "compact"],
)
def test_round_trip(make: Callable[[], PaintTransformer | CompactPredictor], tmp_path: Path) -> None:
    model = make()
    path = tmp_path / "dab.safetensors"
    save_predictor(model, path, {"recipe": "tiny", "licence": "Apache-2.0"})
    loaded = load_predictor(path)
    assert type(loaded) is type(model)
    assert loaded.config == model.config
    assert loaded.name == "dab"
    assert not loaded.training
    assert same(loaded, model.eval())
    metadata = read_metadata(path)
    assert metadata["architecture"] == model.architecture
    assert json.loads(metadata["config"]) == json.loads(json.dumps(dataclasses.asdict(model.config)))
    assert (metadata["recipe"], metadata["licence"]) == ("tiny", "Apache-2.0")


def test_half_precision_files_load_as_float32(tiny: PaintTransformer, tmp_path: Path) -> None:
    save_predictor(tiny.half(), tmp_path / "half.safetensors")
    loaded = load_predictor(tmp_path / "half.safetensors")
    assert all(parameter.dtype == torch.float32 for parameter in loaded.parameters())
    assert isinstance(loaded, PaintTransformer)
    assert torch.equal(loaded.query_pos, tiny.query_pos.float())


def test_loading_takes_no_random_numbers(tiny: PaintTransformer, tmp_path: Path) -> None:
    save_predictor(tiny, tmp_path / "a.safetensors")
    state = torch.get_rng_state()
    load_predictor(tmp_path / "a.safetensors")
    assert torch.equal(torch.get_rng_state(), state)


def test_save_replaces_whole_files_or_nothing(
    tiny: PaintTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.safetensors"
    save_predictor(tiny, path)
    before = path.read_bytes()

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(checkpoint.os, "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        save_predictor(PaintTransformer(TINY), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.safetensors"]


@pytest.mark.parametrize("metadata", [{"config": "{}"}, {"architecture": "mine"}, {"steps": 3}])
def test_save_refuses_odd_metadata(tiny: PaintTransformer, tmp_path: Path, metadata: dict) -> None:
    with pytest.raises(ValueError, match=f"not allowed: {next(iter(metadata))}"):
        save_predictor(tiny, tmp_path / "a.safetensors", metadata)
    assert not list(tmp_path.iterdir())


def test_save_refuses_what_could_not_be_loaded(tiny: PaintTransformer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="architecture must be one of"):
        save_predictor(cast("PredictorNetwork", Linear(2, 2)), tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match=r"saved as \.safetensors"):
        save_predictor(tiny, tmp_path / "a.pth")
    tiny.query_pos.data[0, 0] = torch.nan
    with pytest.raises(ValueError, match="NaN or infinite weights in query_pos"):
        save_predictor(tiny, tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def test_names(tiny: PaintTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    monkeypatch.setattr(checkpoint, "WEIGHTS", weights)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"compact\.safetensors: there is no such file.*\(none\)"):
        load_predictor()
    save_predictor(tiny, weights / "compact.safetensors", {"which": "default"})
    save_predictor(tiny, weights / "v1.5.safetensors")
    assert available_predictors() == ["compact", "v1.5"]
    assert load_predictor().name == "compact"
    assert load_predictor("v1.5").name == "v1.5"
    assert read_metadata("compact")["which"] == "default"
    (tmp_path / "compact").mkdir()  # something of that name in the current folder doesn't matter
    assert same(load_predictor("compact"), tiny)
    with pytest.raises(ValueError, match=r"nothing\.safetensors: there is no such file.*\(compact, v1\.5\)"):
        load_predictor("nothing")


# --- the official weights, as people have them


def paddle_layout(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state as Paddle writes it: the reverse of what loading does, written from the published differences."""
    out: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        name = name.replace("running_mean", "_mean").replace("running_var", "_variance")
        name = name.replace("multihead_attn", "cross_attn")
        if "in_proj" in name:
            for letter, part in zip("qkv", tensor.chunk(3), strict=True):
                out[name.replace("in_proj_", f"{letter}_proj.")] = part.T if part.ndim == 2 else part
        else:
            linear = tensor.ndim == 2 and name.endswith(".weight")
            out[name] = tensor.T if linear else tensor
    return {name: tensor.contiguous() for name, tensor in out.items()}


def renamed_layout(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The names in the checkpoint that a well-known converter writes."""
    other = {"query_pos": "query_pos_embedding", "row_embed": "row_embedding", "col_embed": "col_embedding"}
    return {
        other.get(k, k.replace("enc_img.", "enc_target.").replace("linear_decider", "linear_score")): v
        for k, v in state.items()
    }


def arrays(state: dict[str, Tensor]) -> dict[str, Any]:
    return {name: value.numpy() for name, value in paddle_layout(state).items()}


LAYOUTS = {
    "model.pth": lambda state, path: torch.save(state, path),
    "old-format.pt": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "parallel.pth": lambda state, path: torch.save({f"module.{k}": v for k, v in state.items()}, path),
    "wrapped.pth": lambda state, path: torch.save({"state_dict": state, "epoch": 220}, path),
    "twice.PTH": lambda state, path: torch.save({"model": {"net": state}}, path),
    "renamed.pth": lambda state, path: torch.save(renamed_layout(state), path),
    "converted.safetensors": lambda state, path: save_file(state, path),
    "paddle.npz": lambda state, path: np.savez(path, **arrays(state)),
    "paddle.safetensors": lambda state, path: save_file(paddle_layout(state), path),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_official_layouts(official: PaintTransformer, tmp_path: Path, name: str) -> None:
    LAYOUTS[name](official.state_dict(), tmp_path / name)
    loaded = load_predictor(str(tmp_path / name))
    assert isinstance(loaded, PaintTransformer)
    assert not loaded.training
    assert same(loaded, official)


# --- files that must be refused


class Malicious:
    """Writes a file when unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("ending", [".pth", ".pt"])
def test_pickled_code_is_never_executed(tmp_path: Path, ending: str, zipped: bool) -> None:
    path, trace = tmp_path / f"model{ending}", tmp_path / "trace"
    content = {"query_pos": torch.zeros(8, 256), "extra": Malicious(trace)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"model\.pt.*Python objects \(.*mkdir\).*not loaded; save the weights alone"):
        load_predictor(path)
    assert not trace.exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("ending", [".pth", ".pdparams", ".npz", ".safetensors", ".pkl"])
def test_plain_pickles_are_never_executed(tmp_path: Path, ending: str) -> None:
    path, trace = tmp_path / f"weights{ending}", tmp_path / "trace"
    path.write_bytes(pickle.dumps(Malicious(trace)))
    with pytest.raises(ValueError, match=f"weights{ending}: "):
        load_predictor(path)
    assert not trace.exists()


def test_pickled_arrays_in_npz_are_never_executed(tmp_path: Path) -> None:
    path, trace = tmp_path / "weights.npz", tmp_path / "trace"
    np.savez(path, query_pos=np.array([Malicious(trace)], dtype=object))
    with pytest.raises(ValueError, match=r"weights\.npz: not an \.npz of plain arrays"):
        load_predictor(path)
    assert not trace.exists()


def test_paddle_files_say_how_to_convert(tmp_path: Path) -> None:
    (tmp_path / "paint_best.pdparams").write_bytes(b"whatever")
    with pytest.raises(ValueError, match=r"paint_best\.pdparams.*numpy\.savez"):
        load_predictor(tmp_path / "paint_best.pdparams")


def safetensors_bytes(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
BROKEN = {
    "empty.safetensors": b"",
    "empty.pth": b"",
    "empty.npz": b"",
    "short.safetensors": b"\x08\0\0",
    "text.safetensors": b"this is not a weights file at all, it is prose",
    "text.pth": b"this is not a weights file at all, it is prose",
    "text.npz": b"this is not a weights file at all, it is prose",
    "picture.png": b"\x89PNG\r\n\x1a\n",
    "huge-header.safetensors": safetensors_bytes({}, length=1 << 62),
    "long-header.safetensors": safetensors_bytes(b"{" + b" " * (2 << 20) + b"}"),
    "not-json.safetensors": safetensors_bytes(b"{]"),
    "nothing.safetensors": safetensors_bytes({}),
    "no-data.safetensors": safetensors_bytes({"a": ENTRY}),
    "far.safetensors": safetensors_bytes({"a": ENTRY | {"data_offsets": [1 << 40, (1 << 40) + 8]}}, bytes(8)),
    "big.safetensors": safetensors_bytes({"a": ENTRY | {"shape": [1 << 40, 1 << 40]}}, bytes(8)),
    "alien.safetensors": safetensors_bytes({"a": ENTRY}, bytes(8)),
    "future.safetensors": safetensors_bytes({"__metadata__": {"architecture": "gan"}, "a": ENTRY}, bytes(8)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(ValueError, match=f"{name}: .*; .*") as caught:
        load_predictor(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "config",
    ["{", "[]", '{"hidden": 0}', '{"hidden": 1000000000}', '{"encoder_layers": 100000}', '{"color": 3}',
     '{"hidden": "256"}', '{"heads": 7}', '{"patch": 31}', '{"dropout": 5}'],
)  # fmt: skip
def test_hostile_configs_are_refused(tiny: PaintTransformer, tmp_path: Path, config: str) -> None:
    path = tmp_path / "a.safetensors"
    save_file(tiny.state_dict(), path, {"architecture": "paint_transformer", "config": config})
    with pytest.raises(ValueError, match=r"a\.safetensors: "):
        load_predictor(path)


def changed(tiny: PaintTransformer, name: str, value: Tensor | None) -> dict[str, Tensor]:
    state = dict(tiny.state_dict())
    state.pop(name, None)
    return state if value is None else {**state, name: value}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("query_pos", None, "missing query_pos"),
        ("surplus", torch.zeros(1), "unknown surplus"),
        ("query_pos", torch.zeros(16, 16), r"wrong shapes: query_pos \(16, 16\) instead of \(8, 16\)"),
        ("query_pos", torch.zeros(8, 16, dtype=torch.int32), "wrong number type: query_pos"),
        ("query_pos", torch.full((8, 16), torch.nan), "NaN or infinite weights in query_pos"),
        ("conv.bias", torch.full((16,), torch.inf), r"NaN or infinite weights in conv\.bias"),
    ],
)
def test_wrong_tensors_are_named(
    tiny: PaintTransformer, tmp_path: Path, name: str, value: Tensor | None, message: str
) -> None:
    path = tmp_path / "a.safetensors"
    config = json.dumps(dataclasses.asdict(TINY))
    save_file(changed(tiny, name, value), path, {"architecture": "paint_transformer", "config": config})
    with pytest.raises(ValueError, match=rf"a\.safetensors: .*{message}"):
        load_predictor(path)


@pytest.mark.parametrize("content", [[1, 2], {}, {"state_dict": {}}, {"epoch": 3}, torch.zeros(3), {"a": {"b": 1}}])
def test_pth_without_weights_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "model.pth")
    with pytest.raises(ValueError, match=r"model\.pth: "):
        load_predictor(tmp_path / "model.pth")


@pytest.mark.parametrize("share", [0.001, 0.3, 0.999])
@pytest.mark.parametrize("ending", [".safetensors", ".pth", ".npz"])
def test_truncated_files_are_refused(tiny: PaintTransformer, tmp_path: Path, ending: str, share: float) -> None:
    whole = tmp_path / f"whole{ending}"
    writers = {
        ".safetensors": lambda: save_predictor(tiny, whole),
        ".pth": lambda: torch.save(tiny.state_dict(), whole),
        ".npz": lambda: np.savez(whole, **{k: v.numpy() for k, v in tiny.state_dict().items()}),
    }
    writers[ending]()
    content = whole.read_bytes()
    path = tmp_path / f"cut{ending}"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ValueError, match=f"cut{ending}: "):
        load_predictor(path)


@pytest.mark.parametrize("ending", [".pth", ".npz"])
def test_archives_that_unpack_to_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 1 << 16)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(1 << 20))
    (tmp_path / f"bomb{ending}").write_bytes(packed.getvalue())
    with pytest.raises(ValueError, match=rf"bomb{ending}: .*unpacks to 1048576 bytes"):
        load_predictor(tmp_path / f"bomb{ending}")


def test_files_too_large_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(files.LARGEST_FILE + 1)  # sparse: takes no room
    with pytest.raises(ValueError, match="too many for a predictor"):
        load_predictor(path)


def test_missing_files_folders_and_devices(tiny: PaintTransformer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.pth: there is no such file; give a weights file or the name"):
        load_predictor(tmp_path / "nowhere.pth")
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(ValueError, match="it is a folder"):
        load_predictor(tmp_path / "folder.safetensors")
    with pytest.raises(ValueError, match="predictor "):
        load_predictor("x" * 5000)
    save_predictor(tiny, tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="device 'easel' can't be used"):
        load_predictor(tmp_path / "a.safetensors", device="easel")
