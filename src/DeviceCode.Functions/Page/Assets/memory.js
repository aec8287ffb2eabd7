// @ts-check
// Stores the current code in this tab, for the redirect to the identity provider and back, and for a reload; and the last decision in this
// browser, for a user who opens the same link again.

const key = 'devicecode.user_code';
const returnKey = 'devicecode.return';
const connectKey = 'devicecode.connect';
const outcomeKey = 'devicecode.outcome';
const decisionKey = 'devicecode.decision';

// How long a decision is kept, in milliseconds: as long as a code can be valid.
const kept = 60 * 60 * 1000;

/** @typedef {'approve' | 'deny'} Action */

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
  const stored = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  return stored && (stored.leaving || navigation?.type !== 'navigate') ? stored : nothing;
}

/** @param {Remembered} remembered */
export function remember(remembered) {
  sessionStorage.setItem(key, JSON.stringify(remembered));
}

/** Stores the code before the redirect to sign in, so that the return does not count as opening the page anew. @param {Remembered} remembered */
export function rememberWhileAway(remembered) {
  sessionStorage.setItem(key, JSON.stringify({ ...remembered, leaving: true }));
}

/**
 * Stores a decision that the service has accepted. Its code cannot be used any more.
 * @param {string} code
 * @param {Action} action
 * @param {string | null} user
 */
export function rememberDecision(code, action, user) {
  try {
    localStorage.setItem(decisionKey, JSON.stringify({ code, action, user, until: Date.now() + kept }));
  } catch {
    // A browser may forbid it. Then the page reports the code as one that cannot be used.
  }
}

/**
 * @param {string} code
 * @param {string | null} user
 * @returns {Action | null} the decision of this user about this code
 */
export function recallDecision(code, user) {
  try {
    const decision = JSON.parse(localStorage.getItem(decisionKey) ?? 'null');
    if (decision && Date.now() > decision.until) {
      localStorage.removeItem(decisionKey);
      return null;
    }

    return decision?.code === code && decision.user === user ? decision.action : null;
  } catch {
    return null;
  }
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

/** Stores the page that a sign-in must return to, because only one page is registered for that. @param {string} address */
export function rememberReturn(address) {
  sessionStorage.setItem(returnKey, address);
}

/** @returns {string | null} the page that a sign-in must return to; once */
export function takeReturn() {
  const address = sessionStorage.getItem(returnKey);
  sessionStorage.removeItem(returnKey);
  return address;
}

/**
 * @typedef {object} Outcome
 * @property {boolean} fresh whether the person has just signed in
 * @property {boolean} failed whether a sign-in was just tried, but not completed
 */

/** Stores the outcome of a sign-in for the page that it returns to. @param {Outcome} outcome */
export function rememberOutcome({ fresh, failed }) {
  sessionStorage.setItem(outcomeKey, JSON.stringify({ fresh, failed }));
}

/** @returns {Outcome} the outcome of the sign-in that has led here; once */
export function takeOutcome() {
  const outcome = JSON.parse(sessionStorage.getItem(outcomeKey) ?? 'null');
  sessionStorage.removeItem(outcomeKey);
  return outcome ?? { fresh: false, failed: false };
}

/**
 * @typedef {object} Connection
 * @property {string} [request] the login that the user has been asked to start
 * @property {string} [state] the state with which this tab has left for the provider
 * @property {Record<string, string>} [answer] the parameters with which the provider has sent the user back
 */

/** @returns {Connection} the login at a provider that is in progress in this tab */
export function recallConnection() {
  return JSON.parse(sessionStorage.getItem(connectKey) ?? '{}');
}

/** @param {Connection} connection */
export function rememberConnection(connection) {
  sessionStorage.setItem(connectKey, JSON.stringify(connection));
}
