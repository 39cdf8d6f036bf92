// Things with a state each: services, alerts.
import { el } from "./draw.js";
import { stateWord } from "./words.js";

function card({ title, text, state, sub, href }) {
  const word = stateWord(state);
  const head = el("div", { class: "tile-head" }, el("strong", { title }, title), word ? el("span", { class: `badge ${state}` }, word) : "");
  return el(href ? "a" : "div", { class: "tile", href, data: { state }, role: href ? null : "listitem" }, head,
    text || sub ? el("div", { class: "tile-foot" }, text ? el("p", {}, text) : "", sub ? el("small", {}, sub) : "") : "");
}

/** What periodic checks found: in words, and where it is not well with a badge. */
function check({ text, state }) {
  return el("span", { class: "cards-check" }, state === "ok" ? "" : el("span", { class: `badge ${state}` }, stateWord(state)), text);
}

/** Cards in `body`; `update(line)` draws new ones. */
export function makeCards(panel, body) {
  return {
    update(line) {
      const note = line.note ? el("p", { class: line.cards.length ? "cards-note" : "cards-note is-alone" }, line.notes ? line.notes.map(check) : line.note) : "";
      const scrolled = body.querySelector(".cards")?.scrollTop ?? 0;
      const list = line.cards.length ? el("div", { class: "cards", role: "list", tabIndex: 0, "aria-labelledby": `title-${panel.id}` }, line.cards.map(card)) : "";
      body.replaceChildren(...[note, list].filter(Boolean));
      if (list) list.scrollTop = scrolled;
    },
    destroy() {},
  };
}
