// 我来验证: hands the evidence file, or one that the visitor kept, to a worker that recomputes the draw, and tells what it found.

const verifier = document.querySelector("[data-verifier]");
const part = (name) => verifier.querySelector(`[data-${name}]`);
const OUTCOMES = ["running", "verified", "different", "unreadable"];
const DIGEST = /^[0-9a-f]{64}$/;
let worker = null;

// Browsers offer Web Crypto to pages that came over https (or from the machine itself) only.
const able = window.isSecureContext && window.crypto && window.crypto.subtle && window.Worker;
verifier.hidden = false;
part(able ? "able" : "unable").hidden = false;
part("verify").addEventListener("click", () => verify(new URL(verifier.dataset.evidence, location.href).href));
part("file").addEventListener("change", (event) => {
  if (event.target.files.length) verify(event.target.files[0]);
  event.target.value = ""; // the same file may be chosen again
});

function verify(source) {
  const sealDigest = part("digest").value.replace(/\s+/g, "").toLowerCase();
  const wrong = sealDigest !== "" && !DIGEST.test(sealDigest);
  part("digest").classList.toggle("is-invalid", wrong);
  part("digest").setAttribute("aria-invalid", String(wrong));
  part("digest-fault").textContent = wrong ? "封存摘要是 64 个字符，只有数字和字母 a 至 f。请检查有没有抄漏或抄错。" : "";
  if (wrong) {
    part("digest").focus();
    return;
  }
  start(source, sealDigest);
}

function start(source, sealDigest) {
  const began = performance.now();
  if (worker) worker.terminate();
  worker = new Worker(verifier.dataset.worker);
  worker.onmessage = ({ data }) => {
    if (data.step) showProgress(data);
    else finish(data, sealDigest, (performance.now() - began) / 1000);
  };
  worker.onerror = () => finish({ unreadable: "浏览器没能完成计算。请换用较新的浏览器，或者用下面第二种办法。" });
  const bar = part("running").querySelector("progress");
  bar.removeAttribute("value");
  part("step").textContent = "正在读取证据文件……";
  show("running");
  worker.postMessage({ source, sealDigest });
}

function showProgress({ step, done, total }) {
  const bar = part("running").querySelector("progress");
  bar.max = total;
  bar.value = done;
  part("step").textContent = `${step}：${Math.floor((100 * done) / total)}%`;
}

function finish(found, sealDigest, seconds) {
  worker.terminate();
  worker = null;
  if (found.unreadable) {
    tell("unreadable", found.unreadable);
  } else if (!found.verified) {
    tell("different", found.answer);
  } else {
    tell("verified", found.answer);
    part("remark").textContent = `用时 ${seconds.toFixed(1)} 秒。${remark(found.sealDigest, sealDigest)}`;
  }
}

function remark(inFile, noted) {
  if (noted) return "封存摘要与您填写的一致。";
  const groups = inFile.match(/.{4}/g).join(" ");
  return `您没有填写封存摘要，所以只核验了文件自身是否一致。文件里的封存摘要是 ${groups}，请与您或见证人封存当天记下的比较。`;
}

function tell(outcome, answer) {
  part(outcome).querySelector("[data-answer]").textContent = answer;
  show(outcome);
}

function show(outcome) {
  for (const name of OUTCOMES) part(name).hidden = name !== outcome;
}
