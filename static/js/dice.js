// The witness's throws: a button for each face, and how many characters are still wanting.

function field() {
  return document.getElementById("id_text");
}

function count() {
  const text = field();
  const typed = [...text.value].length;
  const wanting = Number(text.minLength) - typed;
  document.querySelector("[data-length]").textContent =
    wanting > 0 ? `已输入 ${typed} 个字符，还差 ${wanting} 个。` : `已输入 ${typed} 个字符，可以提交。`;
}

function change(value) {
  field().value = value;
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-die], [data-die-back]");
  if (!button) return;
  change(button.dataset.die ? field().value + button.dataset.die : field().value.slice(0, -1));
});
document.addEventListener("input", (event) => {
  if (event.target.id === "id_text") count();
});

function begin() {
  if (!field()) return;
  document.querySelector("[data-dice]").hidden = false;
  count();
}

document.addEventListener("shown", begin); // the form comes anew when it was refused
begin();
