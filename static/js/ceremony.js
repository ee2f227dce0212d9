// The ceremony's screen follows the draw: witnesses as they speak, then the result in draw order.

const stage = document.querySelector("[data-ceremony]");
const EVERY = 2000;
const SLOWEST = 600;
const WHOLE = 30000;

function line(name, middle, code) {
  const item = document.createElement("li");
  for (const [tag, text] of [["b", name], ["span", middle], ["code", code]]) {
    item.appendChild(document.createElement(tag)).textContent = text;
  }
  return item;
}

function grow(list, items) {
  const pause = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : Math.min(SLOWEST, WHOLE / items.length);
  items.forEach((item, position) => {
    setTimeout(() => {
      list.append(item);
      item.scrollIntoView({ block: "nearest" });
    }, position * pause);
  });
}

function showWitnesses(witnesses) {
  const list = stage.querySelector("[data-witnesses]");
  if (list) list.replaceChildren(...witnesses.map((one) => line(one.name, one.role, one.at)));
}

async function follow() {
  try {
    const answer = await fetch(stage.dataset.ceremony, { headers: { Accept: "application/json" } });
    const now = await answer.json();
    const moved = now.state !== stage.dataset.state || now.public_value !== stage.dataset.value;
    if (moved || (stage.hasAttribute("data-nobody") && now.witnesses.length)) {
      location.replace(`${location.pathname}?grow=1`);
      return;
    }
    showWitnesses(now.witnesses);
  } catch {
    // The network was away; the next round asks again.
  }
  setTimeout(follow, EVERY);
}

const results = stage.querySelector("[data-results]");
if (results && stage.hasAttribute("data-grow")) {
  const items = [...results.children];
  results.replaceChildren();
  history.replaceState(null, "", location.pathname);
  grow(results, items);
}
if (stage.dataset.state !== "voided") setTimeout(follow, EVERY);
