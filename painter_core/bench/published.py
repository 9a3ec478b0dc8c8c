"""Figures that others published, printed beside ours."""

from __future__ import annotations

from .report_table import table

#: Paint Transformer's own published paintings of these pictures, measured against them: PSNR in dB, L1.
#: The README pictures are the last frames of 115 to 123 frame GIFs (their palette noise is in the figures); bingbing is
#: a painting that a fork published.
AUTHORS_PAINTINGS: dict[str, tuple[float, float]] = {
    "readme_1": (22.66, 0.0519),
    "readme_2": (19.91, 0.0694),
    "readme_3": (21.82, 0.0510),
    "bingbing": (19.55, 0.0799),
}
#: "Birth of a Painting" (arXiv 2511.13191), table 2, 80 paintings: PSNR, SSIM, LPIPS at 128, 256 and 512 strokes.
EQUAL_STROKES: dict[str, tuple[str, str, str]] = {
    "Paint Transformer": ("16.51 / .532 / .678", "17.21 / .538 / .629", "18.58 / .552 / .556"),
    "Learning to Paint": ("19.18 / .554 / .631", "21.52 / .585 / .570", "23.16 / .615 / .523"),
    "Stylized Neural Painting": ("20.29 / .572 / .565", "21.15 / .590 / .527", "21.43 / .603 / .501"),
    "Birth of a Painting": ("21.46 / .599 / .506", "22.44 / .617 / .471", "23.24 / .634 / .436"),
}
#: "Segmentation-Based Parametric Painting" (arXiv 2311.14271), table 3, ten pictures a domain at 512 x 512, 4,000
#: strokes: L1 on objects, buildings, streets, animals.
MANY_STROKES: dict[str, tuple[float, float, float, float]] = {
    "Paint Transformer": (0.085, 0.071, 0.072, 0.054),
    "Learning to Paint": (0.053, 0.045, 0.041, 0.026),
    "Stylized Neural Painting": (0.052, 0.049, 0.041, 0.029),
    "Segmentation-Based Parametric Painting": (0.038, 0.026, 0.031, 0.016),
}


def authors_table(ours: dict[str, list[tuple[str, float, float]]]) -> str:
    """Published figures of the authors' pictures beside ours, as a Markdown table; empty if none was painted.

    Args:
        ours: for every picture a list of (painting's title, PSNR, L1).
    """
    titles = list(dict.fromkeys(title for name in AUTHORS_PAINTINGS for title, _, _ in ours.get(name, [])))
    rows = []
    for name, (decibels, error) in AUTHORS_PAINTINGS.items():
        if name in ours:
            found = {title: f"{ours_psnr:.2f} / {ours_l1:.4f}" for title, ours_psnr, ours_l1 in ours[name]}
            rows.append([name, f"{decibels:.2f} / {error:.4f}", *(found.get(title, "-") for title in titles)])
    if not rows:
        return ""
    return "PSNR / L1 of the paintings that the authors published, and of these:\n\n" + table(
        ["Picture", "Published Paint Transformer", *titles], rows
    )


def equal_strokes_table() -> str:
    """What a third party measured at equal strokes on other pictures, as a Markdown table."""
    rows = [[name, *cells] for name, cells in EQUAL_STROKES.items()]
    return (
        "Published by a third party on other pictures (Birth of a Painting, table 2; PSNR / SSIM / LPIPS), "
        "to compare within itself only:\n\n" + table(["", "128 strokes", "256 strokes", "512 strokes"], rows)
    )


def many_strokes_table() -> str:
    """L1 that a third party measured with 4,000 strokes on other pictures, as a Markdown table."""
    domains = ("objects", "buildings", "streets", "animals")
    rows = [
        [name, *(f"{value:.3f}" for value in values), f"{sum(values) / len(values):.4f}"]
        for name, values in MANY_STROKES.items()
    ]
    return (
        "Published on other pictures (Segmentation-Based Parametric Painting, table 3; L1 at 4,000 strokes):\n\n"
        + table(["", *domains, "mean"], rows)
    )
