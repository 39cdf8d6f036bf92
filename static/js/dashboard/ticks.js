// The vertical axis: round steps in the panel's own unit, which Plotly does not know.
import { formatValue } from "./format.js";

/** Lowest and highest of what is drawn: stacks are summed point by point. */
export function extent(traces) {
  let low = Infinity;
  let high = -Infinity;
  const sums = new Map();
  for (const trace of traces) {
    if (trace.visible === false) continue;
    const stack = trace.stackgroup ?? (trace.type === "bar" ? "bars" : null);
    const ys = trace.y;
    if (stack && !sums.has(stack)) sums.set(stack, new Float64Array(ys.length));
    const sum = stack ? sums.get(stack) : null;
    for (let i = 0; i < ys.length; i += 1) {
      if (Number.isNaN(ys[i]) || ys[i] === null) continue;
      const y = sum ? (sum[i] += ys[i]) : ys[i];
      if (y < low) low = y;
      if (y > high) high = y;
    }
  }
  return Number.isFinite(low) ? [low, high] : [0, 1];
}

function roundStep(rough, unit) {
  if (unit === "s" && rough >= 1) {
    const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
    const fitting = steps.find((step) => step >= rough);
    if (fitting) return fitting;
  }
  const base = unit === "bytes" || unit === "bytes_per_s" ? 1024 ** Math.floor(Math.log(Math.max(rough, 1)) / Math.log(1024)) : 1;
  const scaled = rough / base;
  const power = 10 ** Math.floor(Math.log10(scaled));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= scaled * 0.999) * power * base;
  return unit === "count" ? Math.max(1, Math.round(step)) : step;
}

/** Range, tick values and texts for the vertical axis of `height` pixels. */
export function verticalAxis(traces, { unit, locale, height, thresholds = [], zero = true, fixed = null }) {
  let [low, high] = fixed ?? extent(traces);
  if (!fixed) {
    if (zero && low > 0) low = 0;
    if (zero && high < 0) high = 0;
    // A threshold that is nearly reached belongs into the picture; one that is far away would flatten the lines.
    for (const { value } of thresholds) if (value > high && value <= high * 1.6) high = value;
    if (low === high) high = low === 0 ? 1 : low + Math.abs(low) * 0.5;
  }
  const count = Math.max(2, Math.min(6, Math.floor(height / 42)));
  const step = roundStep((high - low) / count, unit);
  const bottom = fixed ? low : Math.floor(low / step + 1e-9) * step;
  const top = fixed ? high : high + (high - low) * 0.06;
  const values = [];
  for (let tick = Math.ceil(bottom / step - 1e-9) * step; tick <= top + step * 1e-6; tick += step) values.push(Math.abs(tick) < step * 1e-9 ? 0 : tick);
  return { range: [bottom, top], tickmode: "array", tickvals: values, ticktext: values.map((value) => formatValue(value, unit, locale)) };
}
