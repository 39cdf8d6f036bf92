// Words for people, from the page (templates/dashboards/_words.html), in the reader's language.

const words = document.getElementById("words")?.dataset ?? {};

/** The words of this key (camelCase of data-…), with {name} filled in. */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** How long ago, in words; `seconds` may be negative where clocks differ. */
export function ago(seconds) {
  if (seconds < 2) return say("now");
  if (seconds < 100) return say("secondsAgo", { n: Math.round(seconds) });
  if (seconds < 5400) return say("minutesAgo", { n: Math.round(seconds / 60) });
  if (seconds < 172800) return say("hoursAgo", { n: Math.round(seconds / 3600) });
  return say("daysAgo", { n: Math.round(seconds / 86400) });
}

/** The word for a state, or nothing for "none". */
export function stateWord(state) {
  return ["ok", "warning", "critical", "unknown"].includes(state) ? say(state) : "";
}
