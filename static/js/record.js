// The record on site. Every change is in this device's store at once and with the server a second after the typing
// stops; when the page opens again, what the server did not get is merged with what it has.

const form = document.getElementById("record-form");
const line = document.getElementById("save-line");
const notices = document.getElementById("record-notices");
const key = `record/${form.dataset.visit}/${form.dataset.user}`;
const WAIT_AFTER_TYPING = 1000;
const WAIT_WITHOUT_NETWORK = 10000;

let stored = JSON.parse(document.getElementById("record-stored").textContent);
let lastSent = null;
let timer = null;
let sending = null;
let undecided = false;

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const isAhead = () => names.some((name) => !same(read(name), stored.values[name]));

function controls(name) {
  const found = form.elements[name];
  if (!found) return [];
  return found instanceof RadioNodeList ? [...found] : [found];
}

const names = Object.keys(stored.values).filter((name) => controls(name).length);

function read(name) {
  const fields = controls(name);
  if (Array.isArray(stored.values[name])) {
    return fields.filter((one) => one.checked).map((one) => one.value).sort();
  }
  if (fields[0].type === "radio") return fields.find((one) => one.checked)?.value ?? "";
  if (fields[0].type === "checkbox") return fields[0].checked ? fields[0].value : "";
  return fields[0].value;
}

function readAll() {
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

function write(name, value) {
  for (const field of controls(name)) {
    if (Array.isArray(value)) field.checked = value.includes(field.value);
    else if (field.type === "radio") field.checked = field.value === value;
    else if (field.type === "checkbox") {
      field.checked = value !== "";
      field.value = value || "on";
    } else if (field.value !== value) field.value = value;
  }
}

function labelOf(name) {
  const field = controls(name)[0];
  const group = field.closest("fieldset")?.querySelector("legend");
  const label = field.type === "radio" || Array.isArray(stored.values[name]) ? group : field.labels?.[0];
  return (label ?? group)?.firstChild?.textContent.trim() || label?.textContent.trim() || name;
}

// Where the data is.

function show(icon, words, tone = "") {
  line.className = `save-line ${tone}`;
  line.querySelector("use").setAttribute("href", `${line.dataset.icons}#${icon}`);
  line.querySelector("[data-words]").textContent = words;
}

function showTick(tick) {
  const words = tick.parentElement.querySelector("[data-tick-words]");
  const moment = new Date(tick.value);
  if (!tick.checked) words.textContent = words.dataset.help;
  // Sweden writes 2026-09-15 09:02:06, as the rest of the page does.
  else if (!Number.isNaN(moment.valueOf())) words.textContent = `${moment.toLocaleString("sv-SE")} 登记`;
}

function showProgress() {
  for (const item of document.querySelectorAll("[data-missing]")) {
    if (!stored.missing.includes(item.dataset.missing)) item.remove();
  }
  const summary = document.querySelector(".error-summary");
  if (summary && !summary.querySelector("[data-missing]")) summary.remove();
  form.querySelectorAll("[data-tick]").forEach(showTick);
  const sections = Object.entries(stored.sections);
  const done = sections.filter(([, complete]) => complete).length;
  line.querySelector("[data-done]").textContent = `已完成 ${done}／${sections.length}`;
  line.querySelector("[data-bar]").value = done;
  for (const [name, complete] of sections) {
    const section = form.querySelector(`[data-section="${name}"]`);
    section.querySelector(".section-mark").classList.toggle("done", complete);
    section.querySelector("[data-section-state]").textContent = complete ? "已完成" : "未完成";
  }
}

// This device's store.

function recall() {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function remember() {
  const values = readAll();
  const kept = recall();
  // Fields that this page does not show (somebody has signed meanwhile) stay in the store until they can be sent.
  const hidden = Object.keys(kept?.values ?? {}).filter((name) => !names.includes(name) && !same(kept.values[name], kept.base[name]));
  if (!hidden.length && !isAhead()) {
    localStorage.removeItem(key);
    return true;
  }
  const base = Object.fromEntries(names.map((name) => [name, stored.values[name]]));
  for (const name of hidden) {
    values[name] = kept.values[name];
    base[name] = kept.base[name];
  }
  try {
    localStorage.setItem(key, JSON.stringify({ base, values, sent: lastSent }));
    return true;
  } catch {
    return false;
  }
}

function changed() {
  const safe = remember();
  if (undecided) return;
  if (safe) show(navigator.onLine ? "device-ssd" : "wifi-off", navigator.onLine ? "本机已存" : "未联网，先存在本机", "is-waiting");
  else show("exclamation-triangle-fill", "本机存不下了，请保持联网", "is-refused");
  later(WAIT_AFTER_TYPING);
}

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(send, wait);
}

// Merging: what only one side changed is taken from that side; what both changed is asked.

function merge(mine, base, theirs) {
  const disputed = [];
  for (const name of names) {
    if (!(name in mine) || same(mine[name], base[name])) write(name, theirs[name]);
    else {
      write(name, mine[name]);
      const untouched = same(theirs[name], base[name]) || same(theirs[name], mine[name]);
      if (!untouched && !same(theirs[name], lastSent?.[name])) disputed.push(name);
    }
  }
  return disputed;
}

function ask(disputed, theirs, words) {
  undecided = true;
  const box = document.createElement("div");
  box.className = "notice tone-warn record-conflict";
  box.setAttribute("role", "alert");
  const inner = document.createElement("div");
  const list = document.createElement("ul");
  list.append(...disputed.map((name) => Object.assign(document.createElement("li"), { textContent: labelOf(name) })));
  inner.append(words, " 这些内容两边都改过，请选择：", list);
  const decide = (label, style, act) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: `btn ${style}`, textContent: label });
    button.onclick = () => {
      undecided = false;
      box.remove();
      act();
      changed();
    };
    inner.append(button);
  };
  decide("保留本机的内容", "btn-primary", () => {});
  decide("采用已入库的内容", "btn-outline-secondary", () => disputed.forEach((name) => write(name, theirs[name])));
  box.append(inner);
  notices.replaceChildren(box);
  box.scrollIntoView({ block: "center" });
  show("exclamation-triangle-fill", "本机已存，等您选择", "is-waiting");
}

function tell(words, tone = "tone-info") {
  const box = Object.assign(document.createElement("div"), { className: `notice ${tone}`, textContent: words });
  box.setAttribute("role", "status");
  notices.replaceChildren(box);
}

// Sending.

function send() {
  clearTimeout(timer);
  sending ??= post().finally(() => {
    sending = null;
  });
  return sending;
}

async function post() {
  if (undecided) return false;
  const sent = readAll();
  if (!isAhead()) {
    remember();
    if (stored.saved_at) show("cloud-check", `已入库 ${stored.saved_at}`);
    return true;
  }
  const body = new FormData(form);
  body.set("revision", stored.revision);
  lastSent = sent; // it may arrive although its answer gets lost, or this page closed
  remember();
  show("arrow-repeat", "正在发送", "is-waiting");
  let response;
  try {
    response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch {
    show("wifi-off", "未联网，先存在本机", "is-waiting");
    later(WAIT_WITHOUT_NETWORK);
    return false;
  }
  return receive(response, sent);
}

async function receive(response, sent) {
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : {};
  if (response.ok && isJson) return accept(answer, sent);
  if (answer.values) {
    const base = stored.values;
    const mine = readAll();
    stored = answer;
    const disputed = merge(mine, base, answer.values);
    form.elements.revision.value = stored.revision;
    remember();
    if (disputed.length) ask(disputed, answer.values, answer.error);
    else later(0);
    return false;
  }
  if (response.status >= 500) {
    show("cloud-slash", "服务器暂时没有响应，先存在本机", "is-waiting");
    later(WAIT_WITHOUT_NETWORK);
    return false;
  }
  show("exclamation-octagon-fill", "没有入库，内容在本机", "is-refused");
  tell(answer.error || "没有入库：登录已过期，或者您已不在检查组。内容还在本机，请刷新页面重新登录后再试。", "tone-danger");
  return false;
}

function accept(answer, sent) {
  stored = answer;
  lastSent = null;
  form.elements.revision.value = stored.revision;
  const refused = answer.refusals.map(([name]) => name);
  for (const name of names) {
    if (!refused.includes(name) && same(read(name), sent[name])) write(name, answer.values[name]);
  }
  remember();
  showProgress();
  if (answer.refusals.length) {
    show("exclamation-triangle-fill", "有内容没有入库，请改正", "is-refused");
    tell(answer.refusals.map(([, words]) => words).join("\n"), "tone-danger");
    return false;
  }
  if (isAhead()) {
    later(WAIT_AFTER_TYPING);
    return false;
  }
  show("cloud-check", `已入库 ${stored.saved_at}`);
  return true;
}

// True once everything typed is stored; signatures vouch for nothing less.
form.flush = async () => {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if ((await send()) && !isAhead()) return true;
  }
  return false;
};

// Opening.

const kept = recall();
if (kept) {
  lastSent = kept.sent;
  const disputed = merge(kept.values, kept.base, stored.values);
  const waiting = isAhead();
  if (disputed.length) ask(disputed, stored.values, "本机有上次没有送出的内容。");
  else if (waiting) tell("已找回上次留在本机、没有入库的内容。");
  if (remember() && recall() && !waiting) {
    tell("本机还有没有入库的内容。已有人签名，要先清除签名才能送出。", "tone-warn");
  }
  if (waiting && !disputed.length) send();
} else if (isAhead()) changed();
showProgress();
for (const hidden of document.querySelectorAll("[data-with-script], [data-now]")) hidden.hidden = false;
document.getElementById("photo-form")?.remove();

form.addEventListener("input", (event) => {
  if (event.target.hasAttribute("data-tick")) {
    event.target.value = event.target.checked ? new Date().toISOString() : "on";
    showTick(event.target);
  }
  if (names.includes(event.target.name)) changed();
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-now]");
  if (!button) return;
  const now = new Date();
  const local = new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  document.getElementById(button.dataset.now).value = local;
  changed();
});

form.addEventListener("submit", (event) => {
  // Without a submitter of its own address the button means: store now. Closing is a real submission.
  if (event.submitter?.hasAttribute("formaction")) {
    clearTimeout(timer);
    return;
  }
  event.preventDefault();
  send();
});

document.getElementById("rest-conforms").addEventListener("submit", (event) => {
  if (!event.target.dataset.confirmed) return;
  event.preventDefault();
  delete event.target.dataset.confirmed;
  for (const name of names) {
    if (name.startsWith("answers-") && read(name) === "") write(name, "conforms");
  }
  changed();
});

window.addEventListener("online", () => later(0));
window.addEventListener("offline", () => show("wifi-off", "未联网，先存在本机", "is-waiting"));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && timer) send();
});
