// The choices above the panels: values are fetched once a page, chosen ones stand in the address.
import { el } from "./draw.js";
import { say } from "./words.js";

function chosenIn(query, name) {
  return query.getAll(`var-${name}`);
}

function makeVariable(box, onChange) {
  const name = box.dataset.variable;
  const multi = "multi" in box.dataset;
  const list = box.querySelector(".variable-options");
  const filter = box.querySelector(".variable-filter");
  const shown = box.querySelector(".variable-value");
  let values = [];

  function choose(value, on) {
    const query = new URLSearchParams(location.search);
    const before = chosenIn(query, name);
    query.delete(`var-${name}`);
    const after = value === null ? [] : multi ? (on ? [...before, value] : before.filter((one) => one !== value)) : [value];
    for (const one of after) query.append(`var-${name}`, one);
    history.pushState(null, "", `?${query}`);
    draw();
    onChange();
  }

  function option(value, chosen) {
    const on = value === null ? chosen.length === 0 : chosen.includes(value);
    const input = el("input", { type: multi ? "checkbox" : "radio", name: `choice-${name}`, checked: on, onchange: () => choose(value, input.checked) });
    return el("label", { class: "menu-item" }, input, value ?? say("all"));
  }

  function draw() {
    const chosen = chosenIn(new URLSearchParams(location.search), name);
    shown.textContent = chosen.length === 0 ? say("all") : chosen.length <= 2 ? chosen.join(", ") : `${chosen[0]} +${chosen.length - 1}`;
    const word = filter.value.toLowerCase();
    const fitting = [...new Set([...chosen, ...values])].filter((value) => value.toLowerCase().includes(word)).sort();
    const focused = list.contains(document.activeElement) ? document.activeElement.parentElement.textContent : null;
    list.replaceChildren(option(null, chosen), ...fitting.slice(0, 300).map((value) => option(value, chosen)));
    if (focused) [...list.children].find((label) => label.textContent === focused)?.querySelector("input").focus();
  }

  filter.addEventListener("input", draw);
  draw();
  return { name, draw, fill(found) { values = found; draw(); }, failed: () => list.replaceChildren(el("p", { class: "hint" }, say("notLoaded"))) };
}

/** Makes the choices work; returns a function that draws them anew after Back and Forward. */
export async function startVariables(url, onChange) {
  const variables = [...document.querySelectorAll("[data-variable]")].map((box) => makeVariable(box, onChange));
  addEventListener("popstate", () => variables.forEach((one) => one.draw()));
  if (!variables.length || !url) return;
  try {
    const query = new URLSearchParams(location.search);
    const response = await fetch(`${url}?${new URLSearchParams([...query].filter(([key]) => key === "from" || key === "to"))}`);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const { variables: found } = await response.json();
    for (const one of variables) one.fill(found[one.name] ?? []);
  } catch {
    for (const one of variables) one.failed();
  }
}
