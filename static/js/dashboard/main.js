// A dashboard's page: asks for its panels, hands each line to its panel, and asks again when it is time.
import { isTyping } from "../shell.js";
import { Panel } from "./panels.js";
import { Range } from "./range.js";
import { Refresh } from "./refresh.js";
import { readUntilDone, Refused } from "./stream.js";
import { startVariables } from "./variables.js";
import { ago, say } from "./words.js";

const settings = JSON.parse(document.getElementById("dashboard-data").textContent);
const head = document.getElementById("toolbar");
const notice = document.getElementById("notice");
const age = document.getElementById("age");
// Server's clock minus this one's, and the zone's shift of what charts print.
let skew = 0;
let offset = 0;
let asking = null;

const now = () => Date.now() + skew;
const range = new Range(settings, () => ask());
// The clock never cuts off answers that are still on their way: from a slow source none would ever arrive.
const refresh = new Refresh(settings.refresh, (byHand) => { if (byHand || !asking) ask(); });
const page = {
  locale: settings.locale,
  zone: settings.zone,
  slug: settings.slug,
  now,
  retry: (id) => ask([id]),
  zoom: (from, to) => range.zoomTo(from - offset, to - offset),
  zoomOut: () => range.zoomOut(),
  link: (id) => `${location.origin}${location.pathname}?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), from: range.from, to: range.to })}#panel-${id}`,
};
const panels = new Map([...document.querySelectorAll(".panel[data-panel]")].map((node) => [node.dataset.panel, new Panel(node, page)]));

function address(only) {
  const query = new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("var-")));
  query.set("from", range.from);
  query.set("to", range.to);
  if (only) query.set("panels", only.join(","));
  return `${settings.data_url}?${query}`;
}

function tell(message, again) {
  notice.hidden = !message;
  notice.querySelector("span").textContent = message ?? "";
  const button = notice.querySelector("button");
  button.hidden = !again;
  button.onclick = again ?? null;
}

function take(line) {
  if (line.range) {
    skew = line.range.now - Date.now();
    offset = line.range.offset_s * 1000;
    range.understood(line.range);
  } else if (line.panel) panels.get(line.panel)?.show(line);
}

function refused(error) {
  if (error.status === 401) return location.reload();
  const beside = error.field === "from" || error.field === "to";
  if (beside) range.complain(error.field, error.message);
  tell(beside ? null : error.message || say("refused"), null);
}

/** Asks for all panels, or some; what was still under way is dropped. */
async function ask(only = null) {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  refresh.started();
  head.classList.add("is-loading");
  const wanted = [...panels.values()].filter(({ id }) => !only || only.includes(id));
  for (const panel of wanted) panel.asked();
  try {
    const onWait = (seconds, again) => tell(seconds === null ? null : say("lost", { n: seconds }), again);
    await readUntilDone(address(only), { onLine: take, onWait, signal: mine.signal });
    tell(null);
  } catch (error) {
    if (mine.signal.aborted) return;
    if (error instanceof Refused) refused(error);
    else tell(say("refused"), () => ask());
  }
  if (asking !== mine) return;
  asking = null;
  refresh.started();
  head.classList.remove("is-loading");
  for (const panel of wanted) panel.ended();
  tick();
}

function tick() {
  const newest = Math.max(...[...panels.values()].map(({ line }) => line?.at ?? 0));
  age.hidden = !newest || !range.isLive;
  if (!age.hidden) {
    const seconds = (now() - newest) / 1000;
    age.textContent = ago(Math.max(0, seconds));
    age.dataset.state = seconds > Math.max(120, 3 * refresh.seconds) ? "late" : "live";
  }
  for (const panel of panels.values()) panel.tick();
}

function focusedPanel() {
  return panels.get(document.activeElement?.closest(".panel")?.dataset.panel) ?? panels.get(document.querySelector(".panel:hover")?.dataset.panel);
}

const KEYS = {
  t: () => { range.box.open = !range.box.open; if (range.box.open) document.getElementById("range-from").select(); },
  r: () => ask(),
  "[": () => range.shift(-1),
  "]": () => range.shift(1),
  "-": () => range.zoomOut(),
  f: () => focusedPanel()?.full(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const full = document.querySelector(".panel.is-full");
    if (full && !document.querySelector("dialog[open]")) panels.get(full.dataset.panel).full();
    return;
  }
  if (event.defaultPrevented || isTyping() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

setInterval(tick, 1000);
ask();
startVariables(settings.variables_url, () => ask());
