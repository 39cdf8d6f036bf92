// Elements without markup in strings: text is always text.

/** An element with properties, data-… and aria-… attributes, and children (nodes or text). */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "data") Object.assign(node.dataset, value);
    else if (name === "class") node.className = value;
    else if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** A copy of the icon in <template id="icon-…">. */
export function icon(name) {
  return document.getElementById(`icon-${name}`).content.cloneNode(true);
}
