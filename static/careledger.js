// What the pages do beyond links, forms and htmx. Behaviour hangs on data-* attributes; the server renders every word.

const root = document.documentElement;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggle-theme], [data-print]");
  if (button?.matches("[data-toggle-theme]")) {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.bsTheme);
  }
  if (button?.matches("[data-print]")) print();
  closeMenus((menu) => !menu.contains(event.target));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus((menu) => menu.contains(document.activeElement), true);
  const form = event.target.closest?.("form[data-save-keys]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

function closeMenus(which, refocus = false) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!which(menu)) continue;
    menu.open = false;
    if (refocus) menu.querySelector("summary").focus();
  }
}

// A refused form starts at its error summary.
document.querySelector("[data-error-summary]")?.focus();

// Leaving with a half-written note asks first.
let unsaved = null;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form && event.target.matches("textarea")) unsaved = event.target.value.trim() ? form : null;
});
document.addEventListener("submit", (event) => {
  if (event.target === unsaved) unsaved = null;
});
addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

// A request that gets no answer, or a redirect to the sign-in page, says so and leaves what was typed.
const show = (id, shown) => document.getElementById(id)?.toggleAttribute("hidden", !shown);
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => show("no-answer", true));
}
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { responsePath, finalRequestPath } = detail.pathInfo;
  const signedOut = Boolean(responsePath) && responsePath !== finalRequestPath;
  if (signedOut) detail.shouldSwap = false;
  show("signed-out", signedOut);
});
document.addEventListener("htmx:afterSwap", () => show("no-answer", false));

// Paper shows every source.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details.cite:not([open])")];
  folded.forEach((cite) => { cite.open = true; });
});
addEventListener("afterprint", () => folded.forEach((cite) => { cite.open = false; }));
