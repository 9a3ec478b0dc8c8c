"""The official checkpoints of AdaAttN: what is read, what is refused, and what is worked out with them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from official_checkpoints import DECODER, SKIP, TRANSFORMER, VGG, for_films, nothing, published, something, write
from safetensors.torch import save_file
from torch import Tensor

from painter_core.style import Stylizer, stylize
from painter_core.style.networks import official
from painter_core.style.networks import official_layers as layers
from painter_core.style.networks.adaattn import StyleTokens
from painter_core.style.networks.official import OfficialAdaAttN, load_official, official_transform
from painter_core.style.networks.official_files import Checkpoint, find_files, read_checkpoint


def noise(*size: int, seed: int = 0) -> Tensor:
    return torch.rand(3, *size, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("official"), published(), something)


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Checkpoint:
    return read_checkpoint(find_files(folder))


@pytest.fixture(scope="module")
def network(checkpoint: Checkpoint) -> OfficialAdaAttN:
    return OfficialAdaAttN(checkpoint)


# --- files


@pytest.mark.parametrize("shallow", [True, False])
@pytest.mark.parametrize("skip", [True, False])
def test_the_authors_options_are_read_off_the_shapes(tmp_path: Path, skip: bool, shallow: bool) -> None:
    found = load_official(write(tmp_path, published(skip, shallow)))
    assert (found.skip, found.shallow, found.film) == (skip, shallow, False)
    assert found.depths == (("3_1", "4_1", "5_1") if skip else ("4_1", "5_1"))


def test_files_lie_together_or_as_they_are_unpacked(tmp_path: Path) -> None:
    files = published()
    write(tmp_path / "checkpoints", {VGG: files.pop(VGG)})
    write(tmp_path / "checkpoints" / "AdaAttN", files)
    for folder in (tmp_path / "checkpoints", tmp_path / "checkpoints" / "AdaAttN"):
        assert load_official(folder).skip
    (tmp_path / "checkpoints" / "AdaAttN" / SKIP).rename(
        tmp_path / "checkpoints" / "AdaAttN" / "latest_net_attn_adain_3.pth"
    )
    assert load_official(folder).skip, "the name that the authors' other script has"


def test_other_ways_of_saving(tmp_path: Path) -> None:
    """As PyTorch did before 1.6, from a parallel network, half precision, safetensors; what is unused left out."""
    files = published()
    write(tmp_path, files)
    vgg = {name: value for name, value in nothing(files[VGG]).items() if name.split(".")[0] not in ("45", "48", "51")}
    torch.save(vgg, tmp_path / VGG, _use_new_zipfile_serialization=False)
    torch.save({f"module.{name}": value.half() for name, value in nothing(files[DECODER]).items()}, tmp_path / DECODER)
    (tmp_path / SKIP).unlink()
    made = {name: value.contiguous() for name, value in nothing(files[SKIP]).items()}
    save_file(made, (tmp_path / SKIP).with_suffix(".safetensors"))
    assert load_official(tmp_path).skip


@pytest.mark.parametrize("name", [VGG, TRANSFORMER, DECODER, SKIP])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, published())
    (tmp_path / name).unlink()
    with pytest.raises(ValueError, match=f"{name} is missing"):
        load_official(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        load_official(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "key", "shape", "reason"),
    [
        (VGG, "42.weight", None, "missing 42.weight"),
        (VGG, "0.weight", (3, 3, 3, 3), r"0.weight \(3, 3, 3, 3\) instead of \(3, 3, 1, 1\)"),
        (VGG, "99.weight", (1,), "unknown 99.weight"),
        (TRANSFORMER, "attn_adain_4_1.f.weight", None, "attn_adain_4_1.f.weight"),
        (TRANSFORMER, "attn_adain_4_1.f.weight", (700, 700, 1, 1), r"f.weight \(700, 700, 1, 1\) instead of \(960"),
        (TRANSFORMER, "attn_adain_5_1.g.bias", (512,), r"g.bias \(512,\) instead of \(1472,\)"),
        (DECODER, "decoder_layer_2.1.weight", (256,), "no decoder_layer_2.1.weight of a convolution"),
        (DECODER, "decoder_layer_2.24.bias", (4,), r"24.bias \(4,\) instead of \(3,\)"),
        (SKIP, "f.weight", (256, 256, 1, 1), r"f.weight \(256, 256, 1, 1\) instead of \(448, 448, 1, 1\)"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(
    tmp_path: Path, name: str, key: str, shape: tuple[int, ...] | None, reason: str
) -> None:
    files = published()
    files[name].pop(key, None)
    files[name] |= {} if shape is None else {key: shape}
    with pytest.raises(ValueError, match=rf"style weights .*{name}: .*{reason}"):
        load_official(write(tmp_path, files))


@pytest.mark.parametrize(
    ("value", "reason"), [(torch.full((3,), torch.nan), "not finite"), (torch.zeros(3, dtype=torch.int64), "fraction")]
)
def test_odd_numbers_are_refused(tmp_path: Path, value: Tensor, reason: str) -> None:
    files = published()
    write(tmp_path, files)
    torch.save(nothing(files[DECODER]) | {"decoder_layer_2.24.bias": value}, tmp_path / DECODER)
    with pytest.raises(ValueError, match=rf"{DECODER}: .*{reason}.*24.bias"):
        load_official(tmp_path)


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("name", [VGG, TRANSFORMER, DECODER, SKIP])
def test_code_in_a_file_is_not_run(tmp_path: Path, name: str, zipped: bool) -> None:
    files, mark = published(), tmp_path / "ran"
    write(tmp_path, files)
    torch.save(nothing(files[name]) | {"x": Evil(mark)}, tmp_path / name, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=rf"{name}: .*could run code"):
        load_official(tmp_path)
    assert not mark.exists()


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_half_a_file_is_refused(tmp_path: Path, keep: float) -> None:
    write(tmp_path, published())
    content = (tmp_path / DECODER).read_bytes()
    (tmp_path / DECODER).write_bytes(content[: int(keep * len(content))])
    with pytest.raises(ValueError, match=DECODER):
        load_official(tmp_path)


# --- attention


def plainly(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """The paper's formula, all at once: (P, C) means and deviations of queries (P, K), keys (Q, K), values (Q, C)."""
    share = torch.softmax(query @ key.T, 1)
    mean = share @ value
    return mean, (share @ value.square() - mean.square()).clamp_min(0).sqrt()


def test_attention_is_the_papers(
    network: OfficialAdaAttN, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At relu3_1, with features of all shallower layers, place by place, in batches or not."""
    content, style = network.features(noise(48, 32)[None]), network.features(noise(32, 40, seed=1)[None])

    def rows(name: str, features: dict[str, Tensor]) -> Tensor:
        """f or g of the features that are looked at."""
        found = [features["1_1"][..., ::4, ::4], features["2_1"][..., ::2, ::2], features["3_1"]]
        found = torch.cat([(one - one.mean((2, 3), keepdim=True)) / (one.var((2, 3), keepdim=True) + 1e-5).sqrt()
                           for one in found], 1)  # fmt: skip
        weights = checkpoint.skip_weights
        return found.flatten(2)[0].T @ weights[f"{name}.weight"][..., 0, 0].T + weights[f"{name}.bias"]

    value = F.conv2d(style["3_1"], checkpoint.skip_weights["h.weight"], checkpoint.skip_weights["h.bias"])
    wanted = plainly(rows("f", content), rows("g", style), value.flatten(2)[0].T)
    for batch in (layers.ATTENTION_BATCH, 1000, 1):
        monkeypatch.setattr(layers, "ATTENTION_BATCH", batch)
        found = network.statistics(content, network.style_tokens(style))[0]
        for moment, theirs in zip((found.mean, found.std), wanted, strict=True):
            assert moment.shape == (1, 256, 12, 8)
            assert torch.allclose(moment.flatten(2)[0].T, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("cosine", [True, False])
def test_sharp_attention_finds_what_is_alike(cosine: bool) -> None:
    """Two kinds of places: each takes the mean and the deviation of its own kind, and with cosines of all, but less."""
    kind = torch.tensor([0, 1, 1, 0, 0, 1])
    sign = 2.0 * kind - 1
    key, value = 10 * torch.stack([sign, 0 * sign])[None], (10 * kind + torch.tensor([1.0, -1, 1, -1, 0, 0]))
    theirs = StyleTokens(key, torch.stack([value, value.square()], 1)[None], torch.zeros(1, 1, 1))
    found = layers.attention_statistics(key.flip(2)[:, :, None], theirs, cosine)
    for moment, of in ((found.mean, Tensor.mean), (found.std, lambda one: one.std(correction=0))):
        wanted = torch.stack([of(value[kind == k]) for k in (0, 1)])[kind.flip(0)]
        assert torch.allclose(moment[0, 0, 0], wanted, atol=1e-3)


def test_attention_to_all_alike_is_adain(checkpoint: Checkpoint) -> None:
    """Queries of nothing: every place finds the mean and the deviation of the whole style."""
    flat = {name: torch.zeros_like(value) if name[0] == "f" else value
            for name, value in checkpoint.skip_weights.items()}  # fmt: skip
    network = OfficialAdaAttN(replace(checkpoint, skip_weights=flat))
    content, style = network.features(noise(32, 32)[None]), network.features(noise(64, 48, seed=1)[None])
    found = network.statistics(content, network.style_tokens(style))[0]
    value = F.conv2d(style["3_1"], flat["h.weight"], flat["h.bias"])
    assert torch.allclose(found.mean, value.mean((2, 3), keepdim=True).expand_as(found.mean), atol=1e-4)
    std = value.std((2, 3), correction=0, keepdim=True).expand_as(found.std)
    assert torch.allclose(found.std, std, rtol=1e-3, atol=1e-4)


def test_places_of_a_large_style_are_the_authors_lot() -> None:
    """As many as allowed, those that the authors' seed draws, and no random number of anybody else is used up."""
    one = torch.eye(2)[..., None, None]
    weights = {f"{name}.{kind}": one if kind == "weight" else torch.zeros(2) for name in "gh"
               for kind in ("weight", "bias")}  # fmt: skip
    value = torch.arange(60.0).reshape(1, 2, 5, 6)
    before = torch.random.get_rng_state()
    found = layers.style_tokens(weights, "", value, value, most=12)
    assert torch.equal(before, torch.random.get_rng_state())
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(6666)
        lots = torch.randperm(30)[:12]
    assert torch.equal(found.k[0], value.flatten(2)[0][:, lots])
    assert torch.allclose(found.v[0, :, :2] + found.mean[0], value.flatten(2)[0][:, lots].T)
    assert layers.style_tokens(weights, "", value, value, most=30).k.shape[2] == 30


# --- pictures


@pytest.mark.parametrize(("content", "style"), [((64, 48), (32, 80)), ((33, 47), (41, 32)), ((40, 100), (57, 63))])
def test_pictures_of_any_size(network: OfficialAdaAttN, content: tuple[int, int], style: tuple[int, int]) -> None:
    made = network(noise(*content)[None], noise(*style, seed=1)[None])
    assert made.shape == (1, 3, *content)
    assert made.isfinite().all()
    assert made.std() > 0.01


def test_a_batch_is_its_pictures(network: OfficialAdaAttN) -> None:
    contents, styles = (torch.stack([noise(32, 48, seed=seed) for seed in seeds]) for seeds in ((0, 1), (2, 3)))
    both = network(contents, styles)
    alone = network(contents[1:], styles[1:])
    assert torch.allclose(both[1:], alone, atol=1e-4)
    assert not torch.allclose(both[:1], alone, atol=1e-2)


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 4, 64, 64), (1, 3, 31, 64)])
def test_other_shapes_are_refused(network: OfficialAdaAttN, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="32 pixels"):
        network.features(torch.zeros(shape))


@pytest.mark.parametrize(("skip", "shallow"), [(False, True), (True, False)])
def test_the_other_variants_make_pictures(tmp_path: Path, skip: bool, shallow: bool, checkpoint: Checkpoint) -> None:
    files = published(skip, shallow)
    network = OfficialAdaAttN(
        replace(checkpoint, transformer=something(files[TRANSFORMER]), decoder=something(files[DECODER]),
                skip_weights=something(files[SKIP]) if skip else {}, shallow=shallow)
    )  # fmt: skip
    made = network(noise(32, 48)[None], noise(48, 32, seed=1)[None])
    assert made.shape == (1, 3, 32, 48)
    assert made.isfinite().all()


def test_the_network_for_films(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """Another one of the authors', with the same names of files: attention at relu3_1 only, by cosines."""
    files = for_films()
    write(tmp_path, {VGG: files.pop(VGG)})
    network = load_official(write(tmp_path / "attn_adain_video", files, something))
    assert (network.film, network.depths) == (True, ("3_1",))
    theirs = {name: something(shapes) for name, shapes in files.items()}
    network = OfficialAdaAttN(Checkpoint(checkpoint.encoder, theirs[TRANSFORMER], theirs[DECODER], {}, True, True))
    made = network(noise(41, 48)[None], noise(48, 32, seed=1)[None])
    assert made.shape == (1, 3, 41, 48)
    assert made.std() > 0.01


# --- the look


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are worked on at a size that is soon done."""
    monkeypatch.setattr(official, "PIXELS", 48 * 48)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("size", [(40, 50), (1, 1), (3, 90), (300, 200), (20000, 1)])
def test_a_look_takes_pictures_of_any_size(folder: Path, size: tuple[int, int]) -> None:
    content, parts = noise(*size), []
    before = content.clone()
    made = official_transform(folder, [noise(70, 30), noise(1, 1)])(content, lambda *part: parts.append(part))
    assert made.shape == content.shape
    assert 0 <= made.min() <= made.max() <= 1
    assert parts == [(i, 5) for i in range(1, 6)]
    assert torch.equal(content, before)


@pytest.mark.usefixtures("small")
def test_styles_are_worked_out_once(folder: Path) -> None:
    look, parts = official_transform(folder, [noise(40, 40)]), []
    first = look(noise(40, 40))
    assert torch.equal(look(noise(40, 40), lambda *part: parts.append(part[0])), first)
    assert parts == [2, 3, 4]


@pytest.mark.usefixtures("small")
def test_styles_count_alike(folder: Path, network: OfficialAdaAttN) -> None:
    content, a, b = noise(40, 40), noise(40, 40, seed=1), noise(40, 40, seed=2).square()

    def made(*styles: Tensor) -> Tensor:
        return official_transform(folder, styles)(content)

    alone = network(content[None], a[None])[0].clamp(0, 1)
    assert torch.allclose(made(a), alone, atol=1e-5)
    assert torch.allclose(made(a, a), made(a), atol=1e-4)
    assert torch.allclose(made(a, b), made(b, a), atol=1e-4)
    assert not torch.allclose(made(a, b), made(a), atol=1e-2)


def test_a_film_is_steadier_than_its_frames(folder: Path) -> None:
    """Far from what has changed, the picture changes less than without the memory; a first frame is a picture."""
    first = noise(32, 192)
    second = first.clone()
    second[..., 176:] = noise(32, 16, seed=5)
    film, plain = (official_transform(folder, [noise(48, 48, seed=7)], film=film) for film in (True, False))
    assert (film(first) - plain(first)).abs().mean() < 0.01
    moved = [(one(second) - plain(first))[..., :64].abs().mean() for one in (film, plain)]
    assert moved[0] < 0.7 * moved[1]


@pytest.mark.usefixtures("small")
def test_a_look_can_be_cancelled(folder: Path) -> None:
    def cancel(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        official_transform(folder, [noise(40, 40)])(noise(40, 40), cancel)


def test_a_look_says_at_once_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"{TRANSFORMER} is missing"):
        official_transform(tmp_path, [noise(40, 40)])


@pytest.mark.usefixtures("small")
def test_other_weights_under_the_same_names_are_read_again(tmp_path: Path, checkpoint: Checkpoint) -> None:
    files = for_films()
    write(tmp_path, {VGG: files.pop(VGG)}, lambda shapes: dict(checkpoint.encoder))
    write(tmp_path, files, something)
    before = official_transform(tmp_path, [noise(40, 40)])(noise(40, 40, seed=1))
    torch.save(nothing(files[DECODER]), tmp_path / DECODER)
    os.utime(tmp_path / DECODER, ns=(1, 1))
    assert not official_transform(tmp_path, [noise(40, 40)])(noise(40, 40, seed=1)).any()
    assert before.any()


@pytest.mark.usefixtures("small")
def test_the_method_adaattn_takes_them(folder: Path) -> None:
    content, style = noise(40, 40), noise(40, 40, seed=1)
    wanted = official_transform(folder, [style])(content)
    assert torch.equal(stylize(content, style, method="adaattn", weights=folder), wanted)
    with torch.inference_mode():
        half = stylize(content, style, method="adaattn", weights=folder, strength=0.5)
    assert torch.allclose(half, (content + wanted) / 2, atol=1e-5)


def test_other_methods_do_not(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not for 'palette'"):
        Stylizer(noise(40, 40), method="palette", weights=folder)
    with pytest.raises(ValueError, match=f"{TRANSFORMER} is missing"):
        Stylizer(noise(40, 40), method="adaattn", weights=tmp_path)
