// A front end of a tenant's own, without a build: everything that docs/api.md tells, once. Serve this folder at the
// tenant's `recovery.link_url`, and list its origin in `[api] origins`.

// Where the tenant's API is stands in the page, never in its address: whoever could choose it there would be sent tokens.
const API = document.documentElement.dataset.api;

const names = { email_link: "A link by mail", email_otp: "A code by mail", sms_otp: "A code by text message" };
const rules = {
  empty: () => "Type a password.",
  too_short: ({ min }) => `Use at least ${min} characters.`,
  too_long: ({ max }) => `Use at most ${max} characters.`,
  common: () => "This password is well known. Use another.",
  guessable: () => "This password is easily guessed. Use a longer or less regular one.",
  contains_context: () => "Do not use your own name or ours.",
  reused: () => "You have used this password before.",
  too_few: ({ min, class: kind }) => `Use at least ${min} of: ${kind.replace("_", " ")}.`,
  other: ({ message }) => message ?? "Use another password.",
};

let offer; // what the tenant offers
let recovery; // the recovery that this page has begun
let token; // what sets the password: from a link, or for a right code

const find = (id) => document.getElementById(id);

// ── Calls ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Calls the API. Throws the problem where there is one: go by its `type`, never by its words. */
async function call(path, body) {
  const options = { credentials: "omit", referrerPolicy: "no-referrer" };
  if (body !== undefined) {
    options.method = "POST";
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(API + path, options);
  const told = answer.status === 204 ? undefined : await answer.json();
  if (answer.ok) return told;
  throw { ...told, kind: told.type.split(":").pop(), wait: Number(answer.headers.get("retry-after")) };
}

/** The recovery that a token belongs to: its bytes 3 to 18, in base64url as the token itself. */
function recoveryOf(token) {
  const bytes = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
  return btoa(bytes.slice(3, 19)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// ── What the person sees ───────────────────────────────────────────────────────────────────────────────────────────

function show(id) {
  for (const view of ["ask", "sent", "password", "done", "cancelled"]) find(view).hidden = view !== id;
  find("problem").textContent = "";
  find(id).querySelector("input:not([type=radio])")?.focus();
}

function tell(problem) {
  find("problem").textContent = words(problem);
  if (problem.kind === "recovery-over") {
    token = recovery = undefined;
    const said = find("problem").textContent;
    show("ask");
    find("problem").textContent = said;
  }
}

function words(problem) {
  switch (problem.kind) {
    case "wrong-code":
      if (problem.attempts_left > 0) return `That is not the code. You can try ${problem.attempts_left} more times.`;
      return "That is not the code, and no more can be tried. Use the link in the message, or start again.";
    case "codes-closed":
      return "No more codes can be tried. Use the link in the message, or start again.";
    case "password-refused":
      return problem.violations.map((broken) => (rules[broken.code] ?? rules.other)(broken)).join("\n");
    case "recovery-over":
      return "This link or code does not work any more. Start again.";
    case "slow-down":
      return `Too many tries. Come back in ${Math.ceil(problem.wait / 60)} minutes.`;
    case "busy":
      return "The password is being changed at this moment. Try again shortly.";
    case "try-later":
      return "That does not work just now. Nothing is lost: try again in a moment.";
    case "unprocessable":
      return "Please look at what you have typed.";
    default:
      return "Something went wrong. Try again.";
  }
}

function showOffer() {
  const choice = find("methods");
  choice.hidden = offer.methods.length === 1;
  offer.methods.forEach((method, index) => {
    const label = document.createElement("label");
    const button = Object.assign(document.createElement("input"), { type: "radio", name: "method", value: method });
    button.checked = index === 0;
    label.append(button, ` ${names[method]}`);
    choice.append(label);
  });
  find("rules").textContent = `At least ${offer.password.min_length} characters. Several words make a good password.`;
}

function showSent() {
  show("sent");
  find("code").hidden = recovery.method === "email_link";
  find("another").hidden = offer.methods.length === 1;
  countDown();
}

/** A message can be asked for again once `resend_at` has come; where it is null, never. */
function countDown() {
  const button = find("resend");
  if (!recovery) return;
  const seconds = recovery.resend_at === null ? Infinity : Math.ceil((Date.parse(recovery.resend_at) - Date.now()) / 1000);
  button.disabled = find("another").disabled = seconds > 0;
  button.hidden = seconds === Infinity;
  button.textContent = seconds > 0 ? `Send it again (${seconds})` : "Send it again";
  if (seconds > 0 && seconds !== Infinity) setTimeout(countDown, 1000);
}

// ── What the person does ───────────────────────────────────────────────────────────────────────────────────────────

/** Runs a step, once at a time, and tells of what stands in its way. */
async function step(deed) {
  for (const button of document.querySelectorAll("button")) button.inert = true;
  find("problem").textContent = "";
  try {
    await deed();
  } catch (problem) {
    tell(problem);
  } finally {
    for (const button of document.querySelectorAll("button")) button.inert = false;
  }
}

const on = (id, event, deed) =>
  find(id).addEventListener(event, (happened) => {
    happened.preventDefault();
    step(() => deed(new FormData(happened.target.form ?? (event === "submit" ? happened.target : undefined))));
  });

on("ask", "submit", async (form) => {
  const method = form.get("method") ?? undefined;
  recovery = await call("/recoveries", { identifier: form.get("identifier"), method, locale: navigator.language });
  showSent();
});

on("resend", "click", async () => {
  recovery = await call(`/recoveries/${recovery.id}/resend`, {});
  showSent();
});

on("another", "click", async () => {
  const next = offer.methods[(offer.methods.indexOf(recovery.method) + 1) % offer.methods.length];
  recovery = await call(`/recoveries/${recovery.id}/resend`, { method: next });
  showSent();
});

on("sent", "submit", async (form) => {
  const right = await call(`/recoveries/${recovery.id}/verify`, { code: form.get("code") });
  token = right.reset_token;
  show("password");
});

on("password", "submit", async (form) => {
  if (form.get("password") !== form.get("again")) {
    find("problem").textContent = "The two passwords differ.";
    return;
  }
  const set = await call("/password", { token, password: form.get("password") });
  token = undefined;
  show("done");
  find("sessions").textContent =
    set.sessions === "ended" ? "You are signed out everywhere." : "You will be signed out everywhere shortly.";
  find("next").href = set.sign_in_url;
});

on("cancel", "click", async () => {
  await call(`/recoveries/${recoveryOf(token)}/cancel`, { token });
  token = undefined;
  show("cancelled");
});

// ── The beginning ──────────────────────────────────────────────────────────────────────────────────────────────────

await step(async () => {
  const address = new URL(location.href);
  token = address.searchParams.get("token") ?? undefined;
  // Out of the address bar, the history and every Referer at once. The link itself is not used up by being opened.
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
  offer = await call("/methods");
  showOffer();
  show(token === undefined ? "ask" : "password");
});
