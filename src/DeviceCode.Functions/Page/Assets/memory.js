// @ts-check
// Stores the current code in this tab, for the redirect to the identity provider and back, and for a reload.

const key = 'devicecode.user_code';

/**
 * @typedef {object} Remembered
 * @property {string} code empty when there is none
 * @property {boolean} linked whether the code came in the address; if code is empty, the address had an invalid one
 */

/** @type {Remembered} */
const nothing = { code: '', linked: false };

/** @returns {Remembered} nothing if the page was opened anew: an old code would confuse people */
export function recall() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
  const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  return kept && (kept.leaving || navigation?.type !== 'navigate') ? kept : nothing;
}

/** @param {Remembered} remembered */
export function remember(remembered) {
  sessionStorage.setItem(key, JSON.stringify(remembered));
}

/** Stores the code before the redirect to sign in, so that the return does not count as opening the page anew. @param {Remembered} remembered */
export function rememberWhileAway(remembered) {
  sessionStorage.setItem(key, JSON.stringify({ ...remembered, leaving: true }));
}

/** Whether this tab can store data, which the sign-in needs. */
export function canRemember() {
  try {
    sessionStorage.setItem('devicecode.test', '');
    return true;
  } catch {
    return false;
  }
}
