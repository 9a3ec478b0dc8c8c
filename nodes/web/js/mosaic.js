// A painting whose strokes appear in another order than that in which they lie over one another: a stroke may come in
// below others. The picture is drawn again tile by tile wherever strokes came or went; each tile has the strokes that are
// there so far in the order of the painting. So the last picture is the painting itself.

import {PLACE, Replay} from "./replay.js";

const TILE = 32; // pixels
const REACH = 1.5; // times the size of a stroke: a mark and the soft edge around it are never larger

/** Whether the strokes of a block appear in another order than that in which they lie over one another. */
export const reordered = ({turn}) => turn.some((n, k) => n !== k);

export class Mosaic extends Replay {
    measure() {
        this.columns = Math.ceil(this.width / TILE), this.rows = Math.ceil(this.height / TILE);
        this.strokes = Array.from({length: this.columns * this.rows}, () => []); // of each tile, lowest first
        for (let n = 0; n < this.count; n++) for (const tile of this.tilesOf(n)) this.strokes[tile].push(n);
        this.there = new Uint8Array(this.count);
        this.due = new Set(); // tiles that are to be drawn again
        this.next = 0; // strokes that are to be there when those are drawn
    }

    /** Numbers of the tiles that a stroke may touch. */
    tilesOf(n) {
        const [x, y, length, breadth, , , taper] = this.block.places.subarray(PLACE * n, PLACE * (n + 1));
        const reach = Math.hypot(length, breadth * (1 + Math.abs(taper))) / 2 * REACH + 2 / this.scale;
        const last = (at, tiles) => Math.min(tiles - 1, Math.floor(at / TILE)), first = at => Math.max(0, Math.floor(at / TILE));
        const right = last((x + reach) * this.scaleX, this.columns), below = last((y + reach) * this.scaleY, this.rows);
        const tiles = [];
        for (let row = first((y - reach) * this.scaleY); row <= below; row++) {
            for (let column = first((x - reach) * this.scaleX); column <= right; column++) tiles.push(row * this.columns + column);
        }
        return tiles;
    }

    /** The time goes on: to draw a tile again with many more strokes takes no longer than with one. */
    waiting(time) {
        return time;
    }

    seek(target, milliseconds) {
        target = Math.min(Math.max(0, Math.round(target)), this.count);
        const end = performance.now() + milliseconds;
        while (this.due.size || this.at !== target) {
            if (!this.due.size) this.move(target);
            for (const tile of this.due) {
                this.due.delete(tile);
                this.redraw(tile);
                if (performance.now() > end) break;
            }
            if (!this.due.size) this.at = this.next;
            if (performance.now() > end) break;
        }
        return !this.due.size && this.at === target;
    }

    /** Let so many strokes be there. */
    move(target) {
        const coming = target > this.at;
        for (let k = Math.min(this.at, target); k < Math.max(this.at, target); k++) {
            const n = this.block.turn[k];
            this.there[n] = Number(coming);
            for (const tile of this.tilesOf(n)) this.due.add(tile);
        }
        this.next = target;
    }

    redraw(tile) {
        const left = tile % this.columns * TILE, top = Math.floor(tile / this.columns) * TILE;
        const right = Math.min(this.width, left + TILE), below = Math.min(this.height, top + TILE);
        for (let y = top; y < below; y++) {
            const from = 4 * (y * this.width + left), to = 4 * (y * this.width + right);
            this.image.data.set(this.bare.subarray(from, to), from);
        }
        for (const n of this.strokes[tile]) if (this.there[n]) this.paint(n, [left, top, right, below]);
    }
}
