// The same start for a program: by curl and in Python, with the key of the app left out.

import { addressOf } from "./api.js";
import { copyButton } from "./clipboard.js";
import { jsonOf, pythonOf } from "./digits.js";
import { h } from "./dom.js";

const HIDDEN = "<secret>";

function curlOf(body, key) {
  const text = jsonOf(body, 2).replaceAll("'", "'\\''");
  return [
    `curl -i '${addressOf("runs").href}' \\`,
    '  -H "x-functions-key: $BROKER_KEY" \\',
    `  -H 'Idempotency-Key: ${key}' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${text}'`,
  ].join("\n");
}

function programOf(body, key) {
  return [
    "import os",
    "",
    "import requests",
    "",
    "answer = requests.post(",
    `    "${addressOf("runs").href}",`,
    "    headers={",
    '        "x-functions-key": os.environ["BROKER_KEY"],',
    `        "Idempotency-Key": ${JSON.stringify(key)},`,
    "    },",
    `    json=${pythonOf(body, "    ")},`,
    "    timeout=60,",
    ")",
    "answer.raise_for_status()",
    'print(answer.json()["runId"])',
  ].join("\n");
}

/** Show both; what is secret is not shown, and has to be put in. */
export function drawSnippets(body, key, isSecret) {
  const shown = { ...body };
  if (body.inputs && !Array.isArray(body.inputs)) {
    const entries = Object.entries(body.inputs);
    shown.inputs = Object.fromEntries(
      entries.map(([name, value]) => [name, isSecret(name) ? HIDDEN : value]),
    );
  }
  const snippet = (title, text, open) =>
    h(
      "details",
      { class: "snippet", open },
      h("summary", null, title),
      h("pre", { tabindex: 0, "aria-label": title }, text),
      copyButton(`Copy ${title}`, () => text),
    );
  return h(
    "section",
    { class: "card", "aria-labelledby": "snippets-title" },
    h("h2", { id: "snippets-title" }, "The same for a program"),
    h(
      "p",
      { class: "soft" },
      "It has this run’s key: sent as well as this form, it is the same run.",
    ),
    snippet("curl", curlOf(shown, key), true),
    snippet("Python", programOf(shown, key)),
  );
}
