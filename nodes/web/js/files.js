// What the nodes left in ComfyUI's temporary folder for the viewer (nodes/viewer.py), and how it is fetched.

import {api} from "../../../scripts/api.js";
import {Tips} from "./marks.js";
import {Mosaic, reordered} from "./mosaic.js";
import {Replay, unpack} from "./replay.js";

const FOLDER = "alla_prima";
const SHEETS_KEPT = 6;
const sheets = new Map(); // address -> promise of Tips; nodes with the same brush share them

export const addressOf = name =>
    api.apiURL(`/view?type=temp&subfolder=${FOLDER}&filename=${encodeURIComponent(name)}`);

/** A `Replay` of one painting. Rejects when the files are gone, as they are after a restart of ComfyUI. */
export async function loadReplay({block, tips, ground, width, height}) {
    const [strokes, brushes, below] = await Promise.all([
        fetched(block).then(answer => answer.arrayBuffer()),
        Promise.all(tips.map(sheet)),
        ground ? pixels(ground, width, height) : null,
    ]);
    const unpacked = unpack(strokes), Kind = reordered(unpacked) ? Mosaic : Replay;
    return new Kind(unpacked, brushes, width, height, below);
}

/** A picture of the temporary folder, ready to be drawn. */
export async function picture(name) {
    const blob = await (await fetched(name)).blob();
    return createImageBitmap(blob, {colorSpaceConversion: "none", premultiplyAlpha: "none"});
}

function sheet(name) {
    const known = sheets.get(name) ?? pixels(name).then(data => new Tips(data));
    sheets.delete(name);
    sheets.set(name, known);
    known.catch(() => sheets.delete(name));
    if (sheets.size > SHEETS_KEPT) sheets.delete(sheets.keys().next().value);
    return known;
}

async function pixels(name, width, height) {
    const bitmap = await picture(name);
    const canvas = document.createElement("canvas");
    canvas.width = width ?? bitmap.width, canvas.height = height ?? bitmap.height;
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return context.getImageData(0, 0, canvas.width, canvas.height);
}

async function fetched(name) {
    const answer = await fetch(addressOf(name));
    if (!answer.ok) throw new Error(`${name} is gone (${answer.status})`);
    return answer;
}
