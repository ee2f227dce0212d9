// Every form: sent once, unsaved work asks before leaving, the first error gets the focus, data-confirm asks first,
// an ID number does not go into an address.

const dialog = document.getElementById("confirm-dialog");
const changed = new Set();

function ask(source, proceed) {
  const modal = window.bootstrap.Modal.getOrCreateInstance(dialog);
  const yes = dialog.querySelector("[data-confirm-yes]");
  dialog.querySelector("[data-confirm-text]").textContent = source.dataset.confirm;
  yes.textContent = source.dataset.confirmLabel || "确定";
  yes.className = source.dataset.confirmTone === "danger" ? "btn btn-danger" : "btn btn-primary";
  yes.onclick = () => {
    modal.hide();
    proceed();
  };
  modal.show();
}

function lock(form) {
  form.dataset.sent = "yes";
  changed.delete(form);
  // Later, so that the pressed button's own name and value still travel with the form.
  setTimeout(() => {
    for (const button of form.querySelectorAll('button[type="submit"]')) button.disabled = true;
  });
}

export function unlock(form) {
  delete form.dataset.sent;
  delete form.dataset.confirmed;
  for (const button of form.querySelectorAll('button[type="submit"]')) button.disabled = false;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  const source = event.submitter?.dataset.confirm ? event.submitter : form;
  if (source.dataset.confirm && !form.dataset.confirmed) {
    event.preventDefault();
    ask(source, () => {
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
    });
    return;
  }
  if (!form.hasAttribute("data-stays")) lock(form);
});

// A date of birth in its middle: the credit code of a public hospital may be eighteen digits too.
const ID_NUMBER = /^[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]$/;

// An ID number typed into a search does not go into an address, which history keeps: it goes where it is looked up.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const search = document.querySelector("[data-id-search]");
  if (form.method !== "get" || !search) return;
  const typed = [...new FormData(form).values()].map((value) => String(value).normalize("NFKC").replace(/\s/g, ""));
  const number = typed.find((value) => ID_NUMBER.test(value));
  if (!number) return;
  event.preventDefault();
  const sent = document.createElement("form");
  sent.method = "post";
  sent.action = search.dataset.idSearch;
  for (const [name, value] of [
    ["csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value],
    ["id_number", number],
  ]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    sent.append(field);
  }
  document.body.append(sent);
  sent.submit();
});

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-warn-unsaved")) changed.add(form);
});

window.addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});

// Coming back with the browser's arrow shows the page as it was left, buttons disabled.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(unlock);
});

(document.querySelector(".error-summary") || document.querySelector(".is-invalid"))?.focus();
