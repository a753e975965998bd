// Asks for the function key, once; it is tried on the lanes before it is kept.

import { get } from "./api.js";
import { h } from "./dom.js";
import { redraw } from "./draw.js";
import { keepKey } from "./key.js";

/** What a header may hold. */
const HEADER = /^[\x21-\x7e]*$/;
const form = { key: "", trying: false, said: null };

/** Say why the key is asked for again. */
export function askAgain(reason) {
  form.said = reason;
}

export function drawSignIn(accepted) {
  return h(
    "main",
    { id: "main", key: "sign-in", class: "sign-in", tabindex: -1 },
    h("h1", null, "Operator’s console"),
    h(
      "p",
      null,
      "Runs, lanes and decisions of this broker. What is shown here is read with a function key of the app.",
    ),
    h(
      "form",
      { onsubmit: (event) => attempt(event, accepted) },
      h(
        "label",
        { class: "field" },
        h("span", { class: "label" }, "Function key"),
        h("input", {
          type: "password",
          name: "key",
          autocomplete: "current-password",
          spellcheck: "false",
          value: form.key,
          "aria-describedby": form.said ? "key-said" : "key-hint",
          "aria-invalid": form.said ? "true" : null,
          ref: (input) => input.focus(),
          oninput: (event) => (form.key = event.target.value),
        }),
      ),
      form.said && h("p", { id: "key-said", class: "problem", role: "alert" }, form.said),
      h(
        "button",
        { type: "submit", class: "act", disabled: form.trying },
        form.trying ? "Trying …" : "Open the console",
      ),
    ),
    h(
      "p",
      { id: "key-hint", class: "soft" },
      "It is kept while this tab is open, sent as a header, and never part of an address. Leave it empty where the app asks for none.",
    ),
  );
}

async function attempt(event, accepted) {
  event.preventDefault();
  const key = form.key.trim();
  if (!HEADER.test(key)) return say("A key has no blanks or letters with accents: copy it again.");
  Object.assign(form, { trying: true, said: null });
  redraw();
  try {
    await get("lanes", { as: key });
    keepKey(key);
    form.key = "";
    form.trying = false;
    accepted();
  } catch (error) {
    say(refusal(error));
  }
}

function refusal(error) {
  if (error.status === 401) return "The app does not accept this key.";
  if (error.status === 403) return "The app refuses this key (403).";
  return `${error.message} The key could not be tried.`;
}

function say(text) {
  Object.assign(form, { trying: false, said: text });
  redraw();
}
