// @ts-check
// The verification page (RFC 8628 §3.3): sign in → enter or confirm the code → review the request → approve or deny.
//
//   sign-in ──► enter ────► review ──► approved, denied, reported
//          └──► confirm ──┘       └──► expired, gone
//
// Only Approve, Deny and "I did not start this" change anything. The browser's history contains the steps before the decision, so that
// Back leads to the code; the decision replaces its review in the history, so that Back never returns to it.

import { configuration, post, root } from './api.js';
import {
  canRemember, recall, recallDecision, remember, rememberDecision, rememberOutcome, rememberWhileAway, takeReturn,
} from './memory.js';
import { openSignIn } from './sign-in.js';
import { findUserCode, readUserCode } from './user-code.js';
import { ago, clear, duration, fill, listScopes, show, showMessage, shown, unknown, wait } from './view.js';

const page = new URL('device', root);
const field = /** @type {HTMLInputElement} */ (document.getElementById('user-code'));
const startedElsewhere = /** @type {HTMLInputElement} */ (document.getElementById('started-elsewhere'));

/** @type {import('./api.js').Configuration} */
let config;
/** @type {import('./sign-in.js').SignIn} */
let signIn;
/** Whether the service has accepted the signed-in account. */
let accepted = false;
/** The current code. @type {import('./memory.js').Remembered} */
let current = { code: '', linked: false };
/** The request under review. @type {{ user_code: string, same_network: boolean, expiresAt: number } | null} */
let pending = null;
/** The decision that was sent without a response: it may have been stored. @type {{ code: string, action: import('./memory.js').Action } | null} */
let unconfirmed = null;
let busy = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let clock;

await start();

async function start() {
  if (!canRemember()) {
    show('blocked');
    return;
  }

  takeCodeFromAddress();
  try {
    config = await configuration();
    signIn = await openSignIn(config.sign_in, page);
  } catch {
    show('unreachable');
    return;
  }

  // The sign-in returns here, also for the page that connects accounts.
  const origin = takeReturn();
  if (origin && (signIn.fresh || signIn.failed)) {
    rememberOutcome(signIn);
    location.replace(origin);
    return;
  }

  fill({ user: signIn.user ?? '' });
  if (!signIn.user) {
    askToSignIn(signIn.failed ? 'sign-in-failed' : null);
    return;
  }

  const { code, linked } = current;
  // The return from signing in ends here: from now on, opening the page anew forgets the code.
  keep(code, linked && code !== '');
  go(code ? 'confirm' : 'enter', 'replace');
  if (linked && !code) {
    reject('malformed');
  }
}

// Removes the code from the address at once, so that it does not reach the identity provider or a bookmark.
function takeCodeFromAddress() {
  const given = new URLSearchParams(location.search).get('user_code');
  if (given === null) {
    current = recall();
    return;
  }

  keep(readUserCode(given) ?? '', true);
  history.replaceState(history.state, '', page.href + location.hash);
}

/**
 * @param {string} code
 * @param {boolean} linked
 */
function keep(code, linked) {
  current = { code, linked };
  remember(current);
}

/** @param {'signed-out' | 'sign-in-failed' | null} why */
function askToSignIn(why) {
  show('sign-in');
  if (why === 'signed-out' && signIn.fresh && !accepted) {
    showMessage('not-accepted');
  } else if (why) {
    showMessage(why);
  }
}

/** Leaves the page to sign in, which returns to it. @param {boolean} another */
async function leaveToSignIn(another) {
  rememberWhileAway(current);
  await signIn.start(another);
}

/**
 * @param {'enter' | 'confirm' | 'review'} step
 * @param {'push' | 'replace' | 'stay'} how
 */
function go(step, how) {
  if (how !== 'stay') {
    history[how === 'push' ? 'pushState' : 'replaceState']({ step }, '');
  }

  fill({ user_code: step === 'review' ? pending?.user_code ?? '' : current.code });
  show(step, step === 'enter' ? field : null);
}

addEventListener('popstate', event => {
  const step = event.state?.step;
  if (signIn?.user) {
    // Forward to a review that has ended leads to the code instead.
    const there = (step === 'review' && pending) || (step === 'confirm' && current.code) ? step : 'enter';
    go(there, there === step ? 'stay' : 'replace');
  }
});

// After Back from the identity provider, the browser may restore the page in the state in which it was left.
addEventListener('pageshow', event => {
  if (event.persisted) {
    location.reload();
  }
});

/** Looks up the request with this code, and shows it. @param {string} userCode */
async function inspect(userCode) {
  pending = null;
  const outcome = await post('auth/device/inspect', { user_code: userCode }, await signIn.token());
  switch (outcome.kind) {
    case 'ok':
      accepted = true;
      keep(outcome.json.user_code, current.linked);
      review(outcome.json, outcome.now);
      return;

    case 'refused':
      accepted = true;
      if (await reportDecision(userCode)) {
        return;
      }

      // The code stays wrong, so do not ask the person to compare it again.
      keep('', false);
      field.value = userCode;
      if (shown() !== 'enter') {
        go('enter', 'replace');
      }

      reject(userCode === unconfirmed?.code ? 'perhaps-decided' : 'refused');
      return;

    case 'signed-out':
      keep(userCode, current.linked);
      askToSignIn('signed-out');
      return;

    case 'limited':
      accepted = true;
      showMessage('limited', { wait: duration(outcome.seconds) });
      return;

    case 'unavailable':
      showMessage('unavailable');
      return;
  }
}

/**
 * @param {any} asked the response of /auth/device/inspect
 * @param {number} now the time by the service's clock, as requested_at is
 */
function review(asked, now) {
  pending = { user_code: asked.user_code, same_network: asked.same_network, expiresAt: Date.now() + asked.expires_in * 1000 };
  if (unconfirmed?.code === pending.user_code) {
    // The request is still pending, so the decision was not stored.
    unconfirmed = null;
  }

  startedElsewhere.checked = false;
  startedElsewhere.removeAttribute('aria-invalid');
  fill({
    client_name: asked.client_name,
    program: asked.requested_from.user_agent ?? unknown('program'),
    ip: asked.requested_from.ip ?? unknown('ip'),
    asked: ago(new Date(asked.requested_at), now),
  });
  listScopes(asked.scope, config.scopes);
  document.body.classList.toggle('other-network', !asked.same_network);
  compareIpVersions(asked.requested_from.ip);
  go('review', 'push');
  tick();
}

/**
 * Explains the warning if the IP versions differ, because the service cannot compare their addresses.
 * @param {string | null} ip the device's address
 */
function compareIpVersions(ip) {
  const device = ip?.includes(':') ? 6 : 4;
  const browser = config.ip_version ?? device;
  document.body.classList.toggle('other-ip-version', ip !== null && device !== browser);
  fill({ device_ip_version: `IPv${device}`, browser_ip_version: `IPv${browser}` });
}

// Timers are late after the machine has slept, so update when the page becomes visible, too.
addEventListener('visibilitychange', tick);

function tick() {
  clearTimeout(clock);
  if (!pending) {
    return;
  }

  const left = Math.ceil((pending.expiresAt - Date.now()) / 1000);
  if (left > 0) {
    fill({ expires: duration(left) });
    clock = setTimeout(tick, 1000);
  } else if (shown() !== 'review') {
    pending = null;
  } else if (!busy) {
    void act(() => endWithoutDecision('expired'));
  }
}

/**
 * @param {import('./memory.js').Action} action
 * @param {string} result the view to show after this decision
 */
async function decide(action, result) {
  if (!pending) {
    await endWithoutDecision('expired');
    return;
  }

  if (action === 'approve' && !pending.same_network && !startedElsewhere.checked) {
    showMessage('not-confirmed');
    startedElsewhere.setAttribute('aria-invalid', 'true');
    startedElsewhere.focus();
    return;
  }

  const { user_code } = pending;
  const outcome = await post('auth/device/authorize', { user_code, action }, await signIn.token());
  switch (outcome.kind) {
    case 'ok':
      rememberDecision(user_code, action, signIn.user);
      end(result);
      return;

    case 'refused':
      await endWithoutDecision('gone');
      return;

    case 'signed-out':
      pending = null;
      askToSignIn('signed-out');
      return;

    case 'limited':
      showMessage('limited', { wait: duration(outcome.seconds) });
      return;

    case 'unavailable':
      unconfirmed = { code: user_code, action };
      showMessage('unconfirmed');
      return;
  }
}

/** Ends the review without a decision, unless the user has decided before. @param {'expired' | 'gone'} result */
async function endWithoutDecision(result) {
  const code = pending?.user_code;
  if (code !== undefined && await reportDecision(code)) {
    return;
  }

  if (code !== undefined && code === unconfirmed?.code) {
    end('gone');
    showMessage('perhaps-decided');
  } else {
    end(result);
  }
}

/**
 * Names the decision that the user has already made about this code, if there is one.
 * @param {string} code
 * @returns {Promise<boolean>} whether there is one
 */
async function reportDecision(code) {
  let made = recallDecision(code, signIn.user);
  if (code === unconfirmed?.code) {
    // The service accepts a decision again that it has stored, and none for a code that it does not show for review.
    const { action } = unconfirmed;
    const outcome = await post('auth/device/authorize', { user_code: code, action }, await signIn.token());
    if (outcome.kind === 'ok') {
      rememberDecision(code, action, signIn.user);
      made = action;
    }
  }

  if (made) {
    end('gone');
    showMessage(made === 'approve' ? 'already-approved' : 'already-denied');
  }

  return made !== null;
}

/** Ends the review: its result replaces it, in the history too. @param {string} result */
function end(result) {
  pending = null;
  clearTimeout(clock);
  keep('', false);
  field.value = '';
  history.replaceState({ step: 'enter' }, '');
  show(result);
}

/** Shows what is wrong with the code, next to the field. @param {string} message */
function reject(message) {
  showMessage(message);
  field.setAttribute('aria-invalid', 'true');
  field.focus();
}

async function enter() {
  const code = findUserCode(field.value, config.user_code_length);
  if (code) {
    field.value = code;
    await inspect(code);
  } else {
    reject(field.value.trim() ? 'malformed' : 'empty');
  }
}

// People may paste a whole sentence: keep only the code in it. Typed text is not changed.
field.addEventListener('paste', event => {
  const code = findUserCode(event.clipboardData?.getData('text') ?? '', config.user_code_length);
  if (code) {
    event.preventDefault();
    field.value = code;
    field.dispatchEvent(new Event('input'));
  }
});

field.addEventListener('input', () => {
  clear();
  field.removeAttribute('aria-invalid');
});

startedElsewhere.addEventListener('change', () => {
  clear();
  startedElsewhere.removeAttribute('aria-invalid');
});

/** @type {Record<string, () => void | Promise<void>>} */
const actions = {
  'reload': () => location.reload(),
  'sign-in': () => leaveToSignIn(signIn.fresh && !accepted),
  'another-account': () => leaveToSignIn(true),
  'enter': enter,
  'same-code': () => inspect(current.code),
  'other-code': () => {
    const { linked } = current;
    keep('', false);
    go('enter', 'push');
    if (linked) {
      showMessage('other-code');
    }
  },
  'approve': () => decide('approve', 'approved'),
  'deny': () => decide('deny', 'denied'),
  'report': () => decide('deny', 'reported'),
  'restart': () => go('enter', 'replace'),
};

for (const event of ['click', 'submit']) {
  addEventListener(event, async happened => {
    const source = happened.target instanceof Element ? happened.target.closest('[data-action]') : null;
    if (!source || (source instanceof HTMLFormElement) !== (event === 'submit')) {
      return;
    }

    happened.preventDefault();
    await act(actions[source.getAttribute('data-action') ?? '']);
  });
}

/**
 * Runs one action at a time: a second press of a button must not send a second decision.
 * @param {(() => void | Promise<void>) | undefined} action
 */
async function act(action) {
  if (busy) {
    return;
  }

  busy = true;
  const done = wait();
  try {
    await action?.();
  } catch {
    showMessage('unavailable');
  } finally {
    busy = false;
    done();
    tick();
  }
}
