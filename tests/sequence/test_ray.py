"""Films painted by a Ray cluster are the films that one process paints, whatever happens to its machines."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import predictor_samples
import pytest
import ray
import ray_scenes
from film_scenes import view
from ray import cloudpickle
from ray.cluster_utils import Cluster
from ray_scenes import DoomedDabs
from safetensors.torch import load_file

from painter_core.cli import main
from painter_core.files.pictures import write_picture
from painter_core.painting.paint_options import PaintOptions
from painter_core.sequence.film import FilmPainter
from painter_core.sequence.job import Job
from painter_core.sequence.on_ray import drawn_on_ray
from painter_core.sequence.source import Pictures
from painter_core.sequence.state import State

STORE = 80 * 2**20
#: Frames of a shot, and shots.
LONG, SHOTS = 3, 4


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two nodes with a processor each, and this process connected to them."""
    nodes = Cluster()
    try:
        nodes.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False)
        ray.init(address=nodes.address, log_to_driver=False)
        # the workers know no modules of the tests
        for module in (predictor_samples, ray_scenes):
            cloudpickle.register_pickle_by_value(module)
        yield nodes
    finally:
        ray.shutdown()
        nodes.shutdown()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    """Shots that have nothing in common, each a pan."""
    folder = tmp_path_factory.mktemp("in")
    for number in range(LONG * SHOTS):
        seen = view(2 * (number % LONG), size=(35, 51))
        seen = seen if number // LONG % 2 else 1 - seen.flip(1)
        write_picture(folder / f"{number:03}.png", seen)
    return Pictures(sorted(folder.iterdir()))


def job_of(source: Pictures, target: Path, coherence: float = 0.8, **more: Any) -> Job:
    options = PaintOptions(strokes=24, refine=1, attention=0)
    target.mkdir(exist_ok=True)

    def painter(state: State | None) -> FilmPainter:
        return FilmPainter(DoomedDabs(target.parent), options, coherence=coherence, state=state)

    return Job(source, target, False, painter, {"coherence": coherence}, strokes=target, **more)


def files(folder: Path) -> dict[str, object]:
    """Pictures byte by byte; of strokes each tensor's bytes, as the order within a file's head is chance."""
    found: dict[str, object] = {}
    for each in folder.iterdir():
        if each.suffix == ".safetensors":
            found[each.name] = {name: value.numpy().tobytes() for name, value in load_file(each).items()}
        elif not each.name.startswith("."):
            found[each.name] = each.read_bytes()
    return found


def frames_of(job: Job) -> list[tuple[int, bool, list[int], list[int]]]:
    """Runs a job; the numbers of its frames, which begin afresh, and who is in them since when."""
    told = []
    job.run(lambda done, painted, picture, frame: told.append(
        (painted.number, painted.fresh, painted.ids.tolist(), painted.born.tolist())))  # fmt: skip
    return told


@pytest.fixture(scope="module")
def whole(source: Pictures, tmp_path_factory: pytest.TempPathFactory) -> tuple[list, dict[str, object]]:
    """What one process paints."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    told = frames_of(job_of(source, folder))
    assert [number for number, fresh, *_ in told if fresh] == list(range(0, LONG * SHOTS, LONG))
    return told, files(folder)


def test_a_node_dies_halfway_and_the_film_is_the_same(
    cluster: Cluster, source: Pictures, whole: tuple[list, dict[str, object]], tmp_path: Path
) -> None:
    node = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    (tmp_path / "doomed").write_text(node.node_id)
    gone = threading.Event()

    def kill() -> None:
        while not (tmp_path / "stuck").exists():
            time.sleep(0.02)
        cluster.remove_node(node, allow_graceful=False)
        gone.set()

    threading.Thread(target=kill, daemon=True).start()
    told = frames_of(job_of(source, tmp_path / "out", engine=drawn_on_ray))
    assert gone.wait(60)
    assert told == whole[0]
    assert files(tmp_path / "out") == whole[1]


@pytest.mark.parametrize("first", ["here", "ray"])
def test_a_job_that_stopped_goes_on_with_the_other_engine(
    cluster: Cluster, source: Pictures, whole: tuple[list, dict[str, object]], tmp_path: Path, first: str
) -> None:
    engines = {"here": None, "ray": drawn_on_ray}

    def stop(done: int, *rest: object) -> None:
        if done == LONG + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job_of(source, tmp_path / "out", engine=engines.pop(first)).run(stop)
    told = frames_of(job_of(source, tmp_path / "out", engine=engines.popitem()[1]))
    assert told == whole[0][LONG + 1 :]
    assert files(tmp_path / "out") == whole[1]


def test_frames_that_are_painted_by_themselves_are_the_same(cluster: Cluster, source: Pictures, tmp_path: Path) -> None:
    source = Pictures(source.files[: LONG + 1])  # each is a shot of its own
    here, there = tmp_path / "here", tmp_path / "there"
    told = frames_of(job_of(source, here, 0.0))
    assert frames_of(job_of(source, there, 0.0, engine=drawn_on_ray)) == told
    assert files(here) == files(there)


def test_frames_before_one_that_cannot_be_read_are_finished(cluster: Cluster, source: Pictures, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    for file in source.files[:5]:
        (bad / file.name).write_bytes(file.read_bytes())
    (bad / "004.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"004\.png"):
        frames_of(job_of(Pictures(list(bad.iterdir())), tmp_path / "out", engine=drawn_on_ray))
    assert sorted(name for name in files(tmp_path / "out") if name.endswith(".png")) == [
        f"{number:03}.png" for number in range(4)
    ]


def test_the_command_gives_the_same_film(cluster: Cluster, source: Pictures, tmp_path: Path) -> None:
    folder = str(source.files[0].parent)
    for engine in ("local", "ray"):
        command = ["frames", folder, "-o", str(tmp_path / engine), "--strokes", "20", "--refine", "0", "--end", "5"]
        assert main([*command, "--engine", engine]) == 0
    here, there = files(tmp_path / "local"), files(tmp_path / "ray")
    assert len(here) == 5
    assert here == there


def test_what_is_missing_for_ray_is_named(
    source: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["frames", str(source.files[0].parent), "-o", str(tmp_path / "out")]
    assert main([*command, "--ray-address", "there:6379"]) == 2
    assert "--engine ray" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "painter_core.sequence.on_ray", None)
    assert main([*command, "--engine", "ray"]) == 2
    assert "pip install 'alla-prima[ray]'" in capsys.readouterr().err
