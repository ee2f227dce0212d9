// Buttons that copy a digest or a number; hidden where the browser cannot.

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.dataset.copied = "yes";
      setTimeout(() => delete button.dataset.copied, 2000);
    });
  }
}
