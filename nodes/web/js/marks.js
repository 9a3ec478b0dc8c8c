// Draws brush marks into pixels as the painter does (painter_core/rendering/atlas.py and raster.py), one after the other.
//
// A sheet of tips holds coverage (red), height of the paint (green, 128 neutral) and share of the second color (blue),
// one tip below the other. Marks are read from copies of their tip that are reduced by powers of two along and across
// independently, so that every mark finds about one texel for each pixel in both directions.

const TIP_WIDTH = 128, TIP_HEIGHT = 64;
const REDUCED = 1; // sheets have half of the texels of the painter's tips each way
const LEVELS = 6; // of the painter: 1, 1/2 ... 1/32
const EDGE_TEXELS = 1.5; // half of the width of an edge in the painter's tips
const LEAST_STEEPNESS = 1.06;
const CHANNELS = 3;
const FLAT = 1e-9; // texels for each pixel: along an edge of the copy

/** The tips of one brush, from the pixels of its sheet. */
export class Tips {
    constructor({data, width, height}) {
        if (width !== TIP_WIDTH || height % TIP_HEIGHT) throw new Error(`this is no sheet of tips: ${width} x ${height}`);
        this.data = data;
        this.copies = new Map();
    }

    /** Copy of a tip, reduced by 2^i along and 2^j across, with one texel more all around: empty of paint. */
    copy(tip, i, j) {
        const key = (tip * LEVELS + i) * LEVELS + j;
        let copy = this.copies.get(key);
        if (!copy) this.copies.set(key, copy = this.reduced(tip, i, j));
        return copy;
    }

    reduced(tip, i, j) {
        const width = TIP_WIDTH >> i, height = TIP_HEIGHT >> j, row = (width + 2) * CHANNELS;
        const texels = new Float32Array(row * (height + 2));
        const share = 1 / (1 << (i + j));
        for (let y = 0; y < TIP_HEIGHT; y++) {
            for (let x = 0; x < TIP_WIDTH; x++) {
                const from = 4 * ((tip * TIP_HEIGHT + y) * TIP_WIDTH + x);
                const to = ((y >> j) + 1) * row + ((x >> i) + 1) * CHANNELS;
                texels[to] += share * this.data[from] / 255;
                texels[to + 1] += share * (this.data[from + 1] - 128) / 127;
                texels[to + 2] += share * this.data[from + 2] / 255;
            }
        }
        // the second color goes on beyond the edge
        for (let y = 0; y < height + 2; y++) {
            const inner = Math.min(Math.max(y, 1), height) * row;
            for (let x = 0; x < width + 2; x++) {
                texels[y * row + x * CHANNELS + 2] = texels[inner + Math.min(Math.max(x, 1), width) * CHANNELS + 2];
            }
        }
        return {texels, width, height, row};
    }
}

/** No place of a mark is narrower than this share of its width. */
const LEAST_WIDTH = 1 / 32;

/** How much work a mark is: the pixels that it covers, and what every mark costs. */
export const costOf = (length, width, scale) => (length * scale + 3) * (width * scale + 3) + 60;

/**
 * Draw one mark.
 * pixels: Uint8ClampedArray (RGBA, opaque) of `width` x `height`; mark: {x, y, length, breadth} in pixels, {angle, bend}
 * in radians, {taper} (see `Strokes`), {tip} of `tips`; paint: {r, g, b, opacity} with 0 to 255, {dr, dg, db} offset to the second color; brush: {relief,
 * hardness, detail}; clip: [left, top, right, bottom] of what is drawn on.
 */
export function drawMark(pixels, width, height, mark, paint, brush, tips, clip = [0, 0, width, height]) {
    const length = Math.max(mark.length, 1e-3), breadth = Math.max(mark.breadth, 1e-3);
    const {bend, taper} = mark, curved = bend !== 0 || taper !== 0;
    const shrinkX = shrinkOf(2 * TIP_WIDTH / length, brush.detail);
    const shrinkY = shrinkOf(2 * TIP_HEIGHT / (breadth * (1 - Math.abs(taper) / 2)), brush.detail);
    const cell = tips.copy(mark.tip, shrinkX - REDUCED, shrinkY - REDUCED);
    const {texels, row} = cell;
    const along = cell.width / length, across = cell.height / breadth; // texels for each pixel
    const edgeX = Math.max(2 * EDGE_TEXELS / 2 ** shrinkX, 1) / along;
    const edgeY = Math.max(2 * EDGE_TEXELS / 2 ** shrinkY, 1) / across;
    const steep = LEAST_STEEPNESS * (1 + brush.hardness * (Math.max(Math.min(edgeX, edgeY), 1) - 1));
    const cos = Math.cos(mark.angle), sin = Math.sin(mark.angle);
    let halfX = length / 2 + 1 / along, halfY = breadth / 2 + 1 / across;
    if (curved) [halfX, halfY] = boxOf(halfX, halfY, bend, taper);
    const reachX = Math.abs(cos) * halfX + Math.abs(sin) * halfY, reachY = Math.abs(sin) * halfX + Math.abs(cos) * halfY;
    const left = Math.max(clip[0], Math.floor(mark.x - reachX)), right = Math.min(clip[2], Math.ceil(mark.x + reachX));
    const top = Math.max(clip[1], Math.floor(mark.y - reachY)), bottom = Math.min(clip[3], Math.ceil(mark.y + reachY));
    const ux = cos * along, uy = sin * along, vx = -sin * across, vy = cos * across;
    const two = paint.dr || paint.dg || paint.db, {relief} = brush, opacity = paint.opacity / 255;
    const put = (at, u, v, sharp) => {
        const column = u | 0, line = v | 0, fx = u - column, fy = v - line;
        const a = line * row + column * CHANNELS, b = a + CHANNELS, c = a + row, d = c + CHANNELS;
        const wb = fx * (1 - fy), wc = (1 - fx) * fy, wd = fx * fy, wa = 1 - wb - wc - wd;
        let cover = wa * texels[a] + wb * texels[b] + wc * texels[c] + wd * texels[d];
        cover = (cover - 0.5) * sharp + 0.5;
        if (!(cover > 0)) return; // also just beyond the copy, where there is nothing to read
        if (cover > 1) cover = 1;
        cover *= opacity;
        const shade = 1 + relief * (wa * texels[a + 1] + wb * texels[b + 1] + wc * texels[c + 1] + wd * texels[d + 1]);
        let {r, g, b: blue} = paint;
        if (two) {
            const load = wa * texels[a + 2] + wb * texels[b + 2] + wc * texels[c + 2] + wd * texels[d + 2];
            r = clamp(r + load * paint.dr), g = clamp(g + load * paint.dg), blue = clamp(blue + load * paint.db);
        }
        pixels[at] += (Math.min(255, r * shade) - pixels[at]) * cover;
        pixels[at + 1] += (Math.min(255, g * shade) - pixels[at + 1]) * cover;
        pixels[at + 2] += (Math.min(255, blue * shade) - pixels[at + 2]) * cover;
    };
    if (curved) {
        for (let y = top; y < bottom; y++) {
            for (let x = left; x < right; x++) {
                const dx = x + 0.5 - mark.x, dy = y + 0.5 - mark.y;
                const [place, off] = straightened(cos * dx + sin * dy, cos * dy - sin * dx, bend / length);
                const share = Math.max(LEAST_WIDTH, 1 + taper * Math.max(-1, Math.min(1, 2 * place / length)));
                const u = place * along + cell.width / 2 + 0.5, v = off / share * across + cell.height / 2 + 0.5;
                if (u < 0 || u >= cell.width + 1 || v < 0 || v >= cell.height + 1) continue;
                put(4 * (y * width + x), u, v, Math.max(LEAST_STEEPNESS, steep * Math.min(share, 1)));
            }
        }
        return;
    }
    for (let y = top; y < bottom; y++) {
        // place in the copy, whose first texel is the empty border
        const dx = left + 0.5 - mark.x, dy = y + 0.5 - mark.y;
        const u0 = ux * dx + uy * dy + cell.width / 2 + 0.5, v0 = vx * dx + vy * dy + cell.height / 2 + 0.5;
        let first = 0, last = right - left;
        if (Math.abs(ux) > FLAT) {
            const start = -u0 / ux, end = (cell.width + 1 - u0) / ux;
            first = Math.max(first, Math.ceil(Math.min(start, end)));
            last = Math.min(last, Math.ceil(Math.max(start, end)));
        } else if (!(u0 >= 0 && u0 < cell.width + 1)) continue;
        if (Math.abs(vx) > FLAT) {
            const start = -v0 / vx, end = (cell.height + 1 - v0) / vx;
            first = Math.max(first, Math.ceil(Math.min(start, end)));
            last = Math.min(last, Math.ceil(Math.max(start, end)));
        } else if (!(v0 >= 0 && v0 < cell.height + 1)) continue;
        for (let step = first; step < last; step++) {
            put(4 * (y * width + left + step), u0 + step * ux, v0 + step * vx, steep);
        }
    }
}

/** Half the extents, along and across from its middle, of a mark that bends and tapers; see `shape.extent`. */
function boxOf(halfX, halfY, bend, taper) {
    const breadth = halfY * (1 + Math.abs(taper)), turn = Math.min(Math.abs(bend) / 2, Math.PI / 2);
    const bow = Math.abs(bend) < 1e-6 ? 0 : 2 * halfX / Math.abs(bend) * (1 - Math.cos(bend / 2));
    return [(turn < 1e-6 ? halfX : halfX * Math.sin(turn) / turn) + breadth * Math.sin(turn), bow + breadth];
}

/** Where a place in a mark's frame would lie if the mark were straight: along its spine, and off it. */
function straightened(along, across, curvature) {
    if (Math.abs(curvature) < 1e-9) return [along, across];
    const sine = curvature * along, cosine = 1 - curvature * across, far = Math.hypot(sine, cosine);
    return [Math.atan2(sine, cosine) / curvature,
        (2 * across - curvature * (along * along + across * across)) / (1 + far)];
}

const clamp = value => value < 0 ? 0 : value > 255 ? 255 : value;

/** By how many powers of two a tip is reduced that has `excess` texels for each pixel. */
function shrinkOf(excess, detail) {
    return Math.min(LEVELS - 1, Math.max(REDUCED, Math.round(Math.log2(excess) - detail)));
}
