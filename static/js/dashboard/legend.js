// The legend is a table of figures; it is also what a screen reader has instead of the lines.
import { el } from "./draw.js";
import { say } from "./words.js";

const COLUMNS = ["last", "min", "max", "mean"];

function choose(chart, name, toggle) {
  const names = chart.traces.map((trace) => trace.name);
  const { hidden } = chart;
  if (toggle) {
    if (hidden.has(name)) hidden.delete(name);
    else hidden.add(name);
  } else {
    const alone = names.every((one) => (one === name) !== hidden.has(one));
    hidden.clear();
    // Once more on the only one left brings all of them back.
    if (!alone) for (const one of names) if (one !== name) hidden.add(one);
  }
  mark(chart);
  chart.redraw();
}

function mark(chart) {
  for (const row of chart.legend.querySelectorAll("tr[data-name]")) {
    const off = chart.hidden.has(row.dataset.name);
    row.classList.toggle("is-off", off);
    row.querySelector("button").setAttribute("aria-pressed", String(!off));
  }
}

function row(chart, entry) {
  const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.color = entry.color;
  const button = el("button", { type: "button", title: `${entry.name}\n${say("isolate")}`, onclick: (event) => choose(chart, entry.name, event.ctrlKey || event.metaKey) }, swatch, entry.name);
  const cells = COLUMNS.map((column) => el("td", { class: column === "last" ? "at" : "extra" }, entry[column] ?? "–"));
  return el("tr", { data: { name: entry.name, last: entry.last ?? "–" } }, el("th", { scope: "row" }, button), cells);
}

/** Fills the chart's legend from its line. */
export function drawLegend(chart) {
  const entries = chart.line.legend ?? [];
  const scrolled = chart.legend.scrollTop;
  const head = el("tr", {}, el("th", { scope: "col" }, say("series")), COLUMNS.map((column) => el("th", { scope: "col", class: column === "last" ? "at" : "extra" }, say(column))));
  const table = el("table", {}, el("caption", { class: "visually-hidden" }, chart.panel.title), el("thead", {}, head), el("tbody", {}, entries.map((entry) => row(chart, entry))));
  const more = chart.line.left_out ? el("p", { class: "hint" }, say("leftOut", { n: chart.line.left_out })) : "";
  chart.legend.replaceChildren(...[table, more].filter(Boolean));
  chart.legend.scrollTop = scrolled;
  chart.legend.hidden = entries.length === 0;
  mark(chart);
}

/** While the crosshair stands at a moment, the first column shows the values there; with null it shows the last again. */
export function legendAt(chart, texts) {
  const rows = chart.legend.querySelectorAll("tr[data-name]");
  rows.forEach((one, index) => { one.querySelector("td.at").textContent = texts ? texts[index] ?? "–" : one.dataset.last; });
}
