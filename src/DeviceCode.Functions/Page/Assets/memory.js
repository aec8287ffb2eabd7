// @ts-check
// The code that is being dealt with, kept in this tab: for the way to the identity provider and back, and for a reload.

const key = 'devicecode.user_code';

/**
 * @typedef {object} Remembered
 * @property {string} code empty when there is none
 * @property {boolean} linked whether it came with the address, and not by hand; without a code, that it was none
 */

/** @type {Remembered} */
const nothing = { code: '', linked: false };

/** @returns {Remembered} nothing when the page was opened anew: an old code would only confuse */
export function recall() {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
  const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  return kept && (kept.leaving || navigation?.type !== 'navigate') ? kept : nothing;
}

/** @param {Remembered} remembered */
export function remember(remembered) {
  sessionStorage.setItem(key, JSON.stringify(remembered));
}

/** Before the page is left to sign in: a return to it is no new beginning. @param {Remembered} remembered */
export function rememberWhileAway(remembered) {
  sessionStorage.setItem(key, JSON.stringify({ ...remembered, leaving: true }));
}

/** Whether this tab can keep anything; without that there is no signing in. */
export function canRemember() {
  try {
    sessionStorage.setItem('devicecode.test', '');
    return true;
  } catch {
    return false;
  }
}
