"""The benchmark of styles: what it measures, what it asks for, and that it goes on where it was stopped."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import style as bench
from benchmarks import style_baseline
from benchmarks.style_measures import cielab, edges, findings, kept_chroma, measure, monotony, styled, wasserstein
from benchmarks.style_pairs import RECORDS, Journal, Setting, Task, make
from painter_core.files.pictures import write_picture


def picture(height: int = 40, width: int = 56, seed: int = 0) -> torch.Tensor:
    """Blurred noise in one of many palettes."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 8, generator=generator)
    made = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")[0]
    return (made * torch.rand(3, 1, 1, generator=generator)).clamp(0, 1)


# -- what is measured -------------------------------------------------------------------------------------------------


def test_a_method_that_does_nothing_has_all_of_the_distance_and_all_of_the_content() -> None:
    content, style = picture(seed=1), picture(seed=2)
    figures = measure(content, content, content, style)
    assert figures["share"] == pytest.approx(1)
    assert figures["content"] == 0
    assert figures["edges"] == pytest.approx(1)


def test_the_style_itself_is_no_distance_away() -> None:
    content, style = picture(seed=1), picture(seed=2)
    figures = measure(style, content, content, style)
    assert figures["style"] == figures["share"] == figures["wasserstein"] == 0
    assert figures["content"] > 0.1


def test_wasserstein_of_a_shift_is_the_shift() -> None:
    one = 0.8 * picture()
    assert wasserstein(one, one + torch.tensor([0.1, 0.0, 0.05])[:, None, None]) == pytest.approx(0.1, abs=1e-5)
    assert wasserstein(one, one.flip(1)) == pytest.approx(0, abs=1e-6)  # places don't matter


def test_edges_of_a_step_are_where_it_is() -> None:
    one = torch.zeros(3, 6, 8)
    one[:, :, 4:] = 0.5
    found = edges(one)
    assert found[:, 3].tolist() == pytest.approx([0.5] * 5)
    assert found.sum() == pytest.approx(0.5 * 5)


@pytest.mark.parametrize(
    ("color", "wanted"),
    [((1, 1, 1), (100, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((1, 0, 0), (53.24, 80.09, 67.20)),
     ((0, 0, 1), (32.30, 79.19, -107.86))],
)  # fmt: skip
def test_cielab_of_known_colors(color: tuple[int, int, int], wanted: tuple[float, float, float]) -> None:
    assert cielab(torch.tensor([color], dtype=torch.float32))[0].tolist() == pytest.approx(wanted, abs=0.05)


def test_chroma_of_grey_styles_is_the_contents() -> None:
    content = picture(seed=3)
    assert kept_chroma(content.mean(0, keepdim=True).expand(3, -1, -1), content)["chroma"] < 0.1


# -- what is asked for ------------------------------------------------------------------------------------------------


def record(method: str, name: str = "a", strength: float = 1.0, **figures: Any) -> dict[str, Any]:
    usual = {"style": 0.4, "share": 0.5, "content": 0.5, "edges": 0.5, "wasserstein": 0.0, "chroma": 0.0,
             "chroma_lab": 0.0, "seconds": 1.0}  # fmt: skip
    return {"content_name": name, "style_name": "s", "method": method, "strength": strength, **usual, **figures}


def test_networks_are_compared_with_the_baseline_over_the_pairs_that_both_have() -> None:
    mine = [record("fast", "a", content=0.4), record("fast", "b", content=0.9, share=0.6)]
    theirs = [record("lite", "a", content=0.5), record("lite", "c", content=0.1)]
    found = {one.asked.split(",")[0]: one for one in findings({"fast": mine, "lite": theirs}, "lite")}
    assert found["content distance"].met  # 0.4 and 0.5 at the one pair that both have
    assert "over 1 pairs" in found["content distance"].asked
    alone = findings({"fast": mine}, "lite")
    assert [one.met for one in alone] == [False]  # the mean share is 0.55


def test_the_worst_pair_decides_about_the_palette() -> None:
    good, bad = record("palette"), record("palette", "b", wasserstein=0.02)
    assert [one.met for one in findings({"palette": [good]}, "lite")] == [True, True]
    assert [one.met for one in findings({"palette": [good, bad]}, "lite")] == [False, True]


def test_monotony_counts_whole_pairs_only() -> None:
    runs = {"a": (0.9, 0.6, 0.3), "b": (0.9, 0.3, 0.4), "c": (0.1,)}
    records = [record("fast", name, at, style=style, same=True)
               for name, run in runs.items() for at, style in zip((0.0, 0.5, 1.0), run, strict=False)]  # fmt: skip
    means, rising, pairs, same = monotony(records)
    assert means == pytest.approx({0.0: 0.9, 0.5: 0.45, 1.0: 0.35})
    assert (rising, pairs, same) == (1, 2, True)
    assert not monotony([*records, record("fast", "d", 0.0, same=False)])[3]


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_a_journal_goes_on_and_forgets_what_was_cut_off_or_is_done_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"side": 64}, resume=False)
    for name in ("fast", "palette"):
        journal.add(record(name))
    with (tmp_path / RECORDS).open("a") as file:
        file.write('{"method": "fa')
    assert [one["method"] for one in Journal(tmp_path, {"side": 64}, resume=True).records] == ["fast", "palette"]
    again = Journal(tmp_path, {"side": 64}, resume=True, again=["fast"])
    assert [one["method"] for one in again.records] == ["palette"]
    task = Task(Path("x/a.png"), Path("y/s.jpg"), "palette", 1.0)
    assert again.of([task, Task(Path("x/b.png"), Path("y/s.jpg"), "palette", 1.0)]) == [record("palette")]


def test_a_journal_of_another_run_is_left_alone(tmp_path: Path) -> None:
    Journal(tmp_path, {"side": 64}, resume=False).add(record("fast"))
    before = (tmp_path / RECORDS).read_text()
    with pytest.raises(ValueError, match="--resume"):
        Journal(tmp_path, {"side": 64}, resume=False)
    with pytest.raises(ValueError, match="another setting"):
        Journal(tmp_path, {"side": 65}, resume=True)
    assert (tmp_path / RECORDS).read_text() == before


def test_a_run_leaves_records_pictures_and_sheets_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, seeds in (("contents", (1, 2)), ("styles", (3,))):
        (tmp_path / folder).mkdir()
        for seed in seeds:
            write_picture(tmp_path / folder / f"p{seed}.png", picture(seed=seed))
    out = tmp_path / "out"
    command = ["--images", str(tmp_path / "contents"), "--paintings", str(tmp_path / "styles"), "--methods",
               "palette,plain", "--strokes", "20", "--monotony", "--out", str(out), "--json"]  # fmt: skip
    assert bench.main([*command, "--contents", "1"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert len(first) == 5 + 1
    assert first[0]["same"] is True
    assert first[0]["share"] == pytest.approx(1)
    assert bench.main(command) == 2  # without --resume
    assert bench.main([*command, "--resume"]) == 0
    output = capsys.readouterr()
    both = json.loads(output.out)
    assert len(both) == 2 * len(first)
    assert all(one in both for one in first)  # seconds and all: nothing was done twice
    assert "1 of 6" in output.err
    task = Task(tmp_path / "contents" / "p1.png", tmp_path / "styles" / "p3.png", "palette", 1.0)
    assert Setting(512, 20, out).picture(task).is_file()
    assert {path.name for path in out.glob("*.jpg")} == {"sheet_palette_1.jpg", "sheet_plain_1.jpg"}
    assert "| `palette` | 2 |" in (out / "report.md").read_text()
    assert all(math.isfinite(one["style"]) for one in both)


@pytest.mark.parametrize("method", ["fast", "adaattn"])
def test_a_draft_is_further_from_the_style_than_what_is_made_of_it(method: str) -> None:
    content, style = picture(seed=1), picture(seed=2)
    revised, draft = (make(content, style, name, 1.0, 20) for name in (method, f"{method}-draft"))
    assert draft.shape == content.shape
    assert styled(revised, draft, style)["share"] < 0.95


def test_the_pictures_are_named_and_many() -> None:
    assert len(set(bench.CONTENTS)) == 10
    assert len(set(bench.STYLES)) == 6


def test_a_run_that_is_stopped_has_seen_all_contents_and_styles() -> None:
    contents, styles = [Path(name) for name in bench.CONTENTS], [Path(name) for name in bench.STYLES]
    pairs = bench.in_turn(contents, styles)
    assert len(set(pairs)) == len(pairs) == 60
    assert {content for content, _ in pairs[:10]} == set(contents)
    assert {style for _, style in pairs[:10]} == set(styles)


def test_what_is_wrong_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--methods", "magic"])
    assert "no method magic" in capsys.readouterr().err
    assert bench.main(["--images", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "benchmarks/data/pictures.py" in capsys.readouterr().err
    with pytest.raises(style_baseline.BaselineError, match="fetches it"):
        style_baseline.stylize_lite(picture(), picture(), tmp_path / "nowhere")
