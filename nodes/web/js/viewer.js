// Paintings on their nodes: a player for what was painted, a lamp for Paint Surface. All of it is extra: the nodes work
// in the same way without a browser.

import {api} from "../../../scripts/api.js";
import {app} from "../../../scripts/app.js";
import {addLamp} from "./lamp.js";
import {Player} from "./player.js";

const NAME = "alla_prima"; // of the entries among a node's outputs
const PAINTERS = ["PaintImage", "StyleTransferThenPaint", "StrokeRender"];
const LAMP = "PaintSurface";
const MARGIN = 10, CONTROLS = 32, LEAST = 60; // pixels around the player, of its controls, and of the picture's height
const TALLEST = 1.25; // a picture that is taller than this for its width is shown smaller
const OWN_PREVIEW = "$$canvas-image-preview"; // the name of a widget of the front end
const FAR = 200; // nodes up the graph that are looked at for an original
const players = new WeakMap();
const heights = new WeakMap(); // of nodes as they were before the front end made room for its own picture
const fitted = new WeakMap(); // of nodes that were made taller for their player, and not pulled to another height since

/** Paintings of the last run of a node, if it had any. */
function entriesOf(node) {
    const outputs = app.nodeOutputs?.[node.id] ?? app.nodeOutputs?.[`${node.graph?.id}:${node.id}`];
    return outputs?.[NAME]?.length ? outputs[NAME] : null;
}

/** Let the player of a node show something; it gets one if it has none. */
function showOn(node, show) {
    const known = players.get(node), player = known ?? new Player(index => originalAbove(node, index));
    players.set(node, player);
    show(player);
    if (!known) addTo(node, player);
    dropPreview(node);
    fit(node);
}

function addTo(node, player) {
    const height = () => {
        const width = Math.max(LEAST, node.size[0] - 2 * MARGIN);
        return Math.round(Math.min(width * player.aspect, width * TALLEST)) + CONTROLS + 2 * MARGIN;
    };
    const options = {serialize: false, hideOnZoom: false, margin: MARGIN, getMinHeight: height, getValue: () => "", setValue() {}};
    const widget = node.addDOMWidget("stroke_viewer", "alla_prima_player", player.element, options);
    widget.serialize = false; // nothing of it is in workflow files
    handOn(dressed(player.element));
    chain(node, "onDrawBackground", () => dropPreview(node));
    chain(node, "onRemoved", () => {
        players.delete(node);
        player.remove();
    });
}

/** Take away the front end's own picture of what is being made, and the room that it took: the player shows it. */
function dropPreview(node) {
    const index = node.widgets.findIndex(({name}) => name === OWN_PREVIEW);
    if (index < 0) {
        heights.set(node, node.size[1]);
        return;
    }
    node.imgs = undefined;
    node.widgets[index].onRemove?.();
    node.widgets.splice(index, 1);
    if (heights.has(node)) node.setSize([node.size[0], Math.max(heights.get(node), node.computeSize()[1])]);
}

/** Make a node as tall as what is on it; one that a person pulled taller stays so. */
function fit(node) {
    const [width, height] = node.computeSize();
    if (node.size[0] < width || node.size[1] < height || node.size[1] === fitted.get(node)) {
        node.setSize([Math.max(width, node.size[0]), height]);
        fitted.set(node, node.size[1]);
        heights.set(node, node.size[1]);
    }
    node.setDirtyCanvas?.(true, true);
}

/** What strokes were painted from, shown by a node further up the graph. */
function originalAbove(node, index) {
    const queue = [node], seen = new Set(queue);
    for (const next of queue) {
        const original = entriesOf(next)?.[index]?.original;
        if (original) return original;
        for (let slot = 0; slot < (next.inputs?.length ?? 0) && queue.length < FAR; slot++) {
            const above = next.inputs[slot].type === "STROKES" || next.inputs[slot].type === "*" ? next.getInputNode(slot) : null;
            if (above && !seen.has(above)) seen.add(above), queue.push(above);
        }
    }
    return null;
}

/** Controls keep what is for them; the wheel and the middle button still move the canvas. */
function handOn(element) {
    const own = event => event.stopPropagation();
    for (const name of ["pointerdown", "pointermove", "pointerup"]) {
        element.addEventListener(name, event => {
            if (event.button === 1 || event.buttons & 4) {
                if (!LiteGraph.vueNodesMode) app.canvas[{pointerdown: "processMouseDown", pointermove: "processMouseMove", pointerup: "processMouseUp"}[name]](event);
            } else own(event);
        });
    }
    element.addEventListener("wheel", event => {
        if (!LiteGraph.vueNodesMode) app.canvas.processMouseWheel(event);
    }, {passive: false});
    element.addEventListener("keydown", event => {
        // not the shortcuts of the page, but what moves a slider or presses a button would move the canvas, too
        if (/^(Arrow|Home|End|Page| |Enter)/.test(event.key) && !event.ctrlKey && !event.metaKey) own(event);
    });
}

/** Do something more when `node` is told something. */
function chain(node, name, more) {
    const before = node[name];
    node[name] = function (...words) {
        const answer = before?.apply(this, words);
        more.apply(this, words);
        return answer;
    };
}

/** An element with the style sheet inside it: nothing is put into the page that others share. */
function dressed(element) {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("./viewer.css", import.meta.url).href;
    element.append(style);
    return element;
}

/** The node with an id of the server: those in subgraphs have the ids of all that they are in before their own. */
function nodeAt(id) {
    let node = null, graph = app.graph.rootGraph ?? app.graph;
    for (const part of String(id).split(":")) {
        node = graph?.getNodeById(part) ?? graph?.getNodeById(Number(part));
        graph = node?.subgraph;
    }
    return node;
}

api.addEventListener("b_preview_with_metadata", async ({detail: {blob, displayNodeId, nodeId}}) => {
    const node = nodeAt(displayNodeId ?? nodeId);
    if (!PAINTERS.includes(node?.comfyClass)) return;
    const bitmap = await createImageBitmap(blob);
    if (running === node) showOn(node, player => player.live(bitmap));
    bitmap.close();
});
let running = null; // a preview that comes late is not shown over the finished painting
api.addEventListener("executing", ({detail}) => {
    running = detail ? nodeAt(detail) : null;
    if (running && !players.has(running)) heights.set(running, running.size[1]);
});

app.registerExtension({
    name: "allaprima.viewer",
    beforeRegisterNodeDef(nodeType, {name}) {
        if (!PAINTERS.includes(name)) return;
        chain(nodeType.prototype, "onExecuted", function (output) {
            if (running === this) running = null;
            if (output?.[NAME]?.length) showOn(this, player => player.show(output[NAME]));
        });
    },
    nodeCreated(node) {
        if (node.comfyClass === LAMP) handOn(dressed(addLamp(node)));
    },
    afterConfigureGraph() {
        // what was painted before a change was undone, or in a workflow that is opened again, is still there
        setTimeout(() => {
            for (const node of app.graph?.nodes ?? []) {
                const entries = PAINTERS.includes(node.comfyClass) && !players.has(node) && entriesOf(node);
                if (entries) showOn(node, player => player.show(entries));
            }
        });
    },
});
