"""The report: records as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .modes import Mode
from .published import authors_table, equal_strokes_table
from .report_table import number, table
from .suite import Record, means

#: Columns of the table of means: heading, field of the record, decimals.
COLUMNS = (
    ("Strokes", "strokes", 0), ("PSNR dB", "psnr", 2), ("SSIM", "ssim", 3), ("L1", "l1", 4), ("LPIPS", "lpips", 3),
    ("Seconds", "seconds", 2), ("Length / width", "elongation", 2), ("Peak MiB", "peak_mib", 0),
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


def markdown(records: Sequence[Record], modes: Sequence[Mode], setting: Setting) -> str:
    """The whole report. The paper's rows come with the name of the network that painted them."""
    parts = [
        f"{setting.pictures} pictures ({setting.held_out} in the held-out list), long side at most "
        f"{setting.long_side} px, device {setting.device}, {setting.threads} threads. LPIPS: {setting.lpips}.",
        "\n".join(f"- {mode.name}: {mode.about}" for mode in modes),
        means_table(records),
        gains_table(records),
        pictures_table(records),
        authors_table(_by_picture(records)),
        equal_strokes_table(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def means_table(records: Sequence[Record]) -> str:
    """Means over the pictures for every mode and budget."""
    rows = [
        [mean.mode, str(mean.budget), *(number(getattr(mean, field), digits) for _, field, digits in COLUMNS)]
        for mean in means(records)
    ]
    return table(["Mode", "Budget", *(heading for heading, _, _ in COLUMNS)], rows)


def gains_table(records: Sequence[Record]) -> str:
    """What fast gains over each other mode at each budget; empty without fast or others."""
    found = {(mean.mode, mean.budget): mean for mean in means(records)}
    rows = []
    for (mode, budget), other in found.items():
        fast = found.get(("fast", budget))
        if fast and mode != "fast":
            rows.append([
                f"fast {budget} ({fast.strokes:.0f} strokes) - {mode} ({other.strokes:.0f} strokes)",
                f"{fast.psnr - other.psnr:+.2f} dB", number(fast.lpips - other.lpips, 3),
                f"{other.seconds / fast.seconds:.1f} x",
            ])  # fmt: skip
    return table(["Difference of means", "PSNR", "LPIPS", "Faster by"], rows) if rows else ""


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
