// When to ask again: by the clock, but never behind the reader's back (hidden tab) or in the way (selecting, typing).
import { isTyping } from "../shell.js";

function isBusy() {
  const selection = document.getSelection();
  const selecting = selection && !selection.isCollapsed && selection.toString().trim() !== "";
  const open = document.querySelector(".range[open], .variable details[open], .panel-menu[open]");
  return Boolean(selecting || open || (isTyping() && !document.activeElement.matches("select.refresh-select")));
}

/** Calls `due(byHand)` every `seconds` (0: never) after the last `started()`, and when the button is pressed. */
export class Refresh {
  constructor(seconds, due) {
    this.seconds = seconds;
    this.due = due;
    this.last = Date.now();
    setInterval(() => this.check(), 500);
    document.addEventListener("visibilitychange", () => this.check());
    const select = document.getElementById("refresh-every");
    select.addEventListener("change", () => {
      this.seconds = Number(select.value);
      const query = new URLSearchParams(location.search);
      query.set("refresh", select.value);
      history.replaceState(null, "", `?${query}`);
    });
    document.getElementById("refresh-now").addEventListener("click", () => due(true));
  }

  started() {
    this.last = Date.now();
  }

  check() {
    if (!this.seconds || document.hidden || Date.now() - this.last < this.seconds * 1000 || isBusy()) return;
    this.due(false);
  }
}
