// A form that is sent until the server answers: what was typed stays on the screen while the connection is away.
// Sending twice does no harm, since what it asks for is done once. `data-insists` is where to go when it is done,
// `data-signed-in` an address that only whoever is signed in gets an answer from.

import { unlock } from "./forms.js";

const EVERY = 2000;
const LONGEST = 60000;
const AWAY = new Set([502, 503, 504]);

export function tell(lost) {
  for (const line of document.querySelectorAll("[data-lost]")) line.hidden = !lost;
}

// The answer and its text; nothing where none came in time. (Older browsers know no AbortSignal.timeout.)
export async function ask(address, options, longest) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), longest);
  try {
    const answer = await fetch(address, { ...options, signal: giveUp.signal });
    return AWAY.has(answer.status) ? {} : { answer, text: await answer.text() };
  } catch {
    return {};
  } finally {
    clearTimeout(timer);
  }
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.getElementById("main").replaceWith(page.getElementById("main") ?? page.body);
  document.querySelector(".error-summary, .is-invalid")?.focus();
  document.dispatchEvent(new Event("shown"));
}

async function send(form, body) {
  // Signing in again, in another window, hands out a new token.
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (token) body.set("csrfmiddlewaretoken", token);
  const { answer, text } = await ask(form.action, { method: "POST", body, redirect: "manual" }, LONGEST);
  tell(!answer);
  if (!answer) setTimeout(send, EVERY, form, body);
  else if (answer.type === "opaqueredirect") leave(form);
  else show(text);
}

// Where a redirect leads is hidden from scripts: it is done, or whoever sent it has to sign in first.
async function leave(form) {
  const { answer } = await ask(form.dataset.signedIn, { redirect: "manual" }, LONGEST);
  tell(!answer);
  if (!answer) setTimeout(leave, EVERY, form);
  else if (answer.type === "opaqueredirect") keep(form);
  else location.assign(form.dataset.insists);
}

function keep(form) {
  const line = form.querySelector("[data-signed-out]");
  if (!line) return location.reload(); // nothing was typed: the page itself leads to signing in
  line.hidden = false;
  unlock(form);
}

// After forms.js, which asks first and lets a form be sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.hasAttribute("data-insists")) return;
  event.preventDefault();
  form.querySelector("[data-signed-out]")?.setAttribute("hidden", "");
  send(form, new FormData(form));
});
