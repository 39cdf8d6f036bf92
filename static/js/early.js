// Runs before the first paint, so that nothing jumps: says that scripts run, and narrows the navigation if asked.
(function () {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    if (localStorage.getItem("glimpse.nav") === "narrow") root.dataset.nav = "narrow";
  } catch { /* storage may be refused; the navigation is wide then */ }
})();
