// Whether this key may act, as the app says: the page offers nothing that would be refused.

let access = null;

export function learnAccess(told) {
  access = told;
}

/** The app cannot say it now: whatever this key may not do it refuses by itself. */
export function guessAccess() {
  access ??= "Full";
}

/** False until the app has said so. */
export const mayAct = () => access === "Full";

/** False until the app has said so. */
export const readOnly = () => access === "ReadOnly";
