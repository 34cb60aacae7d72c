// Before the first paint: scripts run here; light or dark as the person chose, else as the system asks, and follows it.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.bsTheme = localStorage.getItem("theme") || (system.matches ? "dark" : "light");
  };
  document.documentElement.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
})();
