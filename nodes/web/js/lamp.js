// A disc with a lamp that can be dragged: where it stands (azimuth) and how high (elevation).
// In the middle it stands straight in front of the picture, at the rim it shines flat over it.

const HEIGHT = 118; // pixels on the node
const NAMES = ["azimuth", "elevation"];
const TOP = 90; // degrees: straight in front

/** Add the lamp to a Paint Surface node; its element. */
export function addLamp(node) {
    const element = document.createElement("div");
    element.className = "alla-prima-lamp";
    element.innerHTML = '<div class="disc"><div class="thumb" role="slider" tabindex="0"></div></div><span></span>';
    const [disc, text] = element.children, thumb = disc.firstChild;
    thumb.setAttribute("aria-label", "Lamp: arrow keys left and right turn it round, up and down change its height");
    thumb.setAttribute("aria-valuemin", "0");
    thumb.setAttribute("aria-valuemax", "360");
    disc.title = "Drag the lamp";
    const widgets = NAMES.map(name => node.widgets?.find(widget => widget.name === name));
    if (!widgets.every(Boolean)) return element;
    const [azimuth, elevation] = widgets, lowest = elevation.options.min;
    let shown = "";

    const fixed = () => NAMES.some(name => {
        const slot = node.inputs?.findIndex(input => input.widget?.name === name) ?? -1;
        return slot >= 0 && node.isInputConnected(slot);
    });
    const update = () => {
        const state = `${Math.round(azimuth.value)}° · ${Math.round(elevation.value)}°`;
        if (state === shown) return;
        shown = state;
        const angle = azimuth.value * Math.PI / 180, far = (TOP - elevation.value) / (TOP - lowest);
        const x = 50 + 50 * far * Math.sin(angle), y = 50 - 50 * far * Math.cos(angle);
        disc.style.setProperty("--x", `${x}%`);
        disc.style.setProperty("--y", `${y}%`);
        text.textContent = state;
        thumb.setAttribute("aria-valuenow", String(Math.round(azimuth.value)));
        thumb.setAttribute("aria-valuetext", `azimuth ${azimuth.value}°, elevation ${elevation.value}°`);
    };
    const set = (widget, value) => {
        const {min, max} = widget.options;
        value = Math.min(max, Math.max(min, Math.round(value)));
        if (value === widget.value) return;
        widget.value = value;
        widget.callback?.(value);
    };
    const turnTo = value => set(azimuth, (value % 360 + 360) % 360);
    const moveTo = event => {
        const {left, top, width, height} = disc.getBoundingClientRect();
        const x = (event.clientX - left) / width * 2 - 1, y = (event.clientY - top) / height * 2 - 1;
        const far = Math.min(1, Math.hypot(x, y));
        if (far > 0.02) turnTo(Math.atan2(x, -y) * 180 / Math.PI);
        set(elevation, TOP - far * (TOP - lowest));
        node.setDirtyCanvas?.(true, true);
    };
    disc.addEventListener("pointerdown", event => {
        if (event.button !== 0 || fixed()) return;
        event.preventDefault();
        disc.setPointerCapture(event.pointerId);
        thumb.focus({preventScroll: true});
        moveTo(event);
    });
    disc.addEventListener("pointermove", event => {
        if (disc.hasPointerCapture(event.pointerId)) moveTo(event);
    });
    thumb.addEventListener("keydown", event => {
        if (fixed()) return;
        const keys = {ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5]};
        if (!keys[event.key]) return;
        event.preventDefault();
        const [turn, rise] = keys[event.key];
        if (turn) turnTo(azimuth.value + turn);
        if (rise) set(elevation, elevation.value + rise);
        node.setDirtyCanvas?.(true, true);
    });
    for (const widget of widgets) {
        const before = widget.callback;
        widget.callback = function (...words) {
            const answer = before?.apply(this, words);
            update();
            return answer;
        };
    }
    const configured = node.onConfigure;
    node.onConfigure = function (...words) {
        configured?.apply(this, words);
        update();
    };
    const options = {
        serialize: false, hideOnZoom: false, getMinHeight: () => HEIGHT, getMaxHeight: () => HEIGHT,
        getValue: () => "", setValue() {}, onDraw: update,
    };
    node.addDOMWidget("lamp", "alla_prima_lamp", element, options).serialize = false;
    update();
    return element;
}
