// The time range: kept in the address, shown in the toolbar, changed by typing, presets, shifting and zooming.

const RECENT = "glimpse.ranges";
const KEPT = 6;
const SHORTEST = 10_000;

function recent() {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? "[]").filter((one) => one?.from && one?.to);
  } catch {
    return [];
  }
}

function remember(from, to) {
  const list = [{ from, to }, ...recent().filter((one) => one.from !== from || one.to !== to)].slice(0, KEPT);
  try {
    localStorage.setItem(RECENT, JSON.stringify(list));
  } catch { /* not kept, but done */ }
}

/** The page's range. `onChange` is called after the address has changed. */
export class Range {
  constructor({ from, to, locale, zone }, onChange) {
    Object.assign(this, { from, to, locale, zone, onChange });
    this.resolved = null;
    this.box = document.getElementById("range");
    this.form = document.getElementById("range-form");
    // The page came with a complaint: the dashboard's own range is shown, what was typed stays beside its message.
    this.refused = Boolean(this.box.querySelector(".field.invalid"));
    this.listen();
    this.show();
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.set(this.form.elements.from.value.trim(), this.form.elements.to.value.trim());
    });
    this.box.addEventListener("click", (event) => {
      const link = event.target.closest("[data-from]");
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.set(link.dataset.from, link.dataset.to);
    });
    for (const picker of this.box.querySelectorAll("[data-fills]")) {
      picker.addEventListener("change", () => {
        if (picker.value) document.getElementById(picker.dataset.fills).value = picker.value.replace("T", " ");
      });
    }
    this.box.addEventListener("toggle", () => { if (this.box.open) this.showRecent(); });
    for (const button of document.querySelectorAll("[data-shift]")) button.addEventListener("click", () => this.shift(Number(button.dataset.shift)));
    document.querySelector("[data-zoom-out]").addEventListener("click", () => this.zoomOut());
    addEventListener("popstate", () => {
      const query = new URLSearchParams(location.search);
      this.from = query.get("from") ?? this.first.from;
      this.to = query.get("to") ?? this.first.to;
      this.show();
      this.onChange();
    });
    this.first = { from: this.from, to: this.to };
  }

  /** Takes a range in words; the server says whether they are good ones. */
  set(from, to) {
    this.from = from;
    this.to = to;
    this.resolved = null;
    this.refused = false;
    const query = new URLSearchParams(location.search);
    query.set("from", from);
    query.set("to", to);
    history.pushState(null, "", `?${query}`);
    this.box.open = false;
    this.show();
    this.onChange();
  }

  /** The server's reading of the words, in epoch ms. */
  understood({ from, to }) {
    this.resolved = { from, to };
    if (!this.refused) this.complain(null);
    if (!/^\d+$/.test(this.from)) remember(this.from, this.to);
    this.show();
  }

  /** Puts the server's complaint beside its field, and opens the form. */
  complain(field, message = "") {
    for (const name of ["from", "to"]) {
      const wrong = name === field;
      const note = document.getElementById(`range-${name}-error`);
      note.textContent = wrong ? message : "";
      note.hidden = !wrong;
      note.closest(".field").classList.toggle("invalid", wrong);
      document.getElementById(`range-${name}`).toggleAttribute("aria-invalid", wrong);
    }
    if (field) {
      this.box.open = true;
      document.getElementById(`range-${field}`)?.focus();
    }
  }

  zoomTo(from, to) {
    if (to - from < SHORTEST) {
      const middle = (from + to) / 2;
      [from, to] = [middle - SHORTEST / 2, middle + SHORTEST / 2];
    }
    this.set(String(Math.round(from)), String(Math.round(to)));
  }

  zoomOut() {
    if (!this.resolved) return;
    const { from, to } = this.resolved;
    const half = (to - from) / 2;
    const end = Math.min(to + half, Math.max(to, Date.now()));
    this.zoomTo(end - half * 4, end);
  }

  shift(direction) {
    if (!this.resolved) return;
    const { from, to } = this.resolved;
    const by = ((to - from) / 2) * direction;
    this.zoomTo(from + by, to + by);
  }

  get isLive() {
    return this.to.startsWith("now") && !this.to.includes("-");
  }

  show() {
    const label = this.words();
    this.box.querySelector(".range-label").textContent = label;
    const typed = (text) => (/^\d{11,}$/.test(text) ? this.clock(Number(text)) : text);
    if (!this.refused) {
      this.form.elements.from.value = typed(this.from);
      this.form.elements.to.value = typed(this.to);
    }
    for (const link of this.box.querySelectorAll(".presets [data-from]")) {
      if (link.dataset.from === this.from && link.dataset.to === this.to) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    // Links to other dashboards keep the moment.
    for (const link of document.querySelectorAll("a[data-keeps-time]")) {
      link.search = `?${new URLSearchParams({ from: this.from, to: this.to })}`;
    }
  }

  words(from = this.from, to = this.to) {
    const preset = [...this.box.querySelectorAll(".presets [data-from]")].find((link) => link.dataset.from === from && link.dataset.to === to);
    if (preset) return preset.textContent.trim();
    const epochs = [from, to].map((text) => (/^\d{11,}$/.test(text) ? Number(text) : null));
    if (epochs.every((one) => one !== null)) {
      const long = epochs[1] - epochs[0] < 600_000;
      const format = new Intl.DateTimeFormat(this.locale, { timeZone: this.zone, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: long ? "2-digit" : undefined, hourCycle: "h23" });
      return format.formatRange(...epochs);
    }
    return `${from} – ${to}`;
  }

  /** "2026-11-23 10:00:00" in the reader's zone, as the form takes it. */
  clock(epoch) {
    const parts = Object.fromEntries(new Intl.DateTimeFormat("en-CA", { timeZone: this.zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).formatToParts(epoch).map(({ type, value }) => [type, value]));
    return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
  }

  showRecent() {
    const list = recent().filter(({ from, to }) => from !== this.from || to !== this.to).slice(0, 4);
    const box = document.getElementById("recent");
    box.hidden = list.length === 0;
    box.querySelector("div").replaceChildren(...list.map(({ from, to }) => {
      const link = document.createElement("a");
      link.className = "menu-item";
      link.dataset.from = from;
      link.dataset.to = to;
      link.href = `?${new URLSearchParams({ from, to })}`;
      link.textContent = this.words(from, to);
      return link;
    }));
  }
}
