// One crosshair for all charts: where the pointer (or an arrow key) is on one, the others show the same moment.
// Dragging chooses a stretch of time for the whole page; a double click zooms out.
import { el } from "./draw.js";
import { formatValue } from "./format.js";
import { legendAt } from "./legend.js";

const layers = new Set();
const MAX_ROWS = 14;

/** The index of the value nearest to `x` in ascending `xs`. */
export function nearest(xs, x) {
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle;
    else high = middle;
  }
  return x - xs[low] <= xs[high] - x ? low : high;
}

function geometry(chart) {
  const full = chart.plot._fullLayout;
  if (!full?.xaxis || !chart.timed || !chart.line) return null;
  const { xaxis, yaxis } = full;
  const span = chart.line.figure.layout?.xaxis?.range ?? xaxis.range.map((end) => xaxis.r2c(end));
  return { left: xaxis._offset, width: xaxis._length, top: yaxis._offset, height: yaxis._length, from: span[0], to: span[1], low: yaxis.range[0], high: yaxis.range[1] };
}

function place(node, { left, top, width, height }) {
  Object.assign(node.style, { left: `${left}px`, top: `${top}px`, ...(width === undefined ? {} : { width: `${width}px` }), ...(height === undefined ? {} : { height: `${height}px` }) });
}

function valuesAt(chart, x) {
  return chart.traces.map((trace) => {
    if (!trace.x?.length || trace.visible === false) return { trace, value: NaN };
    const index = nearest(trace.x, x);
    const spacing = trace.x.length > 1 ? trace.x[1] - trace.x[0] : Infinity;
    return { trace, index, at: trace.x[index], value: Math.abs(trace.x[index] - x) <= spacing ? trace.y[index] : NaN };
  });
}

const colourOf = (trace) => trace.line?.color ?? trace.marker?.color ?? "currentcolor";

/** x on the page is shifted by the zone's offset, so UTC's clock shows the reader's time. */
function clock(x, locale) {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(x);
}

function showTip(chart, x, values, pointer, y) {
  const tip = document.getElementById("chart-tip");
  const shown = values.filter(({ value }) => !Number.isNaN(value) && value !== null).sort((a, b) => b.value - a.value);
  if (!shown.length) return hideTip();
  const near = y === null || chart.traces.some((trace) => trace.stackgroup) ? null
    : shown.reduce((best, one) => (Math.abs(one.value - y) < Math.abs(best.value - y) ? one : best));
  const rows = shown.slice(0, MAX_ROWS).map((one) => {
    const swatch = el("span", { class: "swatch" });
    swatch.style.color = colourOf(one.trace);
    return el("tr", { class: one === near && shown.length > 1 ? "is-near" : "" }, el("td", {}, swatch), el("td", {}, one.trace.name ?? ""), el("td", {}, formatValue(one.value, chart.line.unit, chart.locale)));
  });
  const more = shown.length > MAX_ROWS ? el("div", { class: "muted" }, `+ ${shown.length - MAX_ROWS}`) : "";
  tip.replaceChildren(el("time", {}, clock(shown[0].at, chart.locale)), el("table", {}, el("tbody", {}, rows)), more);
  tip.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = pointer.x + 18 + width > innerWidth - 8 ? pointer.x - width - 18 : pointer.x + 18;
  const top = Math.min(Math.max(8, pointer.y - height / 2), innerHeight - height - 8);
  tip.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
}

function hideTip() {
  const tip = document.getElementById("chart-tip");
  if (tip) tip.hidden = true;
}

function pointAll(x, source, pointer, y) {
  for (const layer of layers) {
    if (layer.chart.visible || layer === source) layer.point(x, layer === source ? pointer : null, y);
  }
}

function leaveAll() {
  hideTip();
  for (const layer of layers) layer.leave();
}

/** Puts the layer above the chart; returns `refresh()` for after a redraw. */
export function attach(chart, actions) {
  const cross = el("div", { class: "chart-cross", hidden: true });
  const brush = el("div", { class: "chart-brush", hidden: true });
  const dots = el("div", { "aria-hidden": "true" });
  const surface = el("div", { class: "chart-layer", tabIndex: 0, role: "group", "aria-labelledby": `title-${chart.panel.id}` }, brush, cross, dots);
  chart.box.append(surface);
  let start = null;
  let last = null;

  const layer = {
    chart,
    point(x, pointer, y) {
      const g = geometry(chart);
      if (!g || x < g.from || x > g.to || !chart.line) return layer.leave();
      const values = valuesAt(chart, x);
      const snapped = values.find(({ at }) => at !== undefined)?.at ?? x;
      const left = g.left + ((Math.min(Math.max(snapped, g.from), g.to) - g.from) / (g.to - g.from)) * g.width;
      place(cross, { left, top: g.top, height: g.height });
      cross.hidden = false;
      const stacked = chart.traces.some((trace) => trace.stackgroup || trace.type === "bar");
      dots.replaceChildren(...(stacked ? [] : values.filter(({ value }) => !Number.isNaN(value) && value <= g.high && value >= g.low).map(({ trace, value }) => {
        const dot = el("span", { class: "chart-dot" });
        dot.style.background = colourOf(trace);
        place(dot, { left, top: g.top + ((g.high - value) / (g.high - g.low)) * g.height });
        return dot;
      })));
      legendAt(chart, values.map(({ value }) => formatValue(value, chart.line.unit, chart.locale)));
      if (pointer) showTip(chart, x, values, pointer, y);
      last = snapped;
    },
    leave() {
      cross.hidden = true;
      dots.replaceChildren();
      if (chart.line) legendAt(chart, null);
    },
  };
  layers.add(layer);

  const where = (event) => {
    const g = geometry(chart);
    if (!g) return null;
    const box = surface.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left - g.left) / g.width));
    const y = g.high - ((event.clientY - box.top - g.top) / g.height) * (g.high - g.low);
    return { g, x: g.from + share * (g.to - g.from), left: g.left + share * g.width, y, pointer: { x: event.clientX, y: event.clientY } };
  };

  surface.addEventListener("pointermove", (event) => {
    const at = where(event);
    if (!at) return;
    pointAll(at.x, layer, at.pointer, at.y);
    if (!start) return;
    brush.hidden = Math.abs(at.left - start.left) < 4;
    place(brush, { left: Math.min(at.left, start.left), top: at.g.top, width: Math.abs(at.left - start.left), height: at.g.height });
  });
  surface.addEventListener("pointerdown", (event) => {
    // A finger scrolls the page; choosing a stretch is for a pointer that can hover.
    if (event.button !== 0 || event.pointerType === "touch") return;
    start = where(event);
    surface.setPointerCapture(event.pointerId);
  });
  surface.addEventListener("pointerup", (event) => {
    const end = where(event);
    if (start && end && Math.abs(end.left - start.left) >= 6) actions.zoom(Math.min(start.x, end.x), Math.max(start.x, end.x));
    start = null;
    brush.hidden = true;
  });
  surface.addEventListener("pointercancel", () => { start = null; brush.hidden = true; leaveAll(); });
  surface.addEventListener("pointerleave", () => { if (!start) leaveAll(); });
  surface.addEventListener("dblclick", () => actions.zoomOut());
  surface.addEventListener("blur", leaveAll);
  surface.addEventListener("keydown", (event) => {
    const xs = chart.traces[0]?.x;
    if (!xs?.length || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const index = last === null ? xs.length - 1 : nearest(xs, last) + (event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1);
    const box = surface.getBoundingClientRect();
    const x = xs[Math.min(xs.length - 1, Math.max(0, index))];
    const g = geometry(chart);
    pointAll(x, layer, { x: box.left + g.left + ((x - g.from) / (g.to - g.from)) * g.width, y: box.top + box.height / 3 }, null);
  });
  return { refresh: () => { surface.hidden = !chart.timed; layer.leave(); } };
}
