// The ceremony's screen follows the draw: witnesses as they speak, then the result in draw order.

import { ask, tell } from "./insisting.js";

const stage = document.querySelector("[data-ceremony]");
const EVERY = 2000;
const LONGEST = 8000;
const SLOWEST = 600;
const WHOLE = 30000;
const WATCHED = `sealed ${location.pathname}`;

function line(name, middle, code) {
  const item = document.createElement("li");
  for (const [tag, text] of [["b", name], ["span", middle], ["code", code]]) {
    item.appendChild(document.createElement(tag)).textContent = text;
  }
  return item;
}

// The draw is over and says so above; its result only comes line by line, for as long as nobody wants it at once.
function grow(list, button) {
  const items = [...list.children];
  const pause = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : Math.min(SLOWEST, WHOLE / items.length);
  list.replaceChildren();
  button.hidden = false;
  const timer = setInterval(() => {
    if (!items.length) return end();
    const item = items.shift();
    list.append(item);
    item.scrollIntoView({ block: "nearest" });
  }, pause);
  function end() {
    clearInterval(timer);
    list.append(...items.splice(0));
    button.hidden = true;
  }
  button.addEventListener("click", end);
}

function showWitnesses(witnesses, absent) {
  const list = stage.querySelector("[data-witnesses]");
  const rest = stage.querySelector("[data-absent]");
  if (list && list.children.length !== witnesses.length) {
    list.replaceChildren(...witnesses.map((one) => line(one.name, `${one.role} 已输入`, one.at)));
  }
  if (rest) rest.textContent = absent.length ? absent.join("、") : "无";
}

async function follow() {
  const { answer, text } = await ask(stage.dataset.ceremony, { headers: { Accept: "application/json" } }, LONGEST);
  if (answer?.redirected) return location.reload(); // signed out: the page itself leads to signing in
  const isState = answer?.headers.get("content-type")?.startsWith("application/json");
  tell(!isState);
  if (isState) {
    const now = JSON.parse(text);
    if (now.mark !== stage.dataset.mark) return location.reload();
    showWitnesses(now.witnesses, now.absent);
  }
  setTimeout(follow, EVERY);
}

if (stage.dataset.state === "sealed") sessionStorage.setItem(WATCHED, "yes");
const results = stage.querySelector("[data-results]");
if (results && sessionStorage.getItem(WATCHED)) {
  sessionStorage.removeItem(WATCHED);
  grow(results, document.querySelector("[data-show-all]"));
}
if (stage.dataset.state !== "voided") setTimeout(follow, EVERY);
