"""Stroke files give back the same strokes and refuse anything else; SVG and video show what the rasteriser shows."""

from __future__ import annotations

import io
import itertools
import json
import math
import os
import struct
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from torch import Tensor

from painter_core.export import (
    load_strokes,
    painting_frames,
    save_strokes,
    save_svg,
    save_timelapse,
    strokes_to_svg,
)
from painter_core.raster import render
from painter_core.strokes import FIELDS, Strokes

SVG = "{http://www.w3.org/2000/svg}"


def random_strokes(n: int = 40, height: int = 48, width: int = 64, seed: int = 0) -> Strokes:
    """Coarse to fine strokes with every field in use."""
    g = torch.Generator().manual_seed(seed)
    layer = torch.arange(n) * 4 // max(n, 1)
    length = width / 2.0 ** (layer + 1) * (0.6 + torch.rand(n, generator=g))
    return Strokes.build(
        torch.rand(n, 2, generator=g) * torch.tensor([width, height]),
        torch.stack([length, length * (0.2 + 0.6 * torch.rand(n, generator=g))], dim=1),
        torch.rand(n, generator=g) * math.pi,
        torch.rand(n, 3, generator=g),
        canvas=(height, width),
        ground=torch.rand(3, generator=g),
        opacity=torch.rand(n, generator=g),
        brush=torch.randint(0, 3, (n,), generator=g),
        layer=layer,
        seed=torch.randint(0, 2**62, (n,), generator=g),
    )


def assert_same(a: Strokes, b: Strokes) -> None:
    assert a.canvas == b.canvas
    for name in (*FIELDS, "ground"):
        assert getattr(a, name).dtype == getattr(b, name).dtype
        assert torch.equal(getattr(a, name), getattr(b, name)), name


# --- stroke files ---


@pytest.mark.parametrize("suffix", [".safetensors", ".json", ".JSON"])
@pytest.mark.parametrize("n", [0, 1, 300])
def test_strokes_come_back_equal(tmp_path: Path, suffix: str, n: int) -> None:
    strokes = random_strokes(n)
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
        '"version": 1,',
        '"canvas": [3, 4],',
        '"ground": [1, 1, 1],',
        '"strokes": [',
    ]
    assert lines[6].startswith(
        '{"center": [1.5, 2], "size": [0.1, 0.05], "angle": 0, "color": [1, 1, 1], "opacity": 1,'
    )


def document(tmp_path: Path) -> dict[str, Any]:
    save_strokes(random_strokes(3), tmp_path / "good.json")
    return json.loads((tmp_path / "good.json").read_text())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(version=2), "version 2.*update"),
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
        ({}, {"version": "2"}, "version 2.*update"),
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


# --- SVG ---


def draw_svg(text: str, oversampling: int = 4) -> Tensor:
    """(3, H, W): the rounded rectangles of our SVG, drawn by their definition on a grid of sample points."""
    root = ElementTree.fromstring(text)
    _, _, width, height = (int(value) for value in root.get("viewBox").split())
    steps = (torch.arange(max(height, width) * oversampling) + 0.5) / oversampling
    y, x = steps[: height * oversampling, None], steps[None, : width * oversampling]
    picture = torch.zeros(3, height * oversampling, width * oversampling)
    for rect in root.iter(f"{SVG}rect"):
        left, top, wide, high, rx, ry = (float(rect.get(k, 0)) for k in ("x", "y", "width", "height", "rx", "ry"))
        transform = rect.get("transform", "rotate(0 0 0)")
        degrees, pivot_x, pivot_y = (float(v) for v in transform.removeprefix("rotate(").removesuffix(")").split())
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        along = (x - pivot_x) * cosine + (y - pivot_y) * sine + pivot_x - left - wide / 2
        across = -(x - pivot_x) * sine + (y - pivot_y) * cosine + pivot_y - top - high / 2
        corner_x = (along.abs() - wide / 2 + rx).clamp(min=0) / max(rx, 1e-6)
        corner_y = (across.abs() - high / 2 + ry).clamp(min=0) / max(ry, 1e-6)
        inside = (along.abs() < wide / 2) & (across.abs() < high / 2) & (corner_x**2 + corner_y**2 <= 1)
        color = [int(rect.get("fill")[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        alpha = inside * float(rect.get("fill-opacity", 1))
        picture = picture * (1 - alpha) + torch.tensor(color)[:, None, None] * alpha
    return torch.nn.functional.avg_pool2d(picture[None], oversampling)[0]


def test_svg_shows_what_the_flat_brush_shows() -> None:
    strokes = random_strokes(60, 72, 96)
    difference = (draw_svg(strokes_to_svg(strokes)) - render(strokes, brush="flat")).abs()
    assert difference.mean() < 0.01
    assert difference.amax(0).quantile(0.99) < 0.12


def test_svg_structure() -> None:
    strokes = random_strokes(40)
    strokes = strokes.replace(layer=torch.tensor([0] * 10 + [1] * 10 + [0] * 5 + [2] * 15))
    root = ElementTree.fromstring(strokes_to_svg(strokes))
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("64", "48", "0 0 64 48")
    groups = root.findall(f"{SVG}g")
    assert [(g.get("id"), len(g)) for g in groups] == [
        ("layer-0", 10),
        ("layer-1", 10),
        ("layer-0-2", 5),
        ("layer-2", 15),
    ]
    fills = [rect.get("fill") for group in groups for rect in group]
    expected = ["#" + "".join(f"{round(255 * c):02x}" for c in color) for color in strokes.color.tolist()]
    assert fills == expected  # painting order
    assert root[0].get("id") == "ground"


def test_svg_numbers_keep_a_hundredth_of_a_pixel_and_opacity() -> None:
    strokes = random_strokes(200)
    root = ElementTree.fromstring(strokes_to_svg(strokes))
    rects = [rect for group in root.findall(f"{SVG}g") for rect in group]
    for i, rect in enumerate(rects):
        left, top, wide, high = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
        center = torch.tensor([left + wide / 2, top + high / 2])
        assert torch.allclose(center, strokes.center[i], atol=0.011)
        assert float(rect.get("fill-opacity")) == pytest.approx(float(strokes.opacity[i]), abs=6e-4)
    opaque = strokes_to_svg(strokes.replace(opacity=torch.ones(200)))
    assert "opacity" not in opaque


def test_svg_size_and_edge_cases(tmp_path: Path) -> None:
    strokes = random_strokes(5000, 4096, 4096)
    assert len(strokes_to_svg(strokes).encode()) < 2_000_000
    save_svg(random_strokes(0, 1, 1), tmp_path / "empty.svg")
    root = ElementTree.parse(tmp_path / "empty.svg").getroot()
    assert [element.get("id") for element in root] == ["ground"]
    with pytest.raises(OSError, match="no folder"):
        save_svg(strokes[:2], tmp_path / "typo" / "s.svg")


# --- time-lapse ---


def decode(source: Any) -> tuple[list[np.ndarray], av.VideoStream, Fraction]:
    with av.open(source) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        return frames, stream, stream.average_rate


def test_frames_start_bare_and_end_with_the_painting() -> None:
    strokes = random_strokes()
    frames = list(painting_frames(strokes, 12))
    assert len(frames) == 12
    assert torch.allclose(frames[0], strokes.ground[:, None, None].expand(3, 48, 64))
    assert torch.equal(frames[-1], render(strokes))
    assert all(frame.shape == (3, 48, 64) for frame in frames)
    assert torch.equal(next(iter(painting_frames(strokes, 1))), render(strokes))


@pytest.mark.parametrize("brush", ["flat", "round"])
def test_every_frame_is_the_painting_of_the_first_strokes(brush: str) -> None:
    strokes = random_strokes()
    prefixes = torch.stack([render(strokes[:n], brush=brush) for n in range(len(strokes) + 1)])
    shown = []
    for frame in painting_frames(strokes, 30, brush=brush):
        distance = (prefixes - frame).abs().amax(dim=(1, 2, 3))
        assert distance.min() < 0.01
        shown.append(int(distance.argmin()))
    assert shown == sorted(shown)
    assert (shown[0], shown[-1]) == (0, 40)


def test_coarse_strokes_are_seen_one_by_one_and_fine_ones_fly() -> None:
    fine = random_strokes(2000)
    size = torch.where(torch.arange(2000)[:, None] < 10, torch.tensor([[30.0, 15.0]]), torch.tensor([[2.0, 1.0]]))
    fine = fine.replace(size=size, opacity=torch.ones(2000))
    frames = list(painting_frames(fine, 120, brush="flat"))
    changes = sum(not torch.equal(a, b) for a, b in itertools.pairwise(frames[:41]))
    assert changes >= 5  # several different coarse states in the first third
    few = render(fine[:12], brush="flat")
    assert (frames[30] - few).abs().mean() < (frames[30] - frames[-1]).abs().mean()


def test_frames_take_a_size_and_a_ground() -> None:
    strokes = random_strokes(10)
    ground = torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(1))
    first, *_, last = painting_frames(strokes, 5, ground=ground)
    assert torch.equal(first, ground)
    assert torch.equal(last, render(strokes, ground=ground))
    assert next(painting_frames(strokes, 5, size=(30, 40), ground=ground)).shape == (3, 30, 40)
    assert next(painting_frames(random_strokes(0, 900, 2160), 2)).shape == (3, 450, 1080)
    with pytest.raises(ValueError, match="at least 1 frame"):
        next(painting_frames(strokes, 0))


@pytest.mark.parametrize(("height", "width"), [(48, 64), (33, 47), (1, 1), (7, 100)])
def test_video_is_h264_with_even_sides_and_ends_with_the_painting(tmp_path: Path, height: int, width: int) -> None:
    strokes = random_strokes(20, height, width)
    save_timelapse(strokes, tmp_path / "t.mp4", seconds=0.5, hold=0.2, fps=20)
    frames, stream, rate = decode(str(tmp_path / "t.mp4"))
    assert (stream.codec_context.name, stream.pix_fmt, rate, len(frames)) == ("h264", "yuv420p", 20, 14)
    assert frames[0].shape == (height + height % 2, width + width % 2, 3)
    painting = (render(strokes) * 255).permute(1, 2, 0).numpy()
    assert np.abs(frames[-1][:height, :width] - painting).mean() < 12  # chroma has half the resolution
    flat = np.abs(frames[0][:height, :width] - strokes.ground.numpy() * 255)
    assert flat.mean() < 3  # colours survive the conversion to BT.709 and back
    assert [path.name for path in tmp_path.iterdir()] == ["t.mp4"]


def test_video_goes_to_a_file_object_and_reports_progress() -> None:
    steps, buffer = [], io.BytesIO()
    strokes = random_strokes(0)
    save_timelapse(strokes, buffer, seconds=0.5, hold=0, fps=10, on_step=lambda *step: steps.append(step))
    buffer.seek(0)
    frames, _, _ = decode(buffer)
    assert len(frames) == 5
    assert [(done, total) for done, total, _ in steps] == [(i, 5) for i in range(1, 6)]
    assert steps[0][2].shape == (3, 48, 64)


def test_cancelled_video_leaves_nothing(tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int, canvas: Tensor | None) -> None:
        if done == 3:
            raise Cancelled

    buffer = io.BytesIO(b"before")
    buffer.seek(6)
    for target in (tmp_path / "t.mp4", buffer):
        with pytest.raises(Cancelled):
            save_timelapse(random_strokes(), target, on_step=cancel)
    assert list(tmp_path.iterdir()) == []
    assert buffer.getvalue() == b"before"


def test_encoder_failure_is_an_oserror_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match=r"cannot write .*t\.mp4"):  # more than H.264 can hold
        save_timelapse(random_strokes(1, 8, 8), tmp_path / "t.mp4", size=(2, 40_000), seconds=0.1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"fps": 0}, {"fps": 29.97}, {"seconds": 0}, {"seconds": math.nan}, {"hold": -1}])
def test_bad_times_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"fps|seconds"):
        save_timelapse(random_strokes(), tmp_path / "t.mp4", **options)
