"""The report: records as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .modes import Mode
from .published import authors_table, equal_strokes_table, many_strokes_table
from .records import Record, means
from .report_table import number, table

#: Columns of the table of means: heading, field of the record, decimals.
COLUMNS = (
    ("Strokes", "strokes", 0), ("PSNR dB", "psnr", 2), ("SSIM", "ssim", 3), ("L1", "l1", 4),
    ("LPIPS Alex", "lpips", 3), ("LPIPS VGG", "lpips_vgg", 3), ("Seconds", "seconds", 2),
    ("Length / width", "elongation", 2), ("Aligned", "aligned", 3), ("Peak MiB", "peak_mib", 0),
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What was run, for the head of the report."""

    pictures: int
    held_out: int
    long_side: int
    device: str
    threads: int
    lpips: str
    jobs: int = 1


def markdown(records: Sequence[Record], modes: Sequence[Mode], setting: Setting) -> str:
    """The whole report. The paper's rows come with the name of the network that painted them."""
    work = f"{setting.threads} threads"
    if setting.jobs > 1:
        work = f"{setting.jobs} pictures at a time with one thread each (so seconds are those of one busy thread)"
    parts = [
        f"{setting.pictures} pictures ({setting.held_out} in the held-out list), long side at most "
        f"{setting.long_side} px, device {setting.device}, {work}. LPIPS: {setting.lpips}. Aligned: share of the "
        "painted area with clear structure whose stroke is within 20 degrees of it.",
        "\n".join(f"- {mode.name}: {mode.about}" for mode in modes),
        *group_tables(records),
        gains_table(records),
        pictures_table(records),
        authors_table(_by_picture(records)),
        equal_strokes_table(),
        many_strokes_table(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def group_tables(records: Sequence[Record]) -> list[str]:
    """Means over all pictures, and over those of each group if there are several."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.group, []).append(record)
    tables = [f"Means of all {_count(records)} pictures:\n\n{means_table(records)}"]
    if len(groups) > 1:
        tables += [f"Means of {name} ({_count(its)} pictures):\n\n{means_table(its)}" for name, its in groups.items()]
    return tables


def _count(records: Sequence[Record]) -> int:
    return len({(record.group, record.picture) for record in records})


def means_table(records: Sequence[Record]) -> str:
    """Means over the pictures for every mode and budget; columns that nothing was measured for are left out."""
    rows = means(records)
    shown = [column for column in COLUMNS if any(getattr(mean, column[1]) == getattr(mean, column[1]) for mean in rows)]
    cells = [
        [mean.mode, str(mean.budget), *(number(getattr(mean, field), digits) for _, field, digits in shown)]
        for mean in rows
    ]
    return table(["Mode", "Budget", *(heading for heading, _, _ in shown)], cells)


def gains_table(records: Sequence[Record]) -> str:
    """What our modes gain over each other one at each budget, and refining over not; empty where nothing compares.

    Means are over the pictures that both have, so that an unfinished run compares like with like.
    """
    modes = list(dict.fromkeys(record.mode for record in records))
    ours = [mode for mode in modes if mode.split(":")[0] in ("fast", "refine")]
    pairs = [(mine, other) for mine in ours for other in modes if other not in ours]
    pairs += [(mine, other) for mine in ours for other in ours if _refines(mine, other)]
    rows = [row for mine, other in pairs for row in _gains(records, mine, other)]
    return table(["Difference of means", "PSNR", "LPIPS Alex", "LPIPS VGG", "Faster by"], rows) if rows else ""


def _refines(mine: str, other: str) -> bool:
    """Is the first mode the second one with refinement, or other brush and refinement?"""
    kinds = mine.split(":")[0], other.split(":")[0]
    brushes = [(*name.split(":"), "")[1] for name in (mine, other)]
    return kinds == ("refine", "fast") and brushes[0] == brushes[1]


def _gains(records: Sequence[Record], mine: str, other: str) -> list[list[str]]:
    found = {(record.group, record.picture, record.budget, record.mode): record for record in records}
    both = [
        record for key, record in found.items()
        if record.mode in (mine, other) and (*key[:3], mine) in found and (*key[:3], other) in found
    ]  # fmt: skip
    by_key = {(mean.mode, mean.budget): mean for mean in means(both)}
    rows = []
    for budget in sorted({record.budget for record in both}):
        ours, theirs = by_key[mine, budget], by_key[other, budget]
        rows.append([
            f"{mine} {budget} ({ours.strokes:.0f} strokes) - {other} ({theirs.strokes:.0f} strokes)",
            f"{ours.psnr - theirs.psnr:+.2f} dB", number(ours.lpips - theirs.lpips, 3),
            number(ours.lpips_vgg - theirs.lpips_vgg, 3), f"{theirs.seconds / ours.seconds:.1f} x",
        ])  # fmt: skip
    return rows


def pictures_table(records: Sequence[Record]) -> str:
    """PSNR / L1 of every picture in every mode at every budget."""
    by_picture = _by_picture(records)
    titles = list(dict.fromkeys(title for cells in by_picture.values() for title, _, _ in cells))
    rows = []
    for picture, cells in by_picture.items():
        found = {title: f"{decibels:.2f} / {error:.3f}" for title, decibels, error in cells}
        rows.append([picture, *(found.get(title, "-") for title in titles)])
    return "PSNR / L1 of every picture:\n\n" + table(["Picture", *titles], rows)


def _by_picture(records: Sequence[Record]) -> dict[str, list[tuple[str, float, float]]]:
    found: dict[str, list[tuple[str, float, float]]] = {}
    for record in records:
        found.setdefault(record.picture, []).append((f"{record.mode} {record.budget}", record.psnr, record.l1))
    return found
