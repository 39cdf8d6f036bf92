// A table that sorts by its headings, with bars and states in its cells.
import { el } from "./draw.js";
import { say, stateWord } from "./words.js";

function compare(a, b) {
  const empty = (value) => value === null || value === undefined || value === "";
  if (empty(a) || empty(b)) return empty(a) === empty(b) ? 0 : empty(a) ? -Infinity : Infinity;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** Rows in this order; cells without a value come last in both directions. */
export function sorted(rows, index, descending) {
  return [...rows].sort((a, b) => {
    const order = compare(a.cells[index]?.value ?? null, b.cells[index]?.value ?? null);
    if (!Number.isFinite(order)) return order < 0 ? 1 : -1;
    return descending ? -order : order;
  });
}

function cell({ text, state, bar, href }, column) {
  const word = state && state !== "ok" ? stateWord(state) : "";
  const inner = href ? el("a", { href }, text) : text;
  const td = el("td", { class: column.align === "right" ? "num" : "", data: state ? { state } : {} }, inner, word ? el("span", { class: "visually-hidden" }, ` (${word})`) : "");
  if (bar !== undefined && bar !== null) {
    const track = el("span", { class: "bar", "aria-hidden": "true" });
    track.style.setProperty("--share", `${Math.round(Math.min(1, Math.max(0, bar)) * 1000) / 10}%`);
    td.append(track);
  }
  return td;
}

/** A table in `body`; `update(line)` draws new rows and keeps the reader's sorting. */
export function makeTable(panel, body) {
  const scroll = el("div", { class: "data-scroll", tabIndex: 0, role: "region", "aria-labelledby": `title-${panel.id}` });
  body.replaceChildren(scroll);
  let sorting = null;
  let table = null;

  function heading(column) {
    const here = sorting?.column === column.id;
    const arrow = here ? (sorting.descending ? " ↓" : " ↑") : "";
    const onclick = () => {
      const numeric = column.align === "right";
      sorting = { column: column.id, descending: here ? !sorting.descending : numeric };
      draw();
      scroll.querySelector(`th[data-id="${CSS.escape(column.id)}"] button`)?.focus();
    };
    const button = el("button", { type: "button", onclick, title: say("sort", { title: column.title }) }, column.title, el("span", { "aria-hidden": "true" }, arrow));
    return el("th", { scope: "col", class: column.align === "right" ? "num" : "", data: { id: column.id }, "aria-sort": here ? (sorting.descending ? "descending" : "ascending") : "none" }, button);
  }

  function draw() {
    const index = table.columns.findIndex(({ id }) => id === sorting?.column);
    const rows = index < 0 ? table.rows : sorted(table.rows, index, sorting.descending);
    const lines = rows.map(({ cells }) => el("tr", {}, cells.map((one, i) => cell(one, table.columns[i]))));
    const top = scroll.scrollTop;
    scroll.replaceChildren(el("table", { class: "data" }, el("caption", { class: "visually-hidden" }, panel.title), el("thead", {}, el("tr", {}, table.columns.map(heading))), el("tbody", {}, lines)));
    scroll.scrollTop = top;
  }

  return {
    update(line) {
      table = line.table;
      sorting ??= table.sort?.column ? { ...table.sort } : null;
      draw();
    },
    destroy() {},
  };
}
