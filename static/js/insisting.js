// A form that is sent until the server answers: what was typed stays on the screen while the connection is away.
// Sending twice does no harm, since what it asks for is done once. `data-insists` is where to go when it is done.

const EVERY = 2000;
const LONGEST = 60000;
const AWAY = new Set([502, 503, 504]);

export function tell(lost) {
  for (const line of document.querySelectorAll("[data-lost]")) line.hidden = !lost;
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.getElementById("main").replaceWith(page.getElementById("main") ?? page.body);
  document.querySelector(".error-summary, .is-invalid")?.focus();
  document.dispatchEvent(new Event("shown"));
}

async function send(form, body) {
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(LONGEST) });
    if (AWAY.has(answer.status)) throw new Error("no server behind the proxy");
    tell(false);
    if (answer.type === "opaqueredirect") location.assign(form.dataset.insists);
    else show(await answer.text());
  } catch {
    tell(true);
    setTimeout(send, EVERY, form, body);
  }
}

// After forms.js, which asks first and lets a form be sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.hasAttribute("data-insists")) return;
  event.preventDefault();
  send(form, new FormData(form));
});
