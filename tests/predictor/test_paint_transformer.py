"""Paint Transformer's network: size, names and shapes as published, and what its outputs mean."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from sure import gradient
from torch import Tensor, nn

from painter_core.predictor.paint_transformer import (
    INK_OFFSET,
    INK_SIZE,
    PaintTransformer,
    PaintTransformerConfig,
    marks_of,
    rectangles_of,
)


@pytest.fixture(scope="module")
def network() -> PaintTransformer:
    return PaintTransformer().eval()


def published_state() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the official checkpoint, from the published description of the network."""
    shapes: dict[str, tuple[int, ...]] = {"query_pos": (8, 256), "row_embed": (8, 128), "col_embed": (8, 128)}

    def layer(name: str, weight: tuple[int, ...]) -> None:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = weight, weight[:1]

    for side in ("enc_img", "enc_canvas"):
        for index, inputs, outputs in ((1, 3, 32), (5, 32, 64), (9, 64, 128)):
            layer(f"{side}.{index}", (outputs, inputs, 3, 3))
            layer(f"{side}.{index + 1}", (outputs,))
            shapes |= {f"{side}.{index + 1}.running_{kind}": (outputs,) for kind in ("mean", "var")}
            shapes[f"{side}.{index + 1}.num_batches_tracked"] = ()
    layer("conv", (256, 256, 1, 1))
    for part, attentions, norms in (("encoder", ["self_attn"], 2), ("decoder", ["self_attn", "multihead_attn"], 3)):
        for index in range(3):
            prefix = f"transformer.{part}.layers.{index}"
            for attention in attentions:
                shapes[f"{prefix}.{attention}.in_proj_weight"] = (768, 256)
                shapes[f"{prefix}.{attention}.in_proj_bias"] = (768,)
                layer(f"{prefix}.{attention}.out_proj", (256, 256))
            layer(f"{prefix}.linear1", (2048, 256))
            layer(f"{prefix}.linear2", (256, 2048))
            for norm in range(norms):
                layer(f"{prefix}.norm{norm + 1}", (256,))
        layer(f"transformer.{part}.norm", (256,))
    for index, outputs in ((0, 256), (2, 256), (4, 5)):
        layer(f"linear_param.{index}", (outputs, 256))
    layer("linear_decider", (1, 256))
    return shapes


def test_state_is_the_published_one(network: PaintTransformer) -> None:
    state = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert len(state) == 149
    assert state == published_state()
    assert sum(parameter.numel() for parameter in network.parameters()) == 9_072_902


def test_published_initialisation(network: PaintTransformer) -> None:
    state = network.state_dict()
    for name in ("linear_param.2.weight", "enc_img.5.weight", "transformer.encoder.layers.0.linear1.weight"):
        assert float(state[name].std()) == pytest.approx(0.02, rel=0.05)
    assert float(state["enc_canvas.10.weight"].mean()) == pytest.approx(1, abs=0.02)
    assert 0 <= float(state["query_pos"].min()) < 0.1 < 0.9 < float(state["query_pos"].max()) <= 1
    xavier = math.sqrt(6 / (768 + 256))  # the stacked projections keep the bound of their Xavier start
    stacked = state["transformer.encoder.layers.0.self_attn.in_proj_weight"]
    assert float(stacked.abs().max()) == pytest.approx(xavier, rel=0.01)
    biases = [m.bias for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d))]
    assert all(bool((bias == 0).all()) for bias in biases)


def test_outputs_do_not_depend_on_the_batch(network: PaintTransformer) -> None:
    generator = torch.Generator().manual_seed(0)
    target, canvas = torch.rand(2, 5, 3, 32, 32, generator=generator).unbind(0)
    with torch.no_grad():
        param, decision = network(target, canvas)
        alone = [network(target[i : i + 1], canvas[i : i + 1]) for i in range(5)]
    assert param.shape == (5, 8, 5)
    assert decision.shape == (5, 8, 1)
    assert torch.allclose(param, torch.cat([one[0] for one in alone]), atol=1e-4)
    assert torch.allclose(decision, torch.cat([one[1] for one in alone]), atol=1e-4)


def test_both_inputs_and_every_parameter_matter() -> None:
    config = PaintTransformerConfig(hidden=16, heads=2, encoder_layers=1, decoder_layers=1, feedforward=32, dropout=0)
    network = PaintTransformer(config)
    generator = torch.Generator().manual_seed(1)
    target, canvas = torch.rand(2, 4, 3, 32, 32, generator=generator).unbind(0)
    target, canvas = target.requires_grad_(), canvas.requires_grad_()
    marks, logit = network.predict(target, canvas)
    (marks[..., :4].square().sum() + torch.sin(2 * marks[..., 4]).sum() + logit.square().sum()).backward()
    assert float(gradient(target).abs().max()) > 0
    assert float(gradient(canvas).abs().max()) > 0
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_it_is_a_predictor(network: PaintTransformer) -> None:
    assert (network.patch, network.strokes, network.name) == (32, 8, "paint_transformer")
    assert not hasattr(network, "device")
    assert dataclasses.asdict(network.config)["hidden"] == 256
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.config.hidden = 1


@pytest.mark.parametrize("shape", [(3, 32, 32), (2, 3, 16, 16), (2, 1, 32, 32)])
def test_wrong_input_is_named(network: PaintTransformer, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(B, 3, 32, 32\), got"):
        network(torch.zeros(shape), torch.zeros(shape))


def random_rectangles(count: int = 400) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    values = torch.rand(count, 5, generator=generator)
    return torch.cat([values[:, :4] * 1.4 - 0.2, values[:, 4:] * 20 - 10], dim=-1)


def corners(boxes: Tensor, size: Tensor, offset: Tensor) -> Tensor:
    """(N, 4, 2) corners of turned boxes of a relative size and offset inside each (x, y, w, h, angle), sorted."""
    x, y, w, h, angle = boxes[:, None].double().unbind(-1)
    u = w * (offset[0] + size[0] / 2 * torch.tensor([-1, 1, 1, -1]))
    v = h * (offset[1] + size[1] / 2 * torch.tensor([-1, -1, 1, 1]))
    points = torch.stack([x + u * angle.cos() - v * angle.sin(), y + u * angle.sin() + v * angle.cos()], dim=-1)
    order = (points[..., 0] + 1e-3 * points[..., 1]).argsort(dim=1)
    return points.gather(1, order[..., None].expand_as(points))


def test_marks_are_canonical_and_cover_the_same_ink() -> None:
    rectangles = random_rectangles()
    marks = marks_of(rectangles)
    assert bool((marks[:, 2] >= marks[:, 3]).all())
    assert bool((marks[:, 3] >= 0).all())
    assert bool(((marks[:, 4] >= 0) & (marks[:, 4] < math.pi)).all())
    whole, centred = torch.ones(2), torch.zeros(2)
    ink = corners(rectangles, torch.tensor(INK_SIZE), torch.tensor(INK_OFFSET))
    assert torch.allclose(corners(marks, whole, centred), ink, atol=1e-5)


def test_rectangles_of_marks_have_that_ink() -> None:
    marks = marks_of(random_rectangles())
    assert torch.allclose(marks_of(rectangles_of(marks))[:, :4], marks[:, :4], atol=1e-6)
    turn = marks_of(rectangles_of(marks))[:, 4] - marks[:, 4]
    assert torch.allclose(torch.sin(turn), torch.zeros(len(turn)), atol=1e-5)


def test_predict_is_forward_in_other_units(network: PaintTransformer) -> None:
    patches = torch.rand(2, 3, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        param, decision = network(*patches)
        rectangles, logit = network.rectangles(*patches)
        marks, confidence = network.predict(*patches)
    assert torch.equal(rectangles[..., :4], param[..., :4])
    assert torch.allclose(rectangles[..., 4], param[..., 4] * math.pi)
    assert torch.equal(marks, marks_of(rectangles))
    assert torch.equal(logit, decision[..., 0])
    assert torch.equal(confidence, logit)
