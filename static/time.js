// Time: the clock of the running timer, "ended now", phrases, and single keys. The server renders every word and keeps every minute.

// The clock ticks here from what the server said when the page came; the device's own time of day plays no part.
const seen = new WeakMap();
function tick() {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    if (!seen.has(clock)) seen.set(clock, performance.now() / 1000 - Number(clock.dataset.clock));
    const seconds = Math.floor(performance.now() / 1000 - seen.get(clock));
    const pad = (number) => String(number).padStart(2, "0");
    clock.textContent = `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  }
}
setInterval(tick, 1000);

// A field changed by a click says so as if it had been typed: the preview follows.
const typed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

// "8" and "ended now" become 2:52pm-3:00pm on the agency's clock.
function endedNow(button) {
  const field = button.closest("form").elements.minutes;
  const minutes = Number(field.value);
  if (Number.isInteger(minutes) && minutes > 0 && minutes <= 600) {
    const clock = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone: button.dataset.zone });
    const say = (moment) => clock.format(moment).replace(/\s/g, "").toLowerCase();
    field.value = `${say(Date.now() - minutes * 60_000)}-${say(Date.now())}`;
    typed(field);
  }
  field.focus();
}

// A phrase goes in where the cursor was, set apart from what stands there.
function insert(phrase) {
  const note = phrase.closest("form").elements.note;
  const { selectionStart: from, selectionEnd: to, value } = note;
  const gap = from && !/\s$/.test(value.slice(0, from)) ? " " : "";
  note.setRangeText(gap + phrase.dataset.phrase, from, to, "end");
  typed(note);
  note.focus();
}

// Time of transitional care is after a discharge that runs, unless somebody says otherwise.
document.addEventListener("change", ({ target }) => {
  if (target.name !== "program" || target.value !== "transitional_care") return;
  const after = target.form.elements.transition;
  if (after && !after.value) after.selectedIndex = 1;
});

const keys = document.getElementById("keys");
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-ended-now], [data-phrase], [data-show-keys]");
  if (button?.matches("[data-ended-now]")) endedNow(button);
  if (button?.matches("[data-phrase]")) insert(button);
  if (button?.matches("[data-show-keys]")) keys.showModal();
});

// Single keys (WCAG 2.1.4: off for whoever switched them off, and never while typing or with a modifier).
const DOES = {
  t: () => (document.querySelector("form[data-timer=start]") ?? document.querySelector("form[data-timer=stop]"))?.requestSubmit(),
  l: () => document.querySelector("[data-log-time]")?.elements.minutes.focus(),
  s: () => saveForm(document.querySelector("form[data-save-keys]")),
  j: () => toRow(1),
  k: () => toRow(-1),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => keys?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (!("shortcuts" in document.body.dataset) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const { target } = event;
  if (target.isContentEditable || target.closest("input, textarea, select, dialog[open]") || !(event.key in DOES)) return;
  event.preventDefault();
  DOES[event.key]();
});
