// Graphs of version 0.1: a graph stores widgets by position, and the painting nodes had others in another order then,
// and an output for the brush. Such a node gets its values by name when it is opened; nothing about its painting changes.
// A prompt (API format) has names, but the page leaves out those that it does not know without a word.

import { app } from "../../../scripts/app.js";

const PAINTING = ["preset", "refine", "stroke_length", "flow", "variety", "attention"];
const SEED = ["seed", "control_after_generate"];
// The widgets of 0.1 in their order, and how one of its nodes is told from a newer one.
const OLD = {
    PaintImage: {
        widgets: ["strokes", "brush", "mode", ...SEED, ...PAINTING],
        is: (values) => typeof values[0] === "number",
    },
    StyleTransferThenPaint: {
        widgets: ["method", "strength", "keep_colors", "style_batch", "strokes", "brush", ...SEED, ...PAINTING,
            "film", "style_weights"],
        is: (values) => typeof values[2] === "boolean",
    },
};
const NO_PRESET = "none";
const USUAL_BRUSH = "oil";

// What 0.1 called preset is the look now, and the brush widget, which a preset overrode, overrides the look.
function renamed(old) {
    const { preset = NO_PRESET, brush, ...same } = old;
    const plain = preset === NO_PRESET;
    const named = { ...same, look: plain ? USUAL_BRUSH : preset };
    return plain && brush !== USUAL_BRUSH ? { ...named, brush } : named;
}

// A saved node as this version would have saved it; `widgets` are those of the new node, at their defaults.
function upgraded(saved, old, widgets) {
    const values = Object.fromEntries(old.widgets.map((name, i) => [name, saved.widgets_values[i]]));
    const named = renamed(values);
    return {
        ...saved,
        widgets_values: widgets.map((widget) => named[widget.name] ?? widget.value),
        inputs: saved.inputs?.filter((input) => input.name !== "preset"),
    };
}

// Outputs from this one on are gone: paintings know what they were painted with.
const OUTPUTS = { PaintImage: 2, StyleTransferThenPaint: 3 };

// Take what was wired to outputs that are gone off the graph, or off a subgraph.
function unplug(graph) {
    const outputs = (graph.nodes ?? []).flatMap((node) => node.outputs?.splice(OUTPUTS[node.type] ?? Infinity) ?? []);
    const gone = new Set(outputs.flatMap((output) => output.links ?? []));
    if (!gone.size) return;
    graph.links = graph.links.filter((link) => !gone.has(link.id ?? link[0]));
    for (const input of graph.nodes.flatMap((node) => node.inputs ?? [])) {
        if (gone.has(input.link)) input.link = null;
    }
}

// A prompt as this version would have written it.
function upgradedPrompt(prompt) {
    const kept = (value) => !Array.isArray(value) || value[1] < (OUTPUTS[prompt[value[0]]?.class_type] ?? Infinity);
    const node = ({ class_type: kind, inputs = {}, ...rest }) => {
        const old = OLD[kind] && "preset" in inputs;
        count += Number(Boolean(old));
        const wired = Object.entries(old ? renamed(inputs) : inputs).filter(([, value]) => kept(value));
        return { ...rest, class_type: kind, inputs: Object.fromEntries(wired) };
    };
    return Object.fromEntries(Object.entries(prompt).map(([id, one]) => [id, one?.class_type ? node(one) : one]));
}

let count = 0;

// Say how many nodes were brought up to date, if there were any.
function say(what, keeping) {
    if (!count) return;
    const detail = `${what} was made with version 0.1. Nodes brought up to date: ${count}. ${keeping}`;
    count = 0;
    app.extensionManager?.toast?.add({ severity: "info", summary: "Alla Prima", detail, life: 8000 });
}

app.registerExtension({
    name: "allaprima.upgrade",

    init() {
        const load = app.loadApiJson;
        app.loadApiJson = async function (prompt, ...words) {
            const answer = await load.call(this, upgradedPrompt(prompt), ...words);
            say("This prompt", "Export it again to keep that.");
            return answer;
        };
    },

    beforeRegisterNodeDef(nodeType, nodeData) {
        const old = OLD[nodeData.name];
        if (!old) return;
        const configure = nodeType.prototype.configure;
        nodeType.prototype.configure = function (saved) {
            if (Array.isArray(saved?.widgets_values) && old.is(saved.widgets_values)) {
                saved = upgraded(saved, old, this.widgets ?? []);
                count += 1;
            }
            return configure.call(this, saved);
        };
    },

    beforeConfigureGraph(graph) {
        for (const part of [graph, ...(graph.definitions?.subgraphs ?? [])]) unplug(part);
    },

    afterConfigureGraph() {
        say("This graph", "Save it to keep that.");
    },
});
