"""The detail map: where it is high and low, that it is smooth, fits any picture, and finds faces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from painter_core.detail import attention, cascade, detail_map
from painter_core.detail.faces import Faces, crops_of, distinct, find_faces
from painter_core.detail.saliency import saliency
from painter_core.detail.structure import structure

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def astronaut() -> Tensor:
    with Image.open(REPOSITORY / "assets" / "photo.jpg") as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1) / 255


@pytest.fixture(scope="module")
def detector() -> cascade.Cascade:
    found = cascade.load_cascade(torch.device("cpu"))
    assert found is not None, "faces.safetensors is part of the project"
    return found


def on_plain(side: int = 192) -> Tensor:
    """A red ball with a black spot, right of the middle, on grey with a little noise."""
    noise = 0.01 * torch.rand(3, side, side, generator=torch.Generator().manual_seed(1))
    picture = 0.6 + noise
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    for radius, color in ((0.16, (0.8, 0.1, 0.1)), (0.04, (0.05, 0.05, 0.05))):
        inside = (x - 0.6 * side).square() + (y - 0.5 * side).square() < (radius * side) ** 2
        picture = torch.where(inside, torch.tensor(color)[:, None, None], picture)
    return picture


def test_range_mean_and_determinism(astronaut: Tensor) -> None:
    before = astronaut.clone()
    found = detail_map(astronaut)
    assert found.shape == astronaut.shape[1:]
    assert found.dtype == torch.float32
    assert found.min() > 0
    assert found.max() <= 1
    assert 0.25 < found.mean() < 0.5
    assert torch.equal(found, detail_map(astronaut)), "the same picture gives the same map"
    assert torch.equal(astronaut, before), "inputs are never changed"


def test_smooth(astronaut: Tensor) -> None:
    found = detail_map(astronaut)
    for axis in (0, 1):
        first = found.diff(dim=axis)
        assert first.abs().max() < 0.08, "no edges"
        # at the borders of blocks a blocky map would bend far more than anywhere else
        assert first.diff(dim=axis).abs().max() < 0.06


def test_eyes_and_mouth_are_highest(astronaut: Tensor) -> None:
    found = detail_map(astronaut)
    for x, y in ((204, 101), (246, 103), (224, 141)):  # eyes, mouth
        assert found[y - 3 : y + 4, x - 3 : x + 4].min() > 0.95
    assert found[80:160, 190:255].mean() > 0.75, "the whole face"
    rest = found.clone()
    rest[20:210, 150:300] = 0
    assert rest.max() < 0.7, "nothing else competes with a face"
    assert found[10:40, 330:380].mean() < 0.3 * found[80:160, 190:255].mean(), "empty wall"


def test_without_faces_or_weights(astronaut: Tensor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without = detail_map(astronaut, faces=False)
    assert 0.9 < without.max() <= 1
    assert 0.35 < without.mean() < 0.6
    away = slice(220, 512)
    share = detail_map(astronaut)[away] / without[away]
    assert (share - attention.HIGHEST).abs().max() < 0.01, "a face dims the rest evenly"
    monkeypatch.setattr(attention, "load_cascade", lambda device: cascade.load_cascade(device, tmp_path / "none"))
    assert torch.equal(detail_map(astronaut), without), "people may delete the weights"


def test_subject_above_background() -> None:
    found = detail_map(on_plain())
    ball, spot = found[70:122, 90:142].mean(), found[94:98, 113:118].mean()
    corners = torch.stack([found[:40, :40], found[-40:, :40], found[:40, -40:], found[-40:, -40:]]).mean()
    assert ball > 1.8 * corners
    assert spot > 1.8 * corners


def test_texture_counts_less_than_a_line() -> None:
    """Even roughness fills one half, one line crosses the other: contrast is the same."""
    picture = torch.full((3, 200, 400), 0.5)
    rough = torch.rand(1, 200, 200, generator=torch.Generator().manual_seed(2)).repeat_interleave(2, 2)[:, :, :200]
    picture[:, :, :200] = 0.25 + 0.5 * rough
    picture[:, 96:104, 200:] = 0.75
    found = structure(attention.lab_of(picture))
    line, texture = found[92:108, 240:380].amax(0).mean(), found[20:180, 20:160].mean()
    assert line > 1.3 * texture
    assert found[20:60, 240:380].max() < 0.1 * line


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2), (3, 5), (37, 911), (11, 12), (13, 1500)])
def test_any_size(size: tuple[int, int]) -> None:
    picture = torch.rand(3, *size, generator=torch.Generator().manual_seed(3))
    found = detail_map(picture)
    assert tuple(found.shape) == size
    assert torch.isfinite(found).all()
    assert found.min() > 0
    assert found.max() <= 1


def test_large_and_small_pictures_agree(astronaut: Tensor) -> None:
    large = torch.nn.functional.interpolate(astronaut[None], (2048, 2048), mode="bilinear")[0]
    found = torch.nn.functional.interpolate(detail_map(large)[None, None], (512, 512), mode="area")[0, 0]
    assert (found - detail_map(astronaut)).abs().mean() < 0.03


@pytest.mark.parametrize("value", [0.0, 0.37, 1.0])
def test_plain_pictures_give_a_constant(value: float) -> None:
    found = detail_map(torch.full((3, 120, 90), value))
    assert found.max() - found.min() < 1e-4
    assert 0.3 < found.mean() < 0.6


def test_noise_that_nobody_sees_is_not_detail() -> None:
    noise = torch.rand(3, 200, 300, generator=torch.Generator().manual_seed(4))
    found = detail_map(0.5 + 1e-4 * noise)
    assert found.max() - found.min() < 0.1


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (torch.rand(1, 8, 8), "shape"),
        (torch.rand(8, 8), "shape"),
        (torch.rand(3, 0, 8), "shape"),
        (torch.full((3, 8, 8), torch.nan), "finite"),
        (torch.full((3, 8, 8), torch.inf), "finite"),
        (torch.full((3, 8, 8), 255.0), r"\[0, 1\]"),
    ],
)
def test_bad_pictures_are_named(picture: Tensor, reason: str) -> None:
    with pytest.raises(ValueError, match=f"picture.*{reason}"):
        detail_map(picture)


def test_saliency_of_noise_and_nothing() -> None:
    assert saliency(np.full((40, 60, 3), 0.5, np.float32)).max() == 0
    assert saliency(np.zeros((1, 1, 3), np.float32)).shape == (1, 1)


def test_face_and_its_points_are_found(astronaut: Tensor, detector: cascade.Cascade) -> None:
    faces = find_faces(astronaut, detector)
    assert len(faces) == 1
    x0, y0, x1, y1 = faces.boxes[0].tolist()
    assert 165 < x0 < 195
    assert 45 < y0 < 85
    assert 250 < x1 < 285
    assert 155 < y1 < 190
    left, right, nose, low_left, low_right = faces.points[0].tolist()
    assert left[0] < nose[0] < right[0]
    assert low_left[0] < nose[0] < low_right[0]
    assert max(left[1], right[1]) < nose[1] < min(low_left[1], low_right[1])


def test_faces_move_with_the_picture(astronaut: Tensor, detector: cascade.Cascade) -> None:
    here = find_faces(astronaut, detector)
    shifted = find_faces(astronaut.roll((60, 90), (1, 2)), detector)
    assert (shifted.points[0] - here.points[0] - torch.tensor([90, 60])).abs().max() < 6
    mirrored = find_faces(astronaut.flip(2), detector).boxes[0]
    assert abs(float(512 - mirrored[2] - here.boxes[0, 0])) < 10
    double = torch.nn.functional.interpolate(astronaut[None], scale_factor=2.0, mode="bilinear")[0]
    assert (find_faces(double, detector).boxes[0] / 2 - here.boxes[0]).abs().max() < 8


def test_no_faces_in_noise_stripes_or_slivers(detector: cascade.Cascade) -> None:
    generator = torch.Generator().manual_seed(5)
    bricks = torch.full((3, 200, 200), 0.6)
    bricks[:, ::20] = bricks[:, :, ::40] = 0.2
    for picture in (torch.rand(3, 150, 150, generator=generator), bricks, torch.rand(3, 4, 300), torch.zeros(3, 1, 1)):
        faces = find_faces(picture, detector)
        assert len(faces) == 0
        assert faces.points.shape == (0, 5, 2)
        assert faces.scores.shape == (0,)


def test_crops_show_what_is_there() -> None:
    y, x = torch.meshgrid(torch.arange(160.0), torch.arange(200.0), indexing="ij")
    signal = torch.stack([x, y, torch.zeros_like(x)])[None]
    boxes = torch.tensor([[20.0, 30, 44, 54], [10, 20, 130, 140], [-40, -40, 8, 8]])
    crops = crops_of(signal, boxes, 24)
    for crop, box in zip(crops[:2], boxes, strict=False):
        step = (box[2] - box[0]) / 24
        assert torch.allclose(crop[0, 12], box[0] + step * (torch.arange(24) + 0.5) - 0.5, atol=0.6)
        assert torch.allclose(crop[1, :, 12], box[1] + step * (torch.arange(24) + 0.5) - 0.5, atol=0.6)
    assert crops[2, :, :16, :16].abs().max() == 0, "grey beyond the border"


def test_distinct_keeps_the_best_of_each_place() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60], [2, 2, 6, 6]])
    scores = torch.tensor([0.7, 0.9, 0.8, 0.6])
    assert distinct(boxes, scores, 0.5).tolist() == [1, 2, 3]
    assert distinct(boxes, scores, 0.5, of_smaller=True).tolist() == [1, 2]
    assert distinct(boxes[:0], scores[:0], 0.5).tolist() == []


def test_every_face_has_eyes_in_its_field() -> None:
    points = torch.tensor([[[30.0, 40], [50, 40], [40, 50], [32, 60], [48, 60]]])
    faces = Faces(torch.tensor([[20.0, 20, 60, 75]]), points, torch.ones(1))
    field = attention.face_field(faces, (100, 200), (50, 100))
    assert field.shape == (50, 100)
    for x, y in ((30, 40), (50, 40), (40, 60)):
        assert field[y // 2, x // 2] > 0.95
    assert attention.HEAD - 0.1 < field[32 // 2, 40 // 2] < 0.95, "forehead"
    assert field[:, 60:].max() < 0.01


@pytest.mark.parametrize("damage", ["truncated", "missing", "shape", "text"])
def test_damaged_weights_are_refused_by_name(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "faces.safetensors"
    weights = load_file(cascade.WEIGHTS)
    if damage == "missing":
        del weights["output.points.bias"]
    elif damage == "shape":
        weights["proposal.conv1.weight"] = weights["proposal.conv1.weight"][:4]
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "text":
        path.write_text("not weights")
    with pytest.raises(ValueError, match=r"faces\.safetensors.*make_face_weights"):
        cascade.load_cascade(torch.device("cpu"), path)


def test_weights_are_small_and_half_precision() -> None:
    assert cascade.WEIGHTS.stat().st_size < 1.1e6
    assert {tensor.dtype for tensor in load_file(cascade.WEIGHTS).values()} == {torch.float16}


def test_stands_below_the_painter() -> None:
    """The painter may use the map: it must not need the painter."""
    program = "import sys, painter_core.detail; sys.exit('painter_core.painting.painter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=False).returncode == 0
