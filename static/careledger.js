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
    saveForm(form);
  }
});

// A form with two buttons says which of them the keys mean.
function saveForm(form) {
  form?.requestSubmit(form.querySelector("[data-default]"));
}

function closeMenus(which, refocus = false) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!which(menu)) continue;
    menu.open = false;
    if (refocus) menu.querySelector("summary").focus();
  }
}

// A passkey that was cancelled or is not known here.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("[data-passkey-failed]")?.removeAttribute("hidden");
});

// A refused form starts at its error summary, a saved one at the message that says so.
const startAt = (selector) => document.querySelector(selector)?.focus();
startAt("[data-error-summary]");

// Leaving with a half-written note asks first.
let sent = false;
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-guard]") && !event.defaultPrevented) sent = true;
});
addEventListener("beforeunload", (event) => {
  const notes = [...document.querySelectorAll("form[data-guard] textarea")];
  if (!sent && notes.some((note) => note.value.trim())) event.preventDefault();
});

// Signing in, in any tab, changes the token that a form must send: it is read when the form is sent, not when the page was made.
const freshToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
document.addEventListener("submit", ({ target }) => {
  const field = target.querySelector("[name=csrfmiddlewaretoken]");
  if (field) field.value = freshToken() ?? field.value;
}, true);
// What nobody asked for, polls and things loaded later, says so: it keeps no session alive.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { type = "load" } = detail.triggeringEvent ?? {};
  if (["load", "hx:poll:trigger", "revealed", "intersect"].includes(type)) detail.headers["X-Polling"] = "1";
  const token = freshToken() ?? detail.parameters.csrfmiddlewaretoken;
  if (!token) return;
  detail.headers["X-CSRFToken"] = token;
  if ("csrfmiddlewaretoken" in detail.parameters) detail.parameters.csrfmiddlewaretoken = token;
});

// A request without an answer, refused, or sent to the sign-in page says so and leaves what was typed.
const NOTICES = ["no-answer", "signed-out"];
function say(notice, { requestConfig, target }) {
  for (const id of NOTICES) document.getElementById(id)?.toggleAttribute("hidden", id !== notice);
  if (!notice) return;
  const { elt } = requestConfig;
  const unknown = document.getElementById(elt.dataset.unanswered);
  if (unknown) target.replaceChildren(unknown.content.cloneNode(true));
  if (elt.matches("form[data-save-keys]")) document.getElementById(notice).scrollIntoView({ block: "center" });
}
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => say("no-answer", detail));
}
document.addEventListener("htmx:responseError", ({ detail }) => say(detail.xhr.status === 403 ? "signed-out" : "no-answer", detail));
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.shouldSwap) return;
  const isSignIn = detail.pathInfo.responsePath?.startsWith("/accounts/");
  if (isSignIn) detail.shouldSwap = false;
  say(isSignIn ? "signed-out" : null, detail);
});

// What came instead of a whole page starts where a page would: at its top, at what it says first.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  fold();
  const { elt, triggeringEvent } = detail.requestConfig ?? {};
  if (elt?.matches("form[data-save-keys]")) startAt("[data-error-summary], [data-said]");
  if (triggeringEvent?.submitter?.name === "after") {
    startAt("[data-list-title]");
    scrollTo({ top: 0, behavior: "instant" });  // last: giving focus may scroll
  }
});

// Long notes are cut after some lines; their button shows the rest.
function fold() {
  for (const button of document.querySelectorAll("[data-unfold]")) {
    const text = button.previousElementSibling;
    button.hidden = !text.classList.contains("open") && text.scrollHeight <= text.clientHeight + 1;
  }
}
fold();
addEventListener("resize", fold);
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-unfold]");
  if (!button) return;
  const open = button.previousElementSibling.classList.toggle("open");
  button.setAttribute("aria-expanded", open);
});

// Paper shows every source.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:is(.cite, .folded):not([open])")];
  folded.forEach((cite) => { cite.open = true; });
});
addEventListener("afterprint", () => folded.forEach((cite) => { cite.open = false; }));
