"""Are the paintings what they were? Hashes for over twenty combinations of options, to compare two versions of the
code: what only moves or renames code changes none of them.

    python benchmarks/same_paintings.py --write before.json      # with the old code
    python benchmarks/same_paintings.py --against before.json    # with the new: exits with 1 if a painting differs

It knows nothing of the code but its command line, so that it runs on any version that has these options. Hashes are of
pixels and of stroke tensors, not of files. They depend on the machine, on PyTorch, and on the number of threads, which
is why it takes one: compare on one machine only.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import av  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

from painter_core.cli import main as command_line  # noqa: E402

#: What is painted, and how large: small, so that all of it takes minutes.
PHOTO, STYLE, SIZE = ROOT / "assets" / "photo.jpg", ROOT / "nodes" / "pictures" / "starry_night.jpg", (128, 96)
#: Shifts in pixels of the pictures of a film.
SHIFTS = (0, 2, 5)

#: Paintings by name: what is said on the command line, besides the input and the outputs.
PAINTINGS = {
    "oil": "--strokes 120 --refine 0",
    "oil, refined": "--strokes 120 --refine 5 --seed 7",
    "oil, refined and replanted": "--strokes 80 --refine 14",
    "impressionist": "--look impressionist --strokes 80 --refine 5",
    "watercolor": "--look watercolor --strokes 60 --refine 5",
    "pointillist": "--look pointillist --strokes 200",
    "pencil": "--look pencil --strokes 150 --refine 2",
    "marker": "--look marker --strokes 60 --refine 2",
    "the paper's": "--mode paper",
    "round, no attention": "--brush round --strokes 100 --refine 0 --attention 0",
    "knife, lively": "--brush knife --strokes 100 --refine 2 --variety 1.5",
    "charcoal, long": "--brush charcoal --strokes 100 --refine 2 --stroke-length 2",
    "fan, no flow": "--brush fan --strokes 100 --refine 4 --flow 0",
    "dry, much flow": "--brush dry --strokes 100 --refine 4 --flow 3",
    "a brush from a picture": "--brush {tip} --strokes 60 --refine 2",
    "with a detail map": "--strokes 100 --refine 3 --detail {mask}",
    "inside a mask": "--strokes 60 --refine 3 --mask {mask}",
    "on a picture": "--strokes 60 --refine 3 --canvas {canvas}",
    "palette of a style": "--strokes 80 --refine 2 --style {style} --method palette",
    "style by AdaAttN": "--strokes 60 --refine 0 --style {style} --method fast",
    "style of strokes": "--strokes 60 --style {style} --method strokes",
}  # fmt: skip
#: What is done with the strokes of a painting: a command and its words.
EDITS = {
    "chosen, colored, reordered": "--keep-layers 1-9 --pigments zorn --jitter 0.3 --order region --seed 3",
    "turned, cut, matched": "--rotate 20 --crop 10,10,80,60 --match {style} --stroke-length 1.4",
    "the best": "--strokes 40",
    "merged": "--merge {other} --mask {mask}",
}
RENDERS = {
    "large": "--scale 6 -o {out}/large.png",
    "with another brush": "--scale 2 --brush watercolor -o {out}/other.png",
    "vectors": "-o {out}/shapes.svg",
    "vectors, center lines": "-o {out}/lines.svg --svg-style strokes",
    "process": "-o {out}/process.mp4 --seconds 0.4 --hold 0.1 --fps 10 --order region",
}


def run(*words: str) -> None:
    """One call of the command line, quietly; raises RuntimeError with what it said where it fails."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = command_line(list(words))
    if code:
        raise RuntimeError(f"{' '.join(words)}: {said.getvalue()}")


def digest(path: Path) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of what a file shows, or of all files of a folder."""
    found = hashlib.sha256()
    for part in _contents(path):
        found.update(part)
    return found.hexdigest()[:16]


def _contents(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        for file in sorted(path.iterdir()):
            yield from _contents(file)
    elif path.suffix == ".safetensors":
        for name, tensor in sorted(load_file(path).items()):
            yield f"{name} {tensor.dtype} {tensor.shape}".encode()
            yield np.ascontiguousarray(tensor).tobytes()
    elif path.suffix == ".svg":
        yield re.sub(r"Alla Prima [0-9.]+", "", path.read_text(encoding="utf-8")).encode()
    elif path.suffix == ".mp4":
        with av.open(str(path)) as film:
            for frame in film.decode(video=0):
                yield frame.to_ndarray(format="rgb24").tobytes()
    else:
        with Image.open(path) as picture:
            yield np.asarray(picture).tobytes()


def inputs(folder: Path) -> dict[str, str]:
    """Files that the words above name, by their names."""
    photo = Image.open(PHOTO).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    photo.save(folder / "photo.png")
    photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "canvas.png")
    Image.open(STYLE).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS).save(folder / "style.png")
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    mask = np.hypot(x - SIZE[0] / 2, y - SIZE[1] / 2) < SIZE[1] / 3
    Image.fromarray(np.uint8(255 * mask)).save(folder / "mask.png")
    tip = 255 * (np.hypot((x - 64) / 60, (y - 48) / 30) < 1) * (0.5 + 0.5 * np.sin(y))
    Image.fromarray(255 - np.uint8(tip)).save(folder / "tip.png")
    (folder / "film").mkdir()
    for number, shift in enumerate(SHIFTS):
        Image.fromarray(np.roll(np.asarray(photo), shift, axis=1)).save(folder / "film" / f"{number}.png")
    names = ("photo", "canvas", "style", "mask", "tip")
    return {name: str(folder / f"{name}.png") for name in names} | {"film": str(folder / "film")}


def paintings(folder: Path) -> Iterator[tuple[str, str]]:
    """What was made, and its hash."""
    given = inputs(folder)
    strokes: dict[str, str] = {}
    for name, words in PAINTINGS.items():
        out, saved = folder / "painted.png", folder / f"{len(strokes)}.safetensors"
        run("paint", given["photo"], "-o", str(out), "--save-strokes", str(saved),
            *_words(words, given))  # fmt: skip
        strokes[name] = str(saved)
        yield f"paint: {name}", digest(out)
        yield f"paint: {name}: strokes", digest(saved)
    given |= {"other": strokes["palette of a style"], "out": str(folder)}
    for name, words in EDITS.items():
        run("edit", strokes["oil, refined"], "-o", str(folder / "edited.safetensors"), *_words(words, given))
        yield f"edit: {name}", digest(folder / "edited.safetensors")
    for name, words in RENDERS.items():
        said = _words(words, given)
        run("render", strokes["style of strokes"], *said)
        yield f"render: {name}", digest(Path(said[said.index("-o") + 1]))
    run("surface", strokes["oil, refined"], "-o", str(folder / "relief.png"), "--scale", "2")
    yield "surface", digest(folder / "relief.png")
    run("stylize", given["photo"], given["style"], "-o", str(folder / "styled.png"), "--method", "palette")
    yield "stylize", digest(folder / "styled.png")
    run("frames", given["film"], "-o", str(folder / "painted_film"), "--strokes", "80", "--refine", "3")
    yield "frames", digest(folder / "painted_film")


def _words(line: str, given: dict[str, str]) -> list[str]:
    return [word.format(**given) if "{" in word else word for word in line.split()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE.json", type=Path, help="save the hashes")
    parser.add_argument("--against", metavar="FILE.json", type=Path, help="compare with these")
    options = parser.parse_args()
    wanted = json.loads(options.against.read_text()) if options.against else {}
    found, changed = {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, value in paintings(Path(folder)):
            found[name] = value
            differs = name in wanted and wanted[name] != value
            changed += differs
            print(f"{value}  {name}" + (f"  was {wanted[name]}" if differs else ""), flush=True)
    if options.write:
        options.write.write_text(json.dumps(found, indent=1) + "\n")
    if wanted:
        print(f"{changed} of {len(found)} differ")
    return int(changed > 0)


if __name__ == "__main__":
    sys.exit(main())
