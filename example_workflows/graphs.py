"""What the example workflows are made of: nodes, their places and widgets, links, and a note. `build.py` writes them.

Each runs as shipped, with pictures that come with the pack, in under a minute on two slow cores.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Left edges of the columns, width of a node, distance between nodes below each other: pixels of the canvas.
COLUMNS = (0, 380, 760, 1140, 1520)
WIDTH = 320
#: Sizes of nodes that show a picture, and of a note.
PICTURE, NOTE = (WIDTH, 380), (WIDTH, 400)


@dataclass(frozen=True)
class Node:
    """A node on the canvas.

    Attributes:
        kind: its id.
        at: its top left corner, in pixels of the canvas.
        title: instead of its usual name.
        size: at least so wide and high.
        widgets: values that are not the defaults.
    """

    kind: str
    at: tuple[int, int]
    title: str = ""
    size: tuple[int, int] = (WIDTH, 0)
    widgets: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Workflow:
    """A graph.

    Attributes:
        nodes: by a name of their own.
        links: from "node.output" to "node.input".
        shown: the nodes whose pictures make the thumbnail, from left to right; of a film, three moments.
    """

    nodes: dict[str, Node]
    links: list[tuple[str, str]]
    shown: tuple[str, ...]


def example(at: tuple[int, int], picture: str, title: str = "") -> Node:
    return Node("ExamplePicture", at, title, widgets={"picture": picture})


def note(at: tuple[int, int], text: str, height: int = NOTE[1], width: int = NOTE[0]) -> Node:
    return Node("MarkdownNote", at, "Read me", (width, height), {"text": text.strip()})


def preview(at: tuple[int, int], title: str) -> Node:
    return Node("PreviewImage", at, title, PICTURE)


PORTRAIT, CAT, DANDELIONS = "photo: portrait", "photo: cat", "photo: dandelions"
NIGHT = "painting: The Starry Night (Van Gogh)"
SEED = {"seed": 1, "control_after_generate": "fixed"}

PAINT = Workflow(
    nodes={
        "photo": example((0, 0), PORTRAIT),
        "paint": Node("PaintImage", (COLUMNS[1], 0), size=(340, 0), widgets=SEED),
        "save": Node("SaveImage", (COLUMNS[2], 0), "The painting", (480, 560), {"filename_prefix": "painting"}),
        "note": note(
            (0, 140),
            """
## Paint a photograph

Press **Run**. For a picture of your own put **Load Image** in place of Example Picture.

* **look** is the kind of painting: oil, watercolor, pencil ...
* **strokes** is what matters most then: 300 make a sketch, 3000 a painting, 20000 nearly a photograph. 0 leaves it to
the look.
* **refine** improves all strokes together; 20 steps take a few seconds. -1 leaves it to the look.

Select a node and press its **i** for help.
""",
        ),
    },
    links=[("photo.image", "paint.image"), ("paint.image", "save.images")],
    shown=("save",),
)

PROCESS = Workflow(
    nodes={
        "photo": example((0, 0), CAT),
        "paint": Node("PaintImage", (COLUMNS[1], 0), size=(340, 0), widgets=SEED),
        "render": Node("StrokeRender", (COLUMNS[2], 0), widgets={"scale": 2.0, "seconds": 6.0}),
        "video": Node("SaveVideo", (COLUMNS[3], 0), "How it was painted", (360, 400),
                      {"filename_prefix": "video/painting"}),
        "image": Node("SaveImage", (COLUMNS[3] + 400, 0), "Twice as large", (360, 400),
                      {"filename_prefix": "painting_2x"}),
        "svg": Node("SaveSVGNode", (COLUMNS[3], 480), "For Inkscape or Illustrator", (360, 0),
                    {"filename_prefix": "svg/painting"}),
        "note": note((0, 140), """
## Strokes are data

**Stroke Render** draws the strokes of a painting again: as a video of its making, at any size without a blur, and as
vectors.

Video and SVG are only made where they are connected.

**order** and **easing** say how the film unfolds, **scale** how large all of it is.
"""),
    },
    links=[
        ("photo.image", "paint.image"), ("paint.strokes", "render.strokes"), ("render.video", "video.video"),
        ("render.image", "image.images"), ("render.svg", "svg.svg"),
    ],
    shown=("video",),
)  # fmt: skip


CLIP = Workflow(
    nodes={
        "clip": Node("ExampleClip", (0, 0), widgets={"picture": CAT, "seconds": 1.25}),
        "paint": Node("PaintVideo", (COLUMNS[1], 0), size=(340, 0), widgets={"strokes": 700, "refine": 6, **SEED}),
        "save": Node("SaveVideo", (COLUMNS[2], 0), "The painted clip", (480, 480),
                     {"filename_prefix": "video/painted_clip"}),
        "note": note((0, 170), """
## Frames of a clip

Press **Run**. For a film of your own put **Load Video** in place of Example Clip; it may be of any length, and keeps
its sound.

The first frame of every shot is painted from nothing. From then on the strokes move with what they depict, and new ones
are laid where something comes to light.

* **coherence** is how much stays: 1 is calmest, 0 paints every frame by itself.
* A film that was cancelled goes on where it stopped.
"""),
    },
    links=[("clip.video", "paint.video"), ("paint.video", "save.video")],
    shown=("save",),
)  # fmt: skip


def _looks() -> Workflow:
    looks = {"watercolor": 900, "impressionist": 1500, "pencil": 3000, "pointillist": 4000}
    nodes = {
        "photo": example((0, 0), CAT),
        "note": note(
            (0, 140),
            """
## Looks side by side

A **look** brings its brush, its ground and its manner. What you set yourself wins: here the number of strokes; 0 and -1
leave it to the look.

The sliders change every look: **stroke length** from dabs to long sweeps, **flow** along the forms, **variety** between
neighbors, **attention** to faces and eyes.
""",
        ),
    }
    links = []
    for i, (look, strokes) in enumerate(looks.items()):
        left, top = COLUMNS[1] + 760 * (i % 2), 920 * (i // 2)
        widgets = {"look": look, "strokes": strokes, **SEED}
        nodes[look] = Node("PaintImage", (left, top), f"Paint Image: {look}", (340, 0), widgets)
        nodes[f"{look} seen"] = preview((left + 380, top), look.capitalize())
        links += [("photo.image", f"{look}.image"), (f"{look}.image", f"{look} seen.images")]
    return Workflow(nodes, links, shown=tuple(f"{look} seen" for look in looks))


STYLE = Workflow(
    nodes={
        "content": example((0, 0), PORTRAIT, "Content"),
        "style": example((0, 140), NIGHT, "Style"),
        "paint": Node("StyleTransferThenPaint", (COLUMNS[1], 0), size=(340, 0), widgets={"method": "fast", **SEED}),
        "stylized": preview((COLUMNS[2], 0), "In the style's colors and textures"),
        "painted": preview((COLUMNS[3], 0), "And painted"),
        "note": note((0, 280), """
## Style, then paint

The **style** may be any picture, of any size.

* `palette` takes its colors alone, `fast` and `adaattn` colors and fine texture; they are quick.
* `lapstyle` takes more of its brushwork and time.
* `strokes` shapes the strokes themselves until the painting looks like the style. It takes a minute or more.

With **keep colors** only light and dark are taken from the style.
""", height=420),
    },
    links=[
        ("content.image", "paint.content"), ("style.image", "paint.style"), ("paint.stylized", "stylized.images"),
        ("paint.image", "painted.images"),
    ],
    shown=("painted",),
)  # fmt: skip

EDIT = Workflow(
    nodes={
        "photo": example((0, 0), DANDELIONS),
        "paint": Node("PaintImage", (COLUMNS[1], 0), size=(340, 0), widgets={"strokes": 2500, **SEED}),
        "mix": Node("MixStrokeColors", (COLUMNS[2], 0), "Other paints", widgets={"palette": "nocturne"}),
        "loosen": Node("TransformStrokes", (COLUMNS[2], 300), "Longer strokes", widgets={"stroke_length": 1.5}),
        "jitter": Node("JitterStrokes", (COLUMNS[2], 680), "A looser hand",
                       widgets={"position": 0.2, "angle": 10.0, "size": 0.1, "color": 0.02, **SEED}),
        "render": Node("StrokeRender", (COLUMNS[3], 0), "Render the edited strokes"),
        "edited": Node("SaveImage", (COLUMNS[4], 0), "Edited", PICTURE, {"filename_prefix": "edited"}),
        "filter": Node("FilterStrokes", (COLUMNS[3], 980), "Only the first third", widgets={"end": 0.33}),
        "begun": Node("StrokeRender", (COLUMNS[4], 980), "Render what was painted first"),
        "seen": preview((COLUMNS[4] + 380, 980), "The painting, begun"),
        "save": Node("SaveStrokes", (COLUMNS[4], 460), "Keep the strokes",
                     widgets={"filename_prefix": "strokes/edited"}),
        "note": note((0, 140), """
## Edit strokes and render again

A painting is a list of strokes, and every **stroke** node changes that list: other paints, longer strokes, a looser
hand, fewer of them. Nothing is painted anew, so it is quick.

**Save Strokes** keeps the list in a file, **Load Strokes** brings it back, **Stroke Render** draws it.
"""),
    },
    links=[
        ("photo.image", "paint.image"), ("paint.strokes", "mix.strokes"), ("mix.strokes", "loosen.strokes"),
        ("loosen.strokes", "jitter.strokes"), ("jitter.strokes", "render.strokes"), ("render.image", "edited.images"),
        ("jitter.strokes", "save.strokes"), ("paint.strokes", "filter.strokes"), ("filter.kept", "begun.strokes"),
        ("begun.image", "seen.images"),
    ],
    shown=("seen", "edited"),
)  # fmt: skip

PRINT = Workflow(
    nodes={
        "photo": example((0, 0), DANDELIONS),
        "paint": Node("PaintImage", (COLUMNS[1], 0), size=(340, 0), widgets=SEED),
        "surface": Node("PaintSurface", (COLUMNS[2], 0), widgets={"scale": 4.0}),
        "save": Node("SaveImage", (COLUMNS[3], 0), "For a print", (640, 560), {"filename_prefix": "print"}),
        "note": note(
            (0, 140),
            """
## Print size, with relief

**Paint Surface** draws the strokes four times as large, as paint that has thickness, on canvas, under a lamp.

* **impasto** is how thick the paint lies, **varnish** how much it shines.
* **azimuth** and **elevation** move the lamp.
* **weave** is what it was painted on.

**scale** goes up to 16. Bristles are drawn anew at every size.
""",
        ),
    },
    links=[("photo.image", "paint.image"), ("paint.strokes", "surface.strokes"), ("surface.image", "save.images")],
    shown=("save",),
)

#: Every example workflow by its file's name, which is its title in ComfyUI's Templates dialog.
WORKFLOWS = {
    "Paint a Photograph": PAINT,
    "Process Video": PROCESS,
    "Frames of a Clip": CLIP,
    "Looks Side by Side": _looks(),
    "Style, Then Paint": STYLE,
    "Edit Strokes and Render Again": EDIT,
    "Print Size with Relief": PRINT,
}
