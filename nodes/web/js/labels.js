// What front ends before 1.40 or so do not do with what the nodes say of themselves: inputs and widgets show their
// names for people ("strokes (0: as the look)"). The words behind a node's name, which only the search of an old
// ComfyUI needs, are left off the node itself, where they would make it as wide as the page; and the search, which looks
// for a word near the beginning of a name only, finds all of them.

import { app } from "../../../scripts/app.js";

const CATEGORY = "painter";
// Between a node's name and the words that its search finds it by.
const WORDS = ": ";
// Of a new node whose name was shortened, in pixels: it shows its name and the longest widget.
const WIDTH = 300;

// By node id: the full display name, the short one, and what inputs are called, by their ids.
const SAID = {};

function labelsOf(nodeData) {
    const inputs = Object.entries({ ...nodeData.input?.required, ...nodeData.input?.optional });
    return Object.fromEntries(inputs.map(([id, [, words]]) => [id, words?.display_name]).filter(([, name]) => name));
}

/** Let the page's search find our nodes by every word behind their names. Where it cannot be reached, it stays as it is. */
function widenSearch() {
    const { $pinia: stores } = document.querySelector("#vue-app")?.__vue_app__?.config.globalProperties ?? {};
    const nodes = stores?._s?.get("nodeDef");
    const service = nodes?.nodeSearchService && Object.getPrototypeOf(nodes.nodeSearchService);
    if (typeof service?.searchNode !== "function") return;
    const search = service.searchNode;
    service.searchNode = function (query, filters = [], ...more) {
        const found = search.call(this, query, filters, ...more), typed = query.trim().toLowerCase();
        if (!typed) return found;
        const fits = (def) => filters.every(({ filterDef, value }) => filterDef.matches(def, value));
        const behind = ({ title, short }) => title.slice(short.length).toLowerCase().includes(typed);
        const ours = Object.keys(SAID).filter((name) => behind(SAID[name])).map((name) => nodes.nodeDefsByName[name]);
        return [...found, ...ours.filter((def) => def && !found.includes(def) && fits(def))];
    };
}

app.registerExtension({
    name: "allaprima.labels",

    setup: widenSearch,

    beforeRegisterNodeDef(_, nodeData) {
        if (nodeData.category?.split("/")[0] !== CATEGORY) return;
        const title = nodeData.display_name ?? nodeData.name;
        SAID[nodeData.name] = { title, short: title.split(WORDS)[0], labels: labelsOf(nodeData) };
    },

    nodeCreated(node) {
        const said = SAID[node.comfyClass];
        if (!said) return;
        for (const part of [...(node.inputs ?? []), ...(node.widgets ?? [])]) {
            // a label that is there already is of the page's language
            if (!part.label || part.label === part.name) part.label = said.labels[part.name] ?? part.label;
        }
        if (said.short !== said.title && node.title === said.title) {
            node.title = node.constructor.title = said.short; // of the kind, too: a graph that is opened takes it from there
            const [width, height] = node.computeSize();
            node.setSize([Math.max(width, WIDTH), height]);
        }
    },
});
