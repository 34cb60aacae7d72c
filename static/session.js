// Keeps a session alive while somebody is typing, warns before a quiet one ends, and covers the page when it has ended.
// The server decides (tenancy/sessions.py); this only shows it in time. All tabs of a browser share one session, so they share "seen".

const dialog = document.getElementById("session-end");
if (dialog) {
  const idle = Number(dialog.dataset.idleSeconds) * 1000;
  const warning = Math.min(120000, idle / 3);
  const part = (name) => dialog.querySelector(`[data-${name}]`);
  let touched = 0;
  let over = false;

  const mark = () => localStorage.setItem("seen", Date.now());
  const seen = () => Number(localStorage.getItem("seen"));
  mark();

  function show(isOver) {
    over = isOver;
    part("soon").hidden = isOver;
    part("over").hidden = !isOver;
    dialog.classList.toggle("covers", isOver);
    if (!dialog.open) dialog.showModal();
  }

  // The answer to a sign of life is 204; anything else means that this page's person is signed out.
  async function stay() {
    const { "X-Acting-As": who } = JSON.parse(document.body.getAttribute("hx-headers"));
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
    try {
      const answer = await fetch(dialog.dataset.stay, {
        method: "POST", redirect: "manual", headers: { "X-CSRFToken": token, "X-Acting-As": who },
      });
      if (answer.status !== 204) return show(true);
      mark();
      over = false;
      dialog.close();
    } catch {
      // No line: nothing is known, and nothing changes.
    }
  }

  function look() {
    const quiet = Date.now() - seen();
    if (over) return;
    if (touched > seen() && quiet > idle / 4) stay();
    else if (quiet >= idle) show(true);
    else if (quiet >= idle - warning) show(false);
    else if (dialog.open) dialog.close();
  }

  for (const name of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(name, () => { if (!dialog.open) touched = Date.now(); }, true);
  }
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && !detail.requestConfig.headers["X-Polling"] && !detail.pathInfo.responsePath?.startsWith("/accounts/")) mark();
  });
  dialog.addEventListener("cancel", (event) => { if (over) event.preventDefault(); else stay(); });
  part("stay-here").addEventListener("click", stay);
  for (const name of ["focus", "visibilitychange"]) {
    addEventListener(name, () => (over ? stay() : look()), true);
  }
  setInterval(look, 5000);
}
