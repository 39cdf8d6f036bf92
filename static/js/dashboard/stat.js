// Figures at a glance: the number, its state in a word, how it moved, a line behind it.
import { drawSpark } from "./charts.js";
import { el } from "./draw.js";
import { onThemeChange } from "./theme.js";
import { stateWord } from "./words.js";

const ARROWS = { up: "▲", down: "▼", flat: "■" };

function item({ label, text, state, delta }) {
  const word = stateWord(state);
  const moved = delta ? el("span", { class: "delta", data: { good: String(delta.good ?? "") } }, el("span", { "aria-hidden": "true" }, `${ARROWS[delta.direction] ?? ""} `), delta.text) : "";
  const foot = word || moved ? el("div", { class: "stat-foot" }, word ? el("span", { class: `badge ${state}` }, word) : "", moved) : "";
  return el("div", { class: "stat", data: { state } }, label ? el("span", { class: "stat-label", title: label }, label) : "", el("div", { class: "stat-value" }, text), foot);
}

/** Figures in `body`; `update(line)` draws new ones. */
export function makeStat(panel, body) {
  const stats = el("div", { class: "stats" });
  const spark = el("div", { class: "spark", "aria-hidden": "true" });
  body.replaceChildren(spark, stats);
  let line = null;
  const draw = () => {
    if (line?.figure) drawSpark(spark, line.figure).catch(() => {});
    spark.hidden = !line?.figure;
  };
  const resized = new ResizeObserver(draw);
  resized.observe(body);
  onThemeChange(draw);
  return {
    update(next) {
      line = next;
      stats.replaceChildren(...line.stat.items.map(item));
      stats.classList.toggle("many", line.stat.items.length > 1);
      draw();
    },
    destroy: () => resized.disconnect(),
  };
}
