// Signing on the device. A signature is sent only when everything it vouches for is stored.

import SignaturePad from "../vendor/signature_pad-5.1.4/signature_pad.min.js";

const form = document.getElementById("record-form");
const dialog = document.getElementById("sign-dialog");
const canvas = document.getElementById("sign-canvas");
const nameField = document.getElementById("sign-name");
const problem = document.getElementById("sign-problem");
const pad = new SignaturePad(canvas, { penColor: "#10203a", minWidth: 1, maxWidth: 3 });
let place = null;

function fit() {
  if (!dialog.open) return;
  const drawn = pad.toData();
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
  pad.fromData(drawn);
}

function open(button) {
  place = button.dataset;
  document.getElementById("sign-title").textContent = `${place.who} 签名`;
  dialog.querySelector(".sign-name").hidden = place.sign === "inspector";
  nameField.value = place.sign === "witness" ? document.getElementById("field-witness_name")?.value ?? "" : "";
  problem.textContent = "";
  dialog.showModal();
  pad.clear();
  fit();
  (place.sign === "inspector" ? canvas : nameField).focus();
}

async function finish(button) {
  if (pad.isEmpty()) {
    problem.textContent = "请在框内手写签名。";
    return;
  }
  if (place.sign !== "inspector" && !nameField.value.trim()) {
    problem.textContent = "请填写签名人姓名。";
    nameField.focus();
    return;
  }
  button.disabled = true;
  problem.textContent = await send();
  button.disabled = false;
  // Not a reload: this page may be the answer to a form that would be sent again.
  if (!problem.textContent) location.assign(form.dataset.address);
}

// The drawing without the empty sheet around it.
function picture() {
  const points = pad.toData().flatMap((stroke) => stroke.points);
  const edge = 10;
  const left = Math.max(Math.min(...points.map((point) => point.x)) - edge, 0);
  const top = Math.max(Math.min(...points.map((point) => point.y)) - edge, 0);
  const width = Math.max(...points.map((point) => point.x)) + edge - left;
  const height = Math.max(...points.map((point) => point.y)) + edge - top;
  const ratio = canvas.width / canvas.offsetWidth;
  const cut = Object.assign(document.createElement("canvas"), { width: width * ratio, height: height * ratio });
  cut.getContext("2d").drawImage(canvas, -left * ratio, -top * ratio);
  return cut.toDataURL("image/png");
}

// What went wrong, or nothing.
async function send() {
  if (!(await form.flush())) return "记录内容还没有全部入库，请联网并等到显示“已入库”后再签名。";
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("role", place.sign);
  body.set("inspector", place.inspector);
  body.set("name", nameField.value);
  body.set("image", picture());
  try {
    const response = await fetch(form.dataset.signAddress, { method: "POST", body, headers: { Accept: "application/json" } });
    if (response.ok && !response.redirected) return "";
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return isJson ? (await response.json()).error : "签名没有入库，请刷新页面后重试。";
  } catch {
    return "未联网，签名没有送出。请联网后再确认。";
  }
}

for (const button of document.querySelectorAll("[data-sign]")) button.addEventListener("click", () => open(button));
dialog.querySelector("[data-clear]").addEventListener("click", () => pad.clear());
dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
dialog.querySelector("[data-done]").addEventListener("click", (event) => finish(event.currentTarget));
dialog.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("resize", fit);
