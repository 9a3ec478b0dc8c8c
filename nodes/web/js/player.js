// The player of one node: a picture whose strokes are painted again, with play, scrub and before/after.

import {addressOf, loadReplay, picture} from "./files.js";

const DURATION = 9000; // milliseconds from the first stroke to the last
const TURN = 7; // milliseconds of work for each frame of the screen
const STEPS = 1000; // of the slider
const AWAKE = 3; // so many players keep their strokes and key frames; all others only what is seen
const IDLE = 60_000; // milliseconds after which one that is not touched forgets them, too
const CLICK = 4; // pixels that a click may move

const awake = [];
const ICONS = {play: "M5 3 L13 8 L5 13 Z", pause: "M4 3 H7 V13 H4 Z M9 3 H12 V13 H9 Z"};

export class Player {
    /** findOriginal: (index) => name of the original's file, for nodes that have none of their own. */
    constructor(findOriginal) {
        Object.assign(this, {findOriginal, entries: [], index: 0, time: 1, split: 0, playing: false, visible: true});
        this.build();
        this.observer = new IntersectionObserver(([{isIntersecting}]) => {
            this.visible = isIntersecting;
            this.wake();
        });
        this.observer.observe(this.element);
    }

    build() {
        this.element = make("div", "alla-prima-player", {role: "group", "aria-label": "The painting, stroke by stroke"});
        this.stage = make("div", "stage");
        this.frame = make("div", "frame");
        this.original = make("img", "layer", {alt: "the original", draggable: "false"});
        this.painted = make("div", "layer painted");
        this.result = make("img", "layer", {alt: "the painting", draggable: "false"});
        this.canvas = make("canvas", "layer", {"aria-hidden": "true"});
        this.divider = make("div", "divider", {
            role: "slider", tabindex: "0", "aria-label": "Before and after", title: "Drag: the original",
            "aria-valuemin": "0", "aria-valuemax": "100",
        });
        this.button = make("button", "", {type: "button"});
        this.slider = make("input", "", {type: "range", min: "0", max: String(STEPS), "aria-label": "Strokes painted"});
        this.count = make("span", "count");
        this.next = make("button", "next", {type: "button", "aria-label": "Next painting of the batch"});
        this.controls = make("div", "controls");
        this.painted.append(this.result, this.canvas);
        this.frame.append(this.original, this.painted, this.divider);
        this.stage.append(this.frame);
        this.controls.append(this.button, this.slider, this.count, this.next);
        this.element.append(this.stage, this.controls);
        this.button.addEventListener("click", () => this.toggle());
        this.slider.addEventListener("input", () => this.scrub(this.slider.value / STEPS));
        this.next.addEventListener("click", () => this.choose((this.index + 1) % this.entries.length));
        this.stage.addEventListener("pointerdown", event => this.grab(event));
        this.divider.addEventListener("keydown", event => this.key(event));
    }

    /** Show what a node made: the finished pictures at first; strokes are fetched when they are wanted. */
    show(entries) {
        this.entries = entries;
        this.choose(Math.min(this.index, entries.length - 1));
    }

    /** Show how far a painting is that is being made now. */
    live(bitmap) {
        this.entries = [{width: bitmap.width, height: bitmap.height, strokes: 0}];
        this.choose(0);
        this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
        this.canvas.hidden = false;
        this.count.textContent = this.element.title = "";
    }

    choose(index) {
        this.sleep();
        Object.assign(this, {index, time: 1, playing: false, drawn: null});
        const entry = this.entry = this.entries[index];
        this.frame.style.setProperty("--aspect", entry.width / entry.height);
        this.stage.style.setProperty("--aspect", entry.width / entry.height);
        this.canvas.width = entry.width, this.canvas.height = entry.height;
        this.canvas.hidden = Boolean(entry.painting);
        this.result.hidden = !entry.painting;
        if (entry.painting) this.result.src = addressOf(entry.painting);
        const original = entry.painting && (entry.original ?? this.findOriginal(index));
        if (original) this.original.src = addressOf(original); else this.original.removeAttribute("src");
        this.divider.hidden = this.original.hidden = !original;
        this.compare(original ? this.split : 0);
        this.next.hidden = this.entries.length < 2;
        this.next.textContent = `${index + 1}/${this.entries.length}`;
        this.next.title = `Painting ${index + 1} of ${this.entries.length}: show the next one`;
        this.button.disabled = this.slider.disabled = !entry.block;
        this.element.title = entry.block ? "" : "Too many strokes to play them here";
        this.tell();
    }

    get aspect() {
        return this.entry ? this.entry.height / this.entry.width : 1;
    }

    toggle() {
        this.playing = !this.playing;
        if (this.playing && this.time >= 1) this.time = 0;
        this.wake();
        this.tell();
    }

    scrub(time) {
        this.time = time;
        this.wake();
        this.tell();
    }

    /** The share of the picture, from the left, that shows the original. */
    compare(share) {
        this.split = Math.min(1, Math.max(0, share));
        const percent = Math.round(100 * this.split);
        this.painted.style.clipPath = percent ? `inset(0 0 0 ${percent}%)` : "";
        this.divider.style.left = `${percent}%`;
        this.divider.setAttribute("aria-valuenow", percent);
        this.divider.setAttribute("aria-valuetext", `${percent} % original, ${100 - percent} % painting`);
    }

    grab(event) {
        if (event.button !== 0 || !this.entry) return;
        event.preventDefault();
        this.stage.setPointerCapture(event.pointerId);
        const start = event.clientX;
        let moved = false;
        const move = ({clientX}) => {
            moved ||= Math.abs(clientX - start) > CLICK;
            const {left, width} = this.frame.getBoundingClientRect();
            if (moved && !this.divider.hidden) this.compare((clientX - left) / width);
        };
        const release = () => {
            this.stage.removeEventListener("pointermove", move);
            this.stage.removeEventListener("pointerup", release);
            this.stage.removeEventListener("pointercancel", release);
            if (!moved && event.target !== this.divider && this.entry.block) this.toggle();
        };
        this.stage.addEventListener("pointermove", move);
        this.stage.addEventListener("pointerup", release);
        this.stage.addEventListener("pointercancel", release);
        this.divider.focus({preventScroll: true});
    }

    key(event) {
        const step = {ArrowLeft: -0.05, ArrowDown: -0.05, ArrowRight: 0.05, ArrowUp: 0.05, Home: -1, End: 1}[event.key];
        if (step === undefined) return;
        event.preventDefault();
        this.compare(this.split + step);
    }

    /** Go on with whatever there is to do: nothing is done off screen, and nothing when all is drawn. */
    wake() {
        if (this.ticking || !this.visible || !(this.playing || this.pending)) return;
        this.ticking = true;
        let before = performance.now();
        const tick = now => {
            this.ticking = this.visible && this.advance(Math.max(0, now - before));
            before = now;
            if (this.ticking) requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
    }

    /** Whether what is seen is not yet what the slider says. */
    get pending() {
        if (!this.entry?.block) return false;
        if (this.drawn === null) return this.time < 1;
        return this.replay ? this.drawn !== this.target : this.drawnAt !== this.time; // one that slept wakes up
    }

    get target() {
        return this.replay ? this.replay.strokesAt(this.time) : this.drawn ?? this.entry.strokes;
    }

    /** One frame of the screen; whether there is more to do. */
    advance(elapsed) {
        if (!this.replay) {
            this.load();
            return false;
        }
        this.touch();
        if (this.playing) this.time = Math.min(1, this.time + elapsed / DURATION);
        const reached = this.replay.seek(this.target, TURN);
        if (this.playing && !reached) this.time = this.replay.waiting(this.time);
        if (this.playing && reached && this.time >= 1) this.playing = false;
        this.draw();
        this.tell();
        return this.playing || !reached;
    }

    draw() {
        const context = this.canvas.getContext("2d");
        context.putImageData(this.replay.image, 0, 0);
        if (this.over) context.drawImage(this.over, 0, 0, this.canvas.width, this.canvas.height);
        this.canvas.hidden = false;
        this.drawn = this.replay.at;
        this.drawnAt = this.time;
        this.element.dataset.drawn = String(this.drawn);
    }

    /** Say how things stand. */
    tell() {
        const shown = this.replay ? this.replay.strokesAt(this.time) : Math.round(this.time * this.entry.strokes);
        const text = `${shown.toLocaleString()} of ${this.entry.strokes.toLocaleString()} strokes`;
        const label = this.playing ? "Pause" : "Play the strokes";
        if (this.button.title !== label) {
            const path = ICONS[this.playing ? "pause" : "play"];
            this.button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
            this.button.title = label;
            this.button.setAttribute("aria-label", label);
        }
        this.slider.value = Math.round(STEPS * this.time);
        this.slider.setAttribute("aria-valuetext", text);
        this.count.textContent = shown.toLocaleString();
        this.count.title = text;
    }

    async load() {
        if (this.loading) return;
        const entry = this.loading = this.entry;
        try {
            const [replay, over] = await Promise.all([loadReplay(entry), entry.over ? picture(entry.over) : null]);
            if (this.loading !== entry) return; // another painting was chosen, or the node is gone
            Object.assign(this, {replay, over});
            this.touch();
        } catch (error) {
            if (this.loading !== entry) return;
            this.playing = false;
            this.button.disabled = this.slider.disabled = true;
            this.element.title = "The strokes are no longer there: run the graph again to see them painted";
            console.warn("Alla Prima:", error.message);
        }
        this.loading = null;
        this.wake();
        this.tell();
    }

    /** This player is used: let another one sleep if too many are awake. */
    touch() {
        if (awake.at(-1) !== this) {
            if (awake.includes(this)) awake.splice(awake.indexOf(this), 1);
            awake.push(this);
            if (awake.length > AWAKE) awake[0].sleep();
        }
        this.touched = performance.now();
        this.timer ??= setTimeout(() => this.rest(), IDLE);
    }

    rest() {
        this.timer = null;
        const left = IDLE - (performance.now() - this.touched);
        if (left > 0 || this.playing) this.timer = setTimeout(() => this.rest(), Math.max(left, 1000));
        else this.sleep();
    }

    /** Forget strokes and key frames. What is seen stays. */
    sleep() {
        clearTimeout(this.timer);
        Object.assign(this, {timer: null, replay: null, loading: null, playing: false});
        this.over?.close();
        this.over = null;
        if (awake.includes(this)) awake.splice(awake.indexOf(this), 1);
        if (this.entry) this.tell();
    }

    /** The node is gone. */
    remove() {
        this.observer.disconnect();
        this.sleep();
        this.entry = null;
        this.canvas.width = this.canvas.height = 0;
        this.element.remove();
    }
}

function make(tag, name, attributes = {}) {
    const element = document.createElement(tag);
    element.className = name;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
}
