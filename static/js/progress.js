// What a worker has in hand: its progress is fetched again and again; when it stops moving the page is shown anew.

const box = document.querySelector("[data-progress-url]");
const EVERY = 1000;
const SLOWER = 5000;

async function look() {
  let wait = EVERY;
  try {
    const answer = await fetch(box.dataset.progressUrl, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error("no progress");
    box.innerHTML = await answer.text();
    if (!box.querySelector("[data-moving]")) {
      location.reload();
      return;
    }
  } catch {
    wait = SLOWER; // the network or the server is away for a moment; the last figures stay
  }
  setTimeout(look, wait);
}

setTimeout(look, EVERY);
