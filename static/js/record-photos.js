// Photos go to the server as soon as they are taken; those that cannot wait in this page until the network is back.

const form = document.getElementById("record-form");
const waiting = new Set();
const WAIT_WITHOUT_NETWORK = 10000;

function newKey() {
  // randomUUID exists on secure origins only; a bureau's own network may have none.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function place(photo) {
  photo.item = document.createElement("li");
  photo.item.className = "photo is-waiting";
  photo.item.setAttribute("role", "status");
  document.querySelector(`[data-photos="${photo.row}"]`).append(photo.item);
}

function say(photo, words, ...buttons) {
  photo.item.replaceChildren(words, ...buttons);
}

async function send(photo) {
  say(photo, `正在发送 ${photo.file.name}`);
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("photo", photo.file);
  body.set("row", photo.row);
  body.set("client_key", photo.key);
  let response;
  try {
    response = await fetch(form.dataset.photosAddress, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch {
    say(photo, "未联网，照片还没有送出，请不要关闭本页");
    setTimeout(() => waiting.has(photo) && send(photo), WAIT_WITHOUT_NETWORK);
    return;
  }
  if (response.ok && !response.redirected) {
    waiting.delete(photo);
    const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
    photo.item.replaceWith(parsed.querySelector("li.photo"));
    return;
  }
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  refuse(photo, isJson ? (await response.json()).error : "照片没有入库，请刷新页面后重试。");
}

function refuse(photo, words) {
  waiting.delete(photo);
  const gone = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: "知道了" });
  gone.onclick = () => photo.item.remove();
  say(photo, words, gone);
}

for (const input of document.querySelectorAll("[data-camera]")) {
  input.addEventListener("change", () => {
    for (const file of input.files) {
      const photo = { file, row: input.dataset.camera, key: newKey() };
      waiting.add(photo);
      place(photo);
      send(photo);
    }
    input.value = "";
  });
}

window.addEventListener("beforeunload", (event) => {
  if (waiting.size) event.preventDefault();
});
