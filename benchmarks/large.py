"""Large pictures with many strokes: 16,000 on up to 1200 pixels, fast and refined.

    python benchmarks/large.py [--images DIR] [--limit 5] [--strokes 16000] [--refine STEPS,...] [--out DIR] [--json]

Published on other pictures of 1200 x 1200 with 16,000 strokes ("Differentiable Stroke Planning", CVPR 2026, DIV2K):
32.16 dB and LPIPS .076 in 88 s on a GPU; Im2Oil 27.59 / .211, Learning to Paint 27.19 / .330, Compositional Neural
Painter 27.91 / .296. Pictures whose long side is at least 1024 pixels are taken as they are, those over 1200 reduced,
none enlarged; the table says how many pixels each had. The built sets are reduced to 1024 pixels: for 1200,
`python benchmarks/data/pictures.py --long-side 1200 --out benchmarks/pictures/large` builds them again, and then
--images benchmarks/pictures/large/photos/heldout.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import fmean

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from painter_core.bench.modes import Mode, ModeOptions, default_device, make_modes  # noqa: E402
from painter_core.bench.perceptual import make_distances  # noqa: E402
from painter_core.bench.records import Record, as_json  # noqa: E402
from painter_core.bench.report_table import number, table  # noqa: E402
from painter_core.bench.suite import Subject, find_pictures, read_subject, run_one, warm_up  # noqa: E402

#: Long side in pixels: smaller pictures are left out, larger ones reduced.
LEAST_SIDE, LONG_SIDE = 1024, 1200


def large_pictures(folder: str, limit: int | None, least: int = LEAST_SIDE, most: int = LONG_SIDE) -> list[Subject]:
    """The first `limit` pictures that are large enough. Raises ValueError if there are none."""
    found = []
    for file in find_pictures(folder):
        subject = read_subject(file, most)
        if max(subject.pixels.shape[1:]) >= least:
            found.append(subject)
        if len(found) == limit:
            break
    if not found:
        raise ValueError(f"no picture in {folder} has a long side of {least} pixels or more")
    return found


def report(rows: list[tuple[Subject, Record]], modes: list[Mode], note: str) -> str:
    """Markdown: means for each mode, then every picture."""
    header = ["Mode", "Picture", "Pixels", "Strokes", "PSNR dB", "SSIM", "LPIPS", "L1", "Seconds", "Peak MiB"]
    fields = (("strokes", 0), ("psnr", 2), ("ssim", 3), ("lpips", 3), ("l1", 4), ("seconds", 1), ("peak_mib", 0))
    lines = []
    for mode in modes:
        its = [record for _, record in rows if record.mode == mode.name]
        means = [number(fmean(getattr(record, field) for record in its), digits) for field, digits in fields]
        lines.append([mode.name, f"mean of {len(its)}", "", *means])
    for subject, record in rows:
        height, width = subject.pixels.shape[1:]
        cells = [number(getattr(record, field), digits) for field, digits in fields]
        lines.append([record.mode, record.picture, f"{width} x {height}", *cells])
    about = "\n".join(f"- {mode.name}: {mode.about}" for mode in modes)
    return f"LPIPS: {note}.\n\n{about}\n\n{table(header, lines)}"


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 on success, 2 without pictures or networks."""
    from painter_core.bench.album import keep_originals, keep_painting
    from painter_core.cli.bench import DEFAULT_IMAGES

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", default=str(DEFAULT_IMAGES), metavar="DIR", help="default: held-out photographs")
    parser.add_argument("--limit", type=int, default=5, metavar="N", help="only the first N large ones (default: 5)")
    parser.add_argument("--strokes", type=int, default=16_000, metavar="N", help="default: 16000")
    parser.add_argument(
        "--modes",
        default="fast:flat,refine:flat",
        metavar="MODE,...",
        help="as in the bench (default: fast:flat,refine:flat)",
    )
    parser.add_argument("--refine", type=int, default=200, metavar="STEPS", help="steps of refine (default: 200)")
    parser.add_argument("--predictor", metavar="NAME|FILE", help="network (default: compact)")
    parser.add_argument("--least-side", type=int, default=LEAST_SIDE, metavar="PX", help=f"default: {LEAST_SIDE}")
    parser.add_argument("--long-side", type=int, default=LONG_SIDE, metavar="PX", help=f"default: {LONG_SIDE}")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the paintings")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        choices = ModeOptions(predictor=options.predictor, refine=options.refine, device=default_device())
        modes = make_modes(options.modes.split(","), choices)
        subjects = large_pictures(options.images, options.limit, options.least_side, options.long_side)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    distances, note = make_distances(("alex",), choices.device)
    if options.out:
        keep_originals(options.out, subjects)
    rows = []
    for mode in modes:
        warm_up(mode, subjects[0].pixels, (options.strokes,))
        for subject in subjects:
            keep = None
            if options.out:

                def keep(subject: Subject, mode: Mode, painting: object) -> None:
                    keep_painting(options.out, subject, mode.name, painting)

            rows += [(subject, record) for record in run_one(subject, mode, (options.strokes,), distances, keep)]
            print(
                f"{mode.name}: {subject.name} {rows[-1][1].psnr:.2f} dB {rows[-1][1].seconds:.1f} s",
                file=sys.stderr,
                flush=True,
            )
    if options.json:
        print(json.dumps([as_json(record) for _, record in rows]))
    else:
        print(report(rows, modes, note))
    return 0


if __name__ == "__main__":
    sys.exit(main())
