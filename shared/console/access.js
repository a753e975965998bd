// Whether this key may act, as the app says: the page offers nothing that would be refused.

let access = null;

export function learnAccess(told) {
  access = told;
}

/** False until the app has said so. */
export const mayAct = () => access === "Full";

export const readOnly = () => access === "ReadOnly";
