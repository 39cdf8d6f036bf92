// What charts look like, taken from the CSS custom properties, so that there is one place for colours.

const root = document.documentElement;

function property(name) {
  return getComputedStyle(root).getPropertyValue(name).trim();
}

/** The parts of a Plotly layout that belong to the theme. */
export function themeLayout(locale) {
  const axis = { gridcolor: property("--chart-grid"), linecolor: property("--chart-zero"), zerolinecolor: property("--chart-zero"), tickcolor: property("--chart-zero") };
  const day = locale === "ko" ? "%-m월 %-d일" : "%b %-d";
  const month = locale === "ko" ? "%Y년 %-m월" : "%b %Y";
  return {
    font: { family: property("--font"), size: 11, color: property("--chart-axis") },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 8, r: 6, t: 8, b: 22, pad: 0 },
    showlegend: false,
    hovermode: false,
    dragmode: false,
    bargap: 0.15,
    xaxis: {
      ...axis, showgrid: false, zeroline: false, ticks: "outside", ticklen: 4, fixedrange: true, showline: true,
      tickformatstops: [
        { dtickrange: [null, 60000], value: "%H:%M:%S" },
        { dtickrange: [60000, 86400000], value: `%H:%M\n${day}` },
        { dtickrange: [86400000, "M1"], value: day },
        { dtickrange: ["M1", null], value: month },
      ],
    },
    yaxis: { ...axis, zeroline: false, fixedrange: true, automargin: true, ticks: "", ticklabelstandoff: 4, showline: false },
  };
}

/** Calls back whenever the colours change: the reader's choice, or the machine's. */
export function onThemeChange(callback) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
  new MutationObserver(callback).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
}

/** A map library inside Plotly adds a style sheet while its script runs; with the page's nonce the policy lets it. */
function lendNonce(script) {
  const nonce = document.getElementById("plotly.js-style-global")?.nonce;
  const create = document.createElement;
  document.createElement = function createElement(name, ...rest) {
    const node = create.call(document, name, ...rest);
    if (name === "style") node.nonce = nonce;
    return node;
  };
  const restore = () => { document.createElement = create; };
  script.addEventListener("load", restore);
  script.addEventListener("error", restore);
}

// This module stands before Plotly's script in the page, so it runs first.
if (!window.Plotly && document.getElementById("plotly")) lendNonce(document.getElementById("plotly"));

let ready;

/** Plotly, once its deferred script has run; rejects where it could not be loaded. */
export function plotly() {
  ready ??= new Promise((resolve, reject) => {
    if (window.Plotly) resolve(window.Plotly);
    const script = document.getElementById("plotly");
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => reject(new Error("plotly")));
  });
  return ready;
}
