// "Go to…": the pages and panels that this page links to, filtered as one types.

function places() {
  const found = new Map();
  for (const link of document.querySelectorAll("a[data-goto]")) found.set(link.getAttribute("href"), link.textContent.trim());
  for (const panel of document.querySelectorAll(".panel[id]")) {
    const title = panel.querySelector(".panel-title")?.textContent.trim();
    if (title) found.set(`#${panel.id}`, title);
  }
  return [...found].map(([href, text]) => ({ href, text }));
}

function option({ href, text }, index) {
  const link = document.createElement("a");
  link.className = "menu-item";
  link.href = href;
  link.id = `palette-${index}`;
  link.role = "option";
  link.tabIndex = -1;
  link.textContent = text;
  return link;
}

/** Opens the dialog, fills its list, and follows keys until it closes. */
export function openPalette(dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const none = dialog.querySelector("#palette-none");
  const all = places();
  let chosen = 0;

  function choose(index) {
    const options = [...list.children];
    chosen = options.length ? (index + options.length) % options.length : 0;
    options.forEach((item, i) => {
      item.setAttribute("aria-selected", String(i === chosen));
      if (i === chosen) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    });
    input.setAttribute("aria-activedescendant", options[chosen]?.id ?? "");
    options[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = all.filter(({ text, href }) => words.every((word) => `${text} ${href}`.toLowerCase().includes(word)));
    list.replaceChildren(...fitting.slice(0, 40).map(option));
    none.hidden = fitting.length > 0;
    choose(0);
  }

  input.value = "";
  input.oninput = show;
  input.onkeydown = (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    // A search field would only empty itself.
    else if (event.key === "Escape") dialog.close();
    else if (event.key === "Enter") list.children[chosen]?.click();
    else return;
    event.preventDefault();
  };
  list.onclick = () => dialog.close();
  show();
  dialog.showModal();
  input.focus();
}
