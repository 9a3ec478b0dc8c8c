// A painting that can be shown after any number of its strokes, without drawing all of them for every step.
//
// Copies of the pixels are kept after about equal amounts of work ("key frames"): to go back, the nearest earlier one is
// taken, and only what comes after it is drawn. Work is done in short turns, so that the page stays alive.

import {costOf, drawMark} from "./marks.js";

const MAGIC = "APSTROKE";
export const PLACE = 7; // numbers that say where a stroke lies: x, y, length, breadth, angle, bend, taper
const COLUMNS = {places: [Float32Array, PLACE], when: [Float32Array, 1], turn: [Uint32Array, 1], paint: [Uint8Array, 4], blend: [Int8Array, 4], tip: [Uint16Array, 1]};
const KEY_FRAMES = 16;
const STROKES_A_LOOK = 64; // drawn between two looks at the clock

/** The block of strokes that painter_core/export/replay.py packs. */
export function unpack(buffer) {
    const magic = String.fromCharCode(...new Uint8Array(buffer, 0, MAGIC.length));
    if (magic !== MAGIC) throw new Error("this is no block of strokes");
    const start = MAGIC.length + 4, size = new DataView(buffer).getUint32(MAGIC.length, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start, size)));
    if (header.version !== 3) throw new Error(`strokes of version ${header.version}: reload the page`);
    let offset = start + size;
    for (const [name, [Kind, width]] of Object.entries(COLUMNS)) {
        header[name] = new Kind(buffer, offset, header.count * width);
        offset += header[name].byteLength;
    }
    return header;
}

export class Replay {
    /** block: of `unpack`; tips: `Tips` of each brush; ground: ImageData of this size to paint on, or null. */
    constructor(block, tips, width, height, ground) {
        Object.assign(this, {block, tips, width, height, count: block.count});
        this.scaleX = width / block.canvas[1], this.scaleY = height / block.canvas[0];
        this.scale = Math.sqrt(this.scaleX * this.scaleY);
        this.image = new ImageData(width, height);
        this.bare = ground ? ground.data : this.plain(block.ground);
        this.keys = [{at: 0, pixels: this.bare}];
        this.measure();
        this.at = 0;
        this.image.data.set(this.bare);
    }

    plain(color) {
        const pixels = new Uint8ClampedArray(4 * this.width * this.height);
        new Uint32Array(pixels.buffer).fill(new Uint32Array(new Uint8ClampedArray([...color.map(c => 255 * c), 255]).buffer)[0]);
        return pixels;
    }

    /** After which strokes a key frame is worth while. */
    measure() {
        const {count, block: {places}} = this, work = new Float64Array(count);
        let cost = 0;
        for (let n = 0; n < count; n++) work[n] = cost += costOf(places[PLACE * n + 2], places[PLACE * n + 3], this.scale);
        this.stops = Array.from({length: KEY_FRAMES - 1}, (_, k) => firstAbove(work, (k + 1) / KEY_FRAMES * cost));
    }

    /** How many strokes are seen when a share (0 to 1) of the time is over. */
    strokesAt(time) {
        return time >= 1 ? this.count : firstAbove(this.block.when, time);
    }

    /** When a stroke has just been painted, as a share of the time. */
    timeOf(strokes) {
        return strokes > 0 ? this.block.when[Math.min(strokes, this.count) - 1] : 0;
    }

    /** Where the time stands when not all is drawn yet: a slow machine takes longer, it leaves nothing out. */
    waiting() {
        return this.timeOf(this.at);
    }

    /** Go towards the painting after `target` strokes for at most `milliseconds`; whether it is reached. */
    seek(target, milliseconds) {
        target = Math.min(Math.max(0, Math.round(target)), this.count);
        const nearest = this.keys.findLast(key => key.at <= target);
        if (this.at > target || this.at < nearest.at) {
            this.image.data.set(nearest.pixels);
            this.at = nearest.at;
        }
        const end = performance.now() + milliseconds;
        while (this.at < target) {
            const upto = Math.min(target, this.at + STROKES_A_LOOK);
            while (this.at < upto) {
                this.keep(this.at);
                this.paint(this.at++);
            }
            if (performance.now() > end) break;
        }
        return this.at === target;
    }

    /** A key frame before stroke n, if there is to be one. */
    keep(n) {
        if (this.stops.includes(n) && !this.keys.some(key => key.at === n)) {
            this.keys.push({at: n, pixels: this.image.data.slice()});
            this.keys.sort((one, other) => one.at - other.at);
        }
    }

    paint(n, clip) {
        const {places, paint, blend, tip, brushes} = this.block, p = PLACE * n, c = 4 * n;
        let which = 0;
        while (which + 1 < brushes.length && tip[n] >= brushes[which + 1].first) which++;
        const mark = {
            x: places[p] * this.scaleX, y: places[p + 1] * this.scaleY,
            length: places[p + 2] * this.scale, breadth: places[p + 3] * this.scale,
            angle: places[p + 4], bend: places[p + 5], taper: places[p + 6], tip: tip[n] - brushes[which].first,
        };
        const share = 255 / 127;
        const color = {
            r: paint[c], g: paint[c + 1], b: paint[c + 2], opacity: paint[c + 3],
            dr: blend[c] * share, dg: blend[c + 1] * share, db: blend[c + 2] * share,
        };
        drawMark(this.image.data, this.width, this.height, mark, color, brushes[which], this.tips[which], clip);
    }
}

/** Index of the first of ascending values that is above `value`. */
function firstAbove(values, value) {
    let low = 0, high = values.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (values[middle] > value) high = middle; else low = middle + 1;
    }
    return low;
}
