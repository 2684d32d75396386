// Makes the pages a little nicer; every one of them works without it. It writes text and attributes only, never
// markup, so that it runs under `require-trusted-types-for 'script'`.
"use strict";

// Show and hide what is typed into the password fields.
for (const button of document.querySelectorAll("button[data-reveal]")) {
  const fields = button.dataset.reveal
    .split(" ")
    .map((id) => document.getElementById(id))
    .filter((field) => field !== null);
  const status = document.getElementById(fields[0].id + "-status");
  const set = (shown) => {
    for (const field of fields) field.type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-label", shown ? button.dataset.hideLabel : button.dataset.showLabel);
  };
  button.addEventListener("click", () => {
    const shown = fields[0].type === "password";
    set(shown);
    if (status) status.textContent = shown ? button.dataset.shown : button.dataset.hidden;
  });
  // Browsers offer to remember only what is a password field when it is sent.
  if (fields[0].form) fields[0].form.addEventListener("submit", () => set(false));
  button.hidden = false;
}

// Count down until the next message can be asked for. The button stays in the tab order while it waits.
for (const button of document.querySelectorAll("button[data-cooldown]")) {
  const end = Date.now() + Number(button.dataset.cooldown) * 1000;
  const left = () => Math.ceil((end - Date.now()) / 1000);
  const show = () => {
    const seconds = left();
    if (seconds > 0) {
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.wait.replace("{n}", String(seconds));
      setTimeout(show, 1000);
    } else {
      button.removeAttribute("aria-disabled");
      button.textContent = button.dataset.label;
    }
  };
  button.addEventListener("click", (event) => {
    if (left() > 0) event.preventDefault();
  });
  show();
}

// A screen reader begins with what was wrong.
const summary = document.querySelector(".summary");
if (summary) summary.focus();
