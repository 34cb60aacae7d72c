// Lists of tasks: how far a moment is, the next row, and a form that is swapped in without touching another that is open.

// Counted on from what the server said when the page came; the device's own time of day plays no part.
const came = performance.now();
function count() {
  for (const list of document.querySelectorAll("[data-now]")) {
    const now = Number(list.dataset.now) + (performance.now() - came) / 1000;
    for (const time of list.querySelectorAll("[data-relative]")) {
      const away = Number(time.dataset.relative) - now;
      const minutes = Math.floor(Math.abs(away) / 60);
      const [unit, size] = minutes < 60 ? ["minutes", 1] : minutes < 2880 ? ["hours", 60] : ["days", 1440];
      time.textContent = list.dataset[(away <= 0 ? "late" : "in") + unit].replace("{}", Math.floor(minutes / size));
    }
  }
}
setInterval(count, 60_000);

// j and k (static/time.js): the row after or before the one that has the focus.
function toRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement?.closest("[data-row]"));
  rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
}

// What is saved in one row leaves what is being typed in another: only a list without another open form is exchanged whole.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (!detail.shouldSwap || !form.matches("form[data-attempt]")) return;
  const row = form.closest("[data-row]");
  if (detail.xhr.status < 400 && document.querySelectorAll("form[data-attempt]").length < 2) return;
  detail.target = row;
  detail.selectOverride = `#${row.id}`;
});
