"""The stroke viewer and the lamp on the nodes, in the front ends that ComfyUI has: classic canvas and Nodes 2.0."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from comfy.browsing import FRONT_ENDS, Window, run, settle, until
from comfy.graphs import picture, put
from PIL import Image
from stroke_samples import bent_strokes

from painter_core.brushes.brush import get_brush
from painter_core.export import Process
from painter_core.export.replay import pack_strokes, tip_sheet

SIZE = (120, 160)
#: Strokes of the painting: finding so few takes a second or two.
STROKES = 200
#: What a drawing of the viewer has at least in common with the painting, in dB: edges may differ, colors may not.
ALIKE = 38

#: Pictures of the painting being made in Stroke Render's order; the viewer shows the same at the same moments.
FRAMES = 5
#: What those have in common, in dB: in them strokes lie partly below others, and edges are seen that are covered later.
ALIKE_ON_THE_WAY = 34

#: Puts Load Image -> Paint Image -> Stroke Render -> Save Image, and Paint Surface, on the canvas.
GRAPH = """([file, strokes, frames]) => {
    app.graph.clear();
    const add = (type, x, y, values = {}) => {
        const node = LiteGraph.createNode(type);
        node.pos = [x, y];
        node.title = type;
        app.graph.add(node);
        for (const [name, value] of Object.entries(values)) {
            const widget = node.widgets.find(widget => widget.name === name);
            widget.value = value;
        }
        node.setSize(node.computeSize());
        return node;
    };
    const link = (from, output, to, input) => from.connect(
        from.outputs.findIndex(slot => slot.name === output), to, to.inputs.findIndex(slot => slot.name === input));
    const load = add("LoadImage", 0, 0, {image: file});
    const paint = add("PaintImage", 320, 0, {strokes, refine: 0, seed: 1});
    const render = add("StrokeRender", 640, 0, {scale: 1, frames, order: "light to dark", easing: "slow end"});
    const save = add("SaveImage", 960, 0), surface = add("PaintSurface", 960, 420);
    link(load, "IMAGE", paint, "image");
    link(paint, "strokes", render, "strokes");
    link(paint, "strokes", surface, "strokes");
    link(render, "image", save, "images");
    link(render, "frames", add("PreviewImage", 1280, 0), "images");
    Object.assign(app.canvas.ds, {scale: 0.8, offset: [110, 110]});
    app.graph.setDirtyCanvas(true, true);
}"""
#: Counts the frames of the screen that are asked for from here on: those of the pack, and all others.
COUNT_FRAMES = """() => {
    const real = window.realFrame ??= window.requestAnimationFrame.bind(window);
    window.asked = {ours: 0, others: 0};
    window.requestAnimationFrame = draw => {
        window.asked[new Error().stack.includes("/extensions/alla-prima/") ? "ours" : "others"]++;
        return real(draw);
    };
    const go = () => { window.asked.others++; if (window.asked.others < 1000) real(go); };
    go(); // the page itself may be idle, too
}"""
PLAYERS = "document.querySelectorAll('.alla-prima-player')"
COUNT = f"Number({PLAYERS}[0].querySelector('.count').textContent)"
NODE = "app.graph.nodes.find(node => node.type === '{}')"


@pytest.fixture(scope="module")
def page(window: Window) -> Window:
    # the seed of another front end's run: nothing comes from the server's cache
    name, seed = f"viewer-{window.front_end.name}.png", FRONT_ENDS.index(window.front_end)
    file = put(window.server, name, picture(*SIZE, seed=seed))
    page = window.cleared()
    page.evaluate(GRAPH, [file, STROKES, FRAMES])
    settle(page)
    page.entry = run(page)
    until(page, f"{PLAYERS}.length === 2")
    return page


def scrub(page: Window, share: float, index: int = 0) -> None:
    """Move the slider of a player, and wait until what it asks for is drawn."""
    slider = page.locator(".alla-prima-player input").nth(index)
    slider.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", round(1000 * share)
    )
    player = f"{PLAYERS}[{index}]"
    until(page, f"{player}.dataset.drawn === {player}.querySelector('.count').textContent")


def drawn(page: Window, index: int = 0) -> np.ndarray:
    """(H, W, 3) what a player's canvas shows."""
    address = page.evaluate(f"{PLAYERS}[{index}].querySelector('canvas').toDataURL()")
    return np.asarray(Image.open(BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))


def pictures(page: Window, kind: str) -> list[np.ndarray]:
    """(H, W, 3) each: what the run left in ComfyUI's folder of this kind."""
    files = (file for outputs in page.entry["outputs"].values() for file in outputs.get("images", ()))
    contents = (page.server.view(file) for file in files if file["type"] == kind)
    return [np.asarray(Image.open(BytesIO(content)).convert("RGB")) for content in contents]


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """In dB."""
    return float(10 * np.log10(255**2 / max(1e-9, np.square(one.astype(float) - other).mean())))


def test_strokes_are_played(page: Window, screenshots: Path) -> None:
    page.locator(".alla-prima-player button").first.click()
    until(page, f"0 < {COUNT} && {COUNT} < {STROKES}")
    page.screenshot(path=screenshots / f"viewer-{page.front_end.name}.png")
    early = page.evaluate(COUNT)
    until(page, f"{COUNT} > {early}")
    page.locator(".alla-prima-player button").first.click()
    assert page.locator(".alla-prima-player button").first.get_attribute("aria-label") == "Play the strokes"
    assert page.problems == []


def test_its_drawing_is_the_painting_and_nothing_runs_again(page: Window) -> None:
    scrub(page, 0.5)  # until then it shows the picture of the painting itself
    scrub(page, 1)
    (painting,) = pictures(page, "output")
    whole = drawn(page)
    assert psnr(whole, painting) > ALIKE
    scrub(page, 0.4)
    half = drawn(page)
    assert 0 < page.evaluate(COUNT) < STROKES
    assert np.abs(half.astype(float) - whole).mean() > 2
    scrub(page, 0)
    assert (drawn(page) == drawn(page)[0, 0]).all()
    scrub(page, 1)
    assert np.array_equal(drawn(page), whole)
    assert sum(message["type"] == "execution_start" for message in page.pulse.messages) == 1


def test_stroke_render_plays_in_its_own_order(page: Window) -> None:
    """Forward and back: strokes that come in below others, and at the end the painting itself."""
    frames = pictures(page, "temp")
    assert len(frames) == FRAMES
    scrub(page, 1)
    scrub(page, 0, 1)
    for k in (3, 1, 2, 0, 4):
        scrub(page, k / (FRAMES - 1), 1)
        assert psnr(drawn(page, 1), frames[k]) > ALIKE_ON_THE_WAY
    assert np.array_equal(drawn(page, 1), drawn(page))
    assert page.problems == []


def test_nothing_runs_while_nothing_plays(page: Window) -> None:
    """With twenty nodes on the canvas, two of them players that were used."""
    page.evaluate(
        """() => { for (let i = 0; i < 16; i++) {
            const node = LiteGraph.createNode(["PaintImage", "StrokeRender", "PaintSurface"][i % 3]);
            node.pos = [i * 100, 900];
            app.graph.add(node);
        } }"""
    )
    settle(page)
    page.evaluate(COUNT_FRAMES)
    until(page, "window.asked.others >= 100")
    assert page.evaluate("window.asked.ours") == 0
    scrub(page, 0.3)
    assert page.evaluate("window.asked.ours") > 0
    page.evaluate(COUNT_FRAMES)
    until(page, "window.asked.others >= 100")
    assert page.evaluate("window.asked.ours") == 0
    page.evaluate("() => { window.requestAnimationFrame = window.realFrame; }")
    page.evaluate("app.graph.nodes.filter(node => node.pos[1] === 900).forEach(node => app.graph.remove(node))")
    scrub(page, 1)


def test_bent_strokes_in_any_order_end_with_the_painting(page: Window) -> None:
    """The page's own modules: tiles that are drawn again show the same marks as one drawing after the other."""
    strokes = bent_strokes(150)
    blocks = [pack_strokes(strokes, "oil", Process(order)) for order in ("painted", "random")]
    files = [base64.b64encode(file).decode() for file in (*blocks, tip_sheet(get_brush("oil")))]
    same = page.evaluate(
        """async files => {
            const [painted, random, sheet] = await Promise.all(files.map(
                async file => (await fetch("data:application/octet-stream;base64," + file)).arrayBuffer()));
            const [{Tips}, {Replay, unpack}, {Mosaic}] = await Promise.all(["marks", "replay", "mosaic"].map(
                name => import(`/extensions/alla-prima/js/${name}.js`)));
            const bitmap = await createImageBitmap(new Blob([sheet], {type: "image/png"}));
            const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
            context.drawImage(bitmap, 0, 0);
            const tips = [new Tips(context.getImageData(0, 0, bitmap.width, bitmap.height))];
            const whole = new Replay(unpack(painted), tips, 160, 120);
            const tiled = new Mosaic(unpack(random), tips, 160, 120);
            const to = (player, target) => { while (!player.seek(target, 5)); return player.image.data.join(); };
            const [bare, half] = [to(tiled, 0), to(tiled, 70)];
            return [to(tiled, tiled.count) === to(whole, whole.count), to(tiled, 70) === half, to(tiled, 0) === bare,
                    half !== bare];
        }""",
        files,
    )
    assert same == [True] * 4


def test_before_and_after(page: Window) -> None:
    """On both nodes: Stroke Render shows the original of the painting that its strokes come from."""
    for index in (0, 1):
        divider = page.locator(".alla-prima-player .divider").nth(index)
        divider.press("End")
        assert divider.get_attribute("aria-valuetext") == "100 % original, 0 % painting"
        until(page, f"{PLAYERS}[{index}].querySelector('img').naturalWidth === {SIZE[1]}")
        divider.press("Home")
        assert divider.get_attribute("aria-valuenow") == "0"


def test_a_node_is_no_taller_than_what_is_on_it(page: Window) -> None:
    if page.front_end.vue:
        return  # the page's own layout sees to it
    for kind in ("PaintImage", "StrokeRender"):
        height, needed = page.evaluate(f"[{NODE.format(kind)}.size[1], {NODE.format(kind)}.computeSize()[1]]")
        assert height == pytest.approx(needed, abs=1)


def test_workflow_files_and_prompts_know_nothing_of_it(page: Window) -> None:
    for kind in ("PaintImage", "StrokeRender", "PaintSurface"):
        widgets, kept = page.evaluate(
            f"""() => {{
                const node = {NODE.format(kind)}, own = ["stroke_viewer", "lamp"];
                const widgets = node.widgets.filter(({{name}}) => !own.includes(name) && name[0] !== "$");
                return [widgets.length, node.serialize().widgets_values.length];
            }}"""
        )
        assert kept == widgets
    prompt = page.evaluate("app.graphToPrompt().then(({output}) => output)")
    assert {name for node in prompt.values() for name in node["inputs"]}.isdisjoint({"stroke_viewer", "lamp"})


def test_the_lamp_sets_its_widgets_and_shows_them(page: Window) -> None:
    lamp = page.locator(".alla-prima-lamp .disc")
    box = lamp.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 30, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    values = f"{NODE.format('PaintSurface')}.widgets.filter(w => ['azimuth', 'elevation'].includes(w.name))"
    assert page.evaluate(f"{values}.map(w => w.value)") == pytest.approx([90, 5], abs=1)
    thumb = page.locator(".alla-prima-lamp .thumb")
    for key in ("ArrowUp", "ArrowRight"):
        thumb.press(key)
    assert page.evaluate(f"{values}.map(w => w.value)") == pytest.approx([95, 10], abs=1)
    page.evaluate(f"{values}.forEach(w => {{ w.value = 45; w.callback(45); }})")
    assert thumb.get_attribute("aria-valuetext") == "azimuth 45°, elevation 45°"
    assert page.problems == []


def test_it_is_there_again_when_the_graph_is_loaded_again_and_goes_with_its_node(page: Window) -> None:
    """Undoing a change loads the graph again."""
    page.evaluate("async () => { await app.loadGraphData(app.graph.serialize(), false); }")
    settle(page)
    until(page, f"{PLAYERS}.length === 2")
    page.evaluate(f"app.graph.remove({NODE.format('StrokeRender')})")
    until(page, f"{PLAYERS}.length === 1")
    assert page.problems == []
