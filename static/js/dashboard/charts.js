// A chart: Plotly draws it, the crosshair (crosshair.js) lives on a layer above, the legend below.
import { attach } from "./crosshair.js";
import { el } from "./draw.js";
import { drawLegend } from "./legend.js";
import { onThemeChange, plotly, themeLayout } from "./theme.js";
import { verticalAxis } from "./ticks.js";
import { say } from "./words.js";

const TYPES = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u4: Uint32Array, i2: Int16Array, u2: Uint16Array, i1: Int8Array, u1: Uint8Array };
const DAY = 86_400_000;
const drawn = new Set();

/** Numbers of a Plotly array: plain, or typed in base64. */
export function numbers(array) {
  if (!array?.bdata) return array ?? [];
  const bytes = Uint8Array.from(atob(array.bdata), (letter) => letter.charCodeAt(0));
  return new TYPES[array.dtype](bytes.buffer);
}

/** The colour, a step nearer to black or white for each series before it that has the same: five 4xx are five ambers. */
function shade(colour, before) {
  if (!before || !/^#[0-9a-f]{6}$/i.test(colour)) return colour;
  const target = before % 2 ? 255 : 0;
  const share = Math.min(0.6, Math.ceil(before / 2) * 0.22);
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `#${parts.map((part) => Math.round(part + (target - part) * share).toString(16).padStart(2, "0")).join("")}`;
}

/** Gives series of one colour shades of it, in the lines and in the legend. */
function tellApart(traces, legend) {
  const seen = new Map();
  traces.forEach((trace, index) => {
    const colour = trace.line?.color ?? trace.marker?.color;
    if (typeof colour !== "string") return;
    const before = seen.get(colour) ?? 0;
    seen.set(colour, before + 1);
    const own = shade(colour, before);
    if (own === colour) return;
    if (trace.line) trace.line = { ...trace.line, color: own };
    if (trace.marker) trace.marker = { ...trace.marker, color: own };
    if (trace.fillcolor) trace.fillcolor = own + trace.fillcolor.slice(7);
    const entry = legend.find((one) => one.trace === index);
    if (entry) entry.color = own;
  });
}

function decoded(trace) {
  const copy = { ...trace };
  for (const name of ["x", "y", "z"]) if (trace[name]) copy[name] = numbers(trace[name]);
  return copy;
}

const written = new WeakMap();

/** Times as Plotly must have them: a number it would shift into the browser's own zone, text it takes as it stands. */
export function dates(times) {
  if (!written.has(times)) written.set(times, Array.from(times, (time) => new Date(time).toISOString().slice(0, -1)));
  return written.get(times);
}

/** Stacked traces cut where none has a value: Plotly would draw the gap as zero. */
function cutAtGaps(traces) {
  const stacked = traces.filter((trace) => trace.stackgroup);
  if (!stacked.length) return traces;
  const runs = [];
  let start = null;
  for (let i = 0; i <= stacked[0].y.length; i += 1) {
    const some = i < stacked[0].y.length && stacked.some((trace) => !Number.isNaN(trace.y[i]));
    if (some && start === null) start = i;
    else if (!some && start !== null) {
      runs.push([start, i]);
      start = null;
    }
  }
  const cut = stacked.flatMap((trace) => runs.map(([from, to], n) => ({ ...trace, x: trace.x.slice(from, to), y: trace.y.slice(from, to), stackgroup: `${trace.stackgroup}-${n}` })));
  return [...cut, ...traces.filter((trace) => !trace.stackgroup)];
}

/** Thresholds with their names; a name that would stand on the one below it is left out. */
function shapes(layout, thresholds, range, height) {
  const apart = ((range[1] - range[0]) / height) * 16;
  const inside = thresholds.filter(({ value }) => value >= range[0] && value <= range[1])
    .sort((a, b) => b.value - a.value)
    .filter(({ value }, i, all) => i === 0 || all[i - 1].value - value > apart);
  return {
    shapes: layout.shapes ?? [],
    annotations: inside.map(({ value, label, color }) => ({
      xref: "paper", x: 1, xanchor: "right", y: value, yanchor: "bottom", text: label, showarrow: false, font: { size: 10, color }, borderpad: 1,
    })),
  };
}

function layoutOf(chart) {
  const { line, traces, size } = chart;
  const own = line.figure.layout ?? {};
  const theme = themeLayout(chart.locale);
  const layout = { ...theme, ...own, font: theme.font, margin: theme.margin, width: size.width, height: size.height, autosize: false };
  layout.xaxis = { ...theme.xaxis, ...own.xaxis, nticks: Math.max(2, Math.floor(size.width / 95)) };
  layout.yaxis = { ...theme.yaxis, ...own.yaxis };
  if (chart.timed) {
    const [from, to] = own.xaxis?.range ?? [0, 0];
    if (own.xaxis?.range) layout.xaxis.range = dates([from, to]);
    // A second line of tick labels says the day, where there is more than one.
    if (Math.floor(from / DAY) !== Math.floor(to / DAY)) layout.margin = { ...layout.margin, b: 36 };
    const fixed = own.yaxis?.range ?? null;
    Object.assign(layout.yaxis, verticalAxis(traces, {
      unit: line.unit, locale: chart.locale, height: size.height, thresholds: line.thresholds, zero: own.yaxis?.rangemode !== "normal", fixed,
    }));
    Object.assign(layout, shapes(own, line.thresholds ?? [], layout.yaxis.range, size.height));
  }
  return layout;
}

async function paint(chart) {
  const { clientWidth: width, clientHeight: height } = chart.box;
  if (width < 20 || height < 20) return;
  chart.size = { width, height };
  for (const trace of chart.traces) trace.visible = !chart.hidden.has(trace.name);
  const Plotly = await plotly();
  if (!chart.box.isConnected) return;
  const traces = chart.timed ? cutAtGaps(chart.traces.map((trace) => ({ ...trace, x: dates(trace.x) }))) : chart.traces;
  await Plotly.react(chart.plot, traces, layoutOf(chart), { displayModeBar: false, staticPlot: chart.timed, responsive: false, doubleClick: false, showTips: false });
  chart.overlay?.refresh();
}

/** A chart in `body`, which the panel keeps over refreshes; `update(line)` draws new data. */
export function makeChart(panel, body, actions, locale) {
  const plot = el("div", { class: "chart-plot" });
  const box = el("div", { class: "chart" }, plot);
  const legend = el("div", { class: "legend" });
  const chart = { panel, box, plot, legend, locale, hidden: new Set(), traces: [], line: null, timed: true, visible: false, dirty: false };
  body.replaceChildren(box, legend);

  const draw = () => {
    chart.dirty = false;
    paint(chart).catch(() => actions.failed(say("plotly")));
  };
  chart.redraw = () => {
    if (!chart.line) return;
    if (chart.visible) draw();
    else chart.dirty = true;
  };
  const resized = new ResizeObserver(() => {
    if (chart.line && (chart.size?.width !== box.clientWidth || chart.size?.height !== box.clientHeight)) chart.redraw();
  });
  resized.observe(box);
  const seen = new IntersectionObserver(([entry]) => {
    chart.visible = entry.isIntersecting;
    if (chart.visible && chart.dirty) draw();
  }, { rootMargin: "300px" });
  seen.observe(box);
  chart.overlay = attach(chart, actions);
  drawn.add(chart);

  return {
    chart,
    update(line) {
      chart.line = line;
      chart.traces = line.figure.data.map(decoded);
      tellApart(chart.traces, line.legend ?? []);
      chart.timed = (line.figure.layout?.xaxis?.type ?? "date") === "date";
      plot.setAttribute("role", "img");
      plot.setAttribute("aria-label", say("chart", { title: panel.title, n: chart.traces.length }));
      drawLegend(chart);
      chart.dirty = true;
      if (chart.visible) draw();
      // What is out of view waits until the browser has nothing better to do, for the first time only.
      else if (!chart.size) (window.requestIdleCallback ?? setTimeout)(() => { if (chart.dirty) draw(); });
    },
    destroy() {
      resized.disconnect();
      seen.disconnect();
      drawn.delete(chart);
      window.Plotly?.purge(plot);
    },
  };
}

/** A sparkline: the line only. */
export async function drawSpark(box, figure) {
  const Plotly = await plotly();
  const { clientWidth: width, clientHeight: height } = box;
  if (width < 10 || height < 10) return;
  const layout = { ...figure.layout, width, height, margin: { l: 0, r: 0, t: 2, b: 0 }, showlegend: false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
  await Plotly.react(box, figure.data.map(decoded), layout, { displayModeBar: false, staticPlot: true });
}

onThemeChange(() => { for (const chart of drawn) chart.redraw(); });
