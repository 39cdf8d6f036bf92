// A panel and its states: loading, value, no data, stale, error; and its menu.
import { toast } from "../shell.js";
import { makeCards } from "./cards.js";
import { makeChart } from "./charts.js";
import { el, icon } from "./draw.js";
import { download, rowsOf, rowsTable } from "./exports.js";
import { makeStat } from "./stat.js";
import { makeTable } from "./table.js";
import { ago, say } from "./words.js";

const MAKERS = { chart: makeChart, stat: makeStat, table: makeTable, cards: makeCards };

/** One panel of the page. `page` offers locale, zone, slug, now(), retry(id), zoom, zoomOut, link(id). */
export class Panel {
  constructor(node, page) {
    this.node = node;
    this.page = page;
    this.id = node.dataset.panel;
    this.title = node.querySelector(".panel-title").textContent.trim();
    this.body = node.querySelector(".panel-body");
    this.badge = node.querySelector(".panel-badge");
    this.line = null;
    this.view = null;
    node.addEventListener("click", (event) => {
      const action = event.target.closest("[data-action]")?.dataset.action;
      if (!action) return;
      event.target.closest("details").open = false;
      this[action]();
    });
  }

  /** A refresh has begun: what is shown stays. */
  asked() {
    this.answered = false;
    this.node.setAttribute("aria-busy", "true");
  }

  /** Shows the panel's line of the stream. */
  show(line) {
    this.answered = true;
    this.line = line;
    this.node.setAttribute("aria-busy", "false");
    if (line.state === "error") this.says("error", line.error.message, line.error.advice, line.error.retryable !== false, line.error.detail);
    else if (line.state === "nodata") this.says("nodata", line.message || say("nodata"), line.hint, false);
    else this.value(line);
    this.node.dataset.state = line.state;
    this.tick();
  }

  value(line) {
    if (!this.view) {
      const maker = MAKERS[line.view] ?? makeCards;
      this.view = maker({ id: this.id, title: this.title }, this.body, this.actions(), this.page.locale);
    }
    this.view.update(line);
  }

  actions() {
    return { zoom: this.page.zoom, zoomOut: this.page.zoomOut, failed: (message) => this.says("error", message, "", false) };
  }

  /** Words in place of a value. */
  says(state, message, advice, retryable, detail) {
    this.view?.destroy();
    this.view = null;
    const again = retryable ? el("button", { class: "button small", type: "button", onclick: () => this.page.retry(this.id) }, say("retry")) : "";
    const more = detail && detail !== message ? el("code", {}, detail) : "";
    this.body.replaceChildren(el("div", { class: "panel-says" }, icon(state), el("strong", {}, message), advice ? el("p", {}, advice) : "", more, again));
    this.node.dataset.state = state;
  }

  /** The stream has ended without this panel: say so where nothing is shown yet. */
  ended() {
    this.node.setAttribute("aria-busy", "false");
    if (!this.answered && this.node.dataset.state === "loading") this.says("error", say("failed"), say("failedAdvice"), true);
  }

  /** Called each second: the age of what is stale moves on. */
  tick() {
    const stale = this.line?.state === "stale";
    this.badge.hidden = !stale;
    if (stale) this.badge.title = this.badge.textContent = say("stale", { n: ago((this.page.now() - this.line.at) / 1000) });
  }

  query() {
    const queries = this.line?.queries ?? [];
    const when = (seconds) => new Intl.DateTimeFormat(this.page.locale, { timeZone: this.page.zone, dateStyle: "medium", timeStyle: "medium" }).format(seconds * 1000);
    const fact = (name, text) => el("div", {}, el("dt", {}, name), el("dd", {}, text));
    const blocks = queries.map((one) => el("section", { class: "query" },
      el("div", { class: "query-head" }, el("h3", {}, `${say("query")} ${one.ref ?? ""}`), el("button", { class: "button small", type: "button", onclick: () => copy(one.expr, say("copied")) }, say("copy"))),
      el("pre", {}, el("code", {}, one.expr)),
      el("dl", {}, fact(say("step"), one.step ? `${one.step} s` : say("instant")), one.step ? fact(say("start"), when(one.start)) : "", fact(say("end"), when(one.end)),
        fact(say("took"), one.seconds === null ? "–" : `${Math.round(one.seconds * 1000)} ms`), fact(say("series"), one.series ?? "–")),
      (one.warnings ?? []).map((warning) => el("p", { class: "message warning" }, warning))));
    dialog(this.title, blocks.length ? blocks : [el("p", {}, say("noQuery"))]);
  }

  rows() {
    const rows = rowsOf(this.line);
    dialog(this.title, rows ? rowsTable(rows, this.line.view === "chart") : [el("p", {}, say("noRows"))], rows && (() => this.csv()));
  }

  csv() {
    const rows = rowsOf(this.line);
    if (rows) download(rows, `${this.page.slug}-${this.id}`);
    else toast(say("noRows"));
  }

  full() {
    const on = this.node.classList.toggle("is-full");
    document.body.style.overflow = on ? "hidden" : "";
    this.node.focus();
  }

  link() {
    copy(this.page.link(this.id), say("linkCopied"));
  }
}

async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https there is no clipboard but this one.
    const area = el("textarea", { value: text, class: "visually-hidden" });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(done);
}

function dialog(title, content, csv) {
  const box = document.getElementById("panel-dialog");
  box.querySelector("h2").textContent = title;
  box.querySelector(".dialog-body").replaceChildren(...content);
  const button = box.querySelector("[data-dialog-csv]");
  button.hidden = !csv;
  button.onclick = csv || null;
  box.showModal();
}
