// Asks once before something is done: what exactly, with a button that names it.

import { h, paint } from "./dom.js";
import { deciderName, keepDeciderName } from "./key.js";

const host = () => document.getElementById("dialogs");

/**
 * Ask. `body(form)` and `fields(form, edit)` describe what is told and what is filled in,
 * `ready(form)` says whether that is enough, `act` names the button. `send(form)` does it; what it
 * throws is told, and may be answered by `failed(error, form)`. Resolves to what `send` gave; null
 * if it was left.
 */
export function ask({
  title,
  body,
  fields = () => [],
  form = {},
  act,
  tone = "run",
  ready,
  send,
  failed,
  leave = "Leave it",
}) {
  return new Promise((resolve) => {
    const state = { sending: false, error: null, result: null };
    const edit = (name) => (event) => {
      const { type, checked, value } = event.target;
      form[name] = type === "checkbox" ? checked : value;
      draw();
    };
    const submit = async (event) => {
      event.preventDefault();
      if (state.sending || (ready && !ready(form))) return;
      Object.assign(state, { sending: true, error: null });
      draw();
      try {
        state.result = (await send(form)) ?? true;
        dialog().close();
      } catch (error) {
        failed?.(error, form);
        Object.assign(state, { sending: false, error });
        draw();
      }
    };
    const closed = () => {
      paint(host());
      resolve(state.result);
    };
    const draw = () => paint(host(), window());
    const window = () =>
      h(
        "dialog",
        {
          "aria-labelledby": "dialog-title",
          class: `ask tone-${tone}`,
          ref: (element) => element.showModal(),
          onclose: closed,
          oncancel: (event) => state.sending && event.preventDefault(),
        },
        h(
          "form",
          { method: "dialog", onsubmit: submit },
          h("h2", { id: "dialog-title" }, title),
          h("div", { class: "dialog-body" }, body(form)),
          fields(form, edit),
          state.error && problem(state.error),
          h(
            "div",
            { key: "acts", class: "dialog-acts" },
            h(
              "button",
              {
                type: "button",
                class: "plain",
                onclick: () => dialog().close(),
                disabled: state.sending,
              },
              leave,
            ),
            h(
              "button",
              {
                type: "submit",
                class: `act tone-${tone}`,
                disabled: state.sending || Boolean(ready && !ready(form)),
              },
              state.sending ? "Asking …" : act,
            ),
          ),
        ),
      );
    draw();
  });
}

const dialog = () => host().querySelector("dialog");

/** What went wrong, with every fault of every field. */
export function problem(error) {
  return h(
    "div",
    { key: "problem", class: "problem", role: "alert" },
    h("p", null, error.message, error.code ? h("code", null, ` ${error.code}`) : ""),
    error.details?.length > 0 &&
      h(
        "ul",
        null,
        error.details.map((each) => h("li", null, each.message)),
      ),
  );
}

/** A labelled field; `hint` says what it is for. */
export function field(label, input, hint) {
  return h(
    "label",
    { class: "field" },
    h("span", { class: "label" }, label),
    input,
    hint && h("span", { class: "hint" }, hint),
  );
}

/** Who decides: asked once, kept in this browser, and told with what is decided. */
export function nameField(form, edit) {
  const input = h("input", {
    type: "text",
    name: "decidedBy",
    autocomplete: "name",
    maxlength: 100,
    required: true,
    value: form.decidedBy,
    oninput: edit("decidedBy"),
  });
  return field("Your name", input, "Told to those who read it later; kept in this browser.");
}

export const named = () => ({ decidedBy: deciderName() });

/** Give the name as it is sent, and keep it for the next time. */
export function nameOf(form) {
  const name = form.decidedBy.trim();
  keepDeciderName(name);
  return name;
}
