// JSON whose numbers keep the digits that they are written with: an amount is not rounded.

/** A number as it is written. */
export class Digits {
  constructor(text) {
    this.text = text;
  }
}

/** Read JSON; numbers are Digits where the browser tells how they were written. */
export function parseExactly(text) {
  return JSON.parse(text, (name, value, context) =>
    typeof value === "number" && context?.source ? new Digits(context.source) : value,
  );
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export const isNumber = (text) => NUMBER.test(text);

export const isWhole = (text) => /^-?(0|[1-9]\d*)$/.test(text);

/** Write JSON, indented by so many blanks a level, or in one line. */
export function jsonOf(value, indent = 0) {
  return written(value, indent, "", { true: "true", false: "false", null: "null" });
}

/** Write the same for Python. */
export function pythonOf(value, margin) {
  return written(value, 4, margin, { true: "True", false: "False", null: "None" });
}

function written(value, indent, margin, words) {
  if (value instanceof Digits) return value.text;
  if (value === null || typeof value === "boolean") return words[String(value)];
  if (typeof value !== "object") return JSON.stringify(value);
  const deeper = margin + " ".repeat(indent);
  const inside = (each) => written(each, indent, deeper, words);
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map(inside)
    : Object.entries(value).map(
        ([name, each]) => `${JSON.stringify(name)}:${indent ? " " : ""}${inside(each)}`,
      );
  const [first, last] = isList ? "[]" : "{}";
  if (!indent || !parts.length) return first + parts.join(",") + last;
  return `${first}\n${deeper}${parts.join(`,\n${deeper}`)}\n${margin}${last}`;
}
