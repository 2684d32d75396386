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

// A double click sends a form once. The first answer gives the proof, and only to whoever waits for it: a code that is sent
// again is a wrong one.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent !== undefined) return event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, 5000);
});
// Who comes back to a page that was kept may send its form again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Count down until the next message can be asked for, by whatever method. The sentence stands on the page without this
// as well; the buttons stay in the tab order while they wait.
const wait = document.querySelector("[data-cooldown]");
if (wait) {
  const buttons = document.querySelectorAll("button[data-waits]");
  const end = Date.now() + Number(wait.dataset.cooldown) * 1000;
  const left = () => Math.ceil((end - Date.now()) / 1000);
  const show = () => {
    const seconds = left();
    for (const button of buttons) {
      if (seconds > 0) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
    // Only the end is worth being spoken.
    if (seconds <= 1) wait.setAttribute("aria-live", "polite");
    wait.textContent = seconds > 0 ? wait.dataset.wait.replace("{n}", String(seconds)) : wait.dataset.over;
    if (seconds > 0) setTimeout(show, 1000);
  };
  for (const button of buttons) {
    button.addEventListener("click", (event) => {
      if (left() > 0) event.preventDefault();
    });
  }
  show();
}

// Take the code out of the text message, where the browser can and the person agrees (WebOTP). Whoever sends the form
// needs it no more.
const code = document.querySelector('input[autocomplete="one-time-code"]');
if (code && code.form && "OTPCredential" in window) {
  const sent = new AbortController();
  code.form.addEventListener("submit", () => sent.abort());
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: sent.signal })
    .then((credential) => {
      code.value = credential.code;
      code.form.requestSubmit();
    })
    .catch(() => {}); // Refused, ended, or no message came: the field is still there.
}

// A screen reader begins with what was wrong.
const summary = document.querySelector(".summary");
if (summary) summary.focus();
