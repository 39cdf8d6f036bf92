// What a panel shows, as rows: for the dialog, and as a file.
import { numbers } from "./charts.js";
import { el } from "./draw.js";
import { rawValue } from "./format.js";
import { say } from "./words.js";

const SHOWN = 500;

/** A moment on the page (shifted by the zone's offset) as the reader's clock has it. */
function clock(x) {
  return new Date(x).toISOString().replace("T", " ").slice(0, 19);
}

function chartRows({ figure }) {
  const columns = [say("time"), ...figure.data.map((trace) => trace.name ?? say("value"))];
  const timed = (figure.layout?.xaxis?.type ?? "date") === "date";
  const byTime = new Map();
  figure.data.forEach((trace, index) => {
    const xs = numbers(trace.x);
    const ys = numbers(trace.y);
    for (let i = 0; i < xs.length; i += 1) {
      if (!byTime.has(xs[i])) byTime.set(xs[i], new Array(figure.data.length).fill(""));
      byTime.get(xs[i])[index] = rawValue(ys[i]);
    }
  });
  const rows = [...byTime].sort(([a], [b]) => (timed ? a - b : 0)).map(([x, values]) => [timed ? clock(x) : String(x), ...values]);
  return { columns, rows };
}

/** Columns and rows of a panel's line, or null where it has none. */
export function rowsOf(line) {
  if (!line || line.state === "error" || line.state === "nodata") return null;
  if (line.view === "chart") return chartRows(line);
  if (line.view === "table") return { columns: line.table.columns.map(({ title }) => title), rows: line.table.rows.map(({ cells }) => cells.map(({ value, text }) => rawValue(value) || text)) };
  if (line.view === "stat") return { columns: [say("label"), say("value"), say("state")], rows: line.stat.items.map(({ label, value, state }) => [label, rawValue(value), state]) };
  if (line.view === "cards") return { columns: [say("label"), say("state"), "", ""], rows: line.cards.map(({ title, state, text, sub }) => [title, state, text ?? "", sub ?? ""]) };
  return null;
}

/** A cell of a CSV file; a leading sign that a spreadsheet would run as a formula is disarmed. */
export function csvCell(text) {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Starts a download; the mark in front tells spreadsheets that the file is UTF-8. */
export function download({ columns, rows }, name) {
  const text = [columns, ...rows].map((row) => row.map((cell) => csvCell(String(cell))).join(",")).join("\r\n");
  const link = el("a", { href: URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" })), download: `${name}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The rows as a table, the newest first where they are times. */
export function rowsTable({ columns, rows }, newestFirst) {
  const shown = (newestFirst ? [...rows].reverse() : rows).slice(0, SHOWN);
  const head = el("tr", {}, columns.map((title, i) => el("th", { scope: "col", class: i && newestFirst ? "num" : "" }, title)));
  const body = shown.map((row) => el("tr", {}, row.map((cell, i) => el("td", { class: i && newestFirst ? "num" : "" }, cell === "" ? "–" : cell))));
  const note = rows.length > SHOWN ? el("p", { class: "hint" }, say("firstRows", { n: SHOWN })) : "";
  return [note, el("table", { class: "data" }, el("thead", {}, head), el("tbody", {}, body))].filter(Boolean);
}
