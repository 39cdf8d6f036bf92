// Behaviour of every page: keyboard, dialogs, popovers, theme.
import { openPalette } from "./palette.js";

const PLACES = { o: "/d/overview/", a: "/d/api/", b: "/d/business/", i: "/d/infrastructure/", c: "/checks/", p: "/accounts/preferences/" };
const root = document.documentElement;

/** Whether keys belong to a field at the moment. */
export function isTyping(target = document.activeElement) {
  return Boolean(target?.closest?.("input, textarea, select, [contenteditable]"));
}

/** A short note at the lower edge, also read aloud. */
export function toast(text) {
  const note = document.getElementById("toast");
  if (!note) return;
  note.textContent = text;
  note.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { note.hidden = true; }, 2600);
}

function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  if (id === "palette") openPalette(dialog);
  else dialog.showModal();
}

function toggleNavigation() {
  const narrow = root.dataset.nav !== "narrow";
  if (narrow) root.dataset.nav = "narrow";
  else delete root.dataset.nav;
  try {
    localStorage.setItem("glimpse.nav", narrow ? "narrow" : "wide");
  } catch { /* not kept, but done */ }
}

/** Chooses a theme at once and keeps it with the account, without leaving the page. */
async function setTheme(theme, form) {
  root.dataset.theme = theme;
  for (const button of document.querySelectorAll('.switch button[name="theme"]')) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  const body = new URLSearchParams({ theme, csrfmiddlewaretoken: form.querySelector("[name=csrfmiddlewaretoken]").value });
  await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => {});
}

function flipTheme() {
  const form = document.querySelector("form.switch");
  if (!form) return;
  const dark = getComputedStyle(root).colorScheme === "dark";
  setTheme(dark ? "light" : "dark", form);
}

document.addEventListener("click", (event) => {
  const target = event.target;
  for (const open of document.querySelectorAll("details[data-closes][open]")) {
    if (!open.contains(target)) open.open = false;
  }
  const opener = target.closest("[data-open]");
  if (opener) openDialog(opener.dataset.open);
  if (target.closest("[data-nav-toggle]")) toggleNavigation();
  // A click beside a dialog's box is a click on the dialog itself.
  if (target.matches?.("dialog.dialog")) {
    const box = target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) target.close();
  }
});

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!event.target.matches("form.switch") || button?.name !== "theme") return;
  event.preventDefault();
  setTheme(button.value, event.target);
});

document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (!opened.matches?.("details[data-closes]") || !opened.open) return;
  for (const other of document.querySelectorAll("details[data-closes][open]")) {
    if (other !== opened && !other.contains(opened)) other.open = false;
  }
}, true);

let chord = "";
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details[data-closes][open]");
    if (open) {
      open.open = false;
      open.querySelector("summary")?.focus();
    }
    return;
  }
  if (isTyping() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (!document.querySelector(".shell")) return;
  if (chord === "g") {
    chord = "";
    const place = PLACES[event.key];
    if (place) {
      event.preventDefault();
      // The moment goes along: a spike on one dashboard is looked at on the other.
      const here = new URLSearchParams(location.search);
      const along = new URLSearchParams();
      for (const name of ["from", "to"]) if (here.has(name)) along.set(name, here.get(name));
      location.assign(place + (place.startsWith("/d/") && along.size ? `?${along}` : ""));
    }
    return;
  }
  if (event.key === "g") {
    chord = "g";
    setTimeout(() => { chord = ""; }, 1200);
  } else if (event.key === "?") openDialog("keyboard");
  else if (event.key === "/") openDialog("palette");
  else if (event.key === "d") flipTheme();
  else if (event.key === "n") toggleNavigation();
  else return;
  event.preventDefault();
});
