// @ts-check
// The verification page (RFC 8628 §3.3): sign in → enter or confirm the code → see who asks → say yes or no.
//
//   sign-in ──► enter ────► review ──► approved, denied, reported
//          └──► confirm ──┘       └──► expired, gone
//
// Only a press of Approve, Deny or "I did not start this" changes anything. The browser's history has the steps before the
// decision, so that Back goes to the code; a decision takes the place of its review, so that Back never returns to it.

import { configuration, post, root } from './api.js';
import { openSignIn } from './sign-in.js';
import { findUserCode } from './user-code.js';
import { ago, clear, duration, fill, listScopes, say, show, shown, unknown } from './view.js';

const page = new URL('device', root);
const rememberedCode = 'devicecode.user_code';
const field = /** @type {HTMLInputElement} */ (document.getElementById('user-code'));
const startedElsewhere = /** @type {HTMLInputElement} */ (document.getElementById('started-elsewhere'));

/** @type {import('./api.js').Configuration} */
let config;
/** @type {import('./sign-in.js').SignIn} */
let signIn;
/** The code that came with the address, to be compared with the device's. */
let linkedCode = '';
/** @type {{ user_code: string, same_network: boolean, expiresAt: number } | null} What is being decided. */
let pending = null;
/** Whether a decision was sent and no answer came: it may have been made. */
let unanswered = false;
let busy = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let clock;

await start();

async function start() {
  takeCodeFromAddress();
  try {
    config = await configuration();
    signIn = await openSignIn(config.sign_in, page);
  } catch {
    show('unreachable');
    return;
  }

  fill({ user: signIn.user ?? '' });
  if (!signIn.user) {
    askToSignIn(signIn.failed ? 'sign-in-failed' : null);
  } else {
    go(linkedCode ? 'confirm' : 'enter', 'replace');
  }
}

// The code leaves the address at once, so that it goes no further: not to the identity provider, not into a bookmark.
function takeCodeFromAddress() {
  const given = new URLSearchParams(location.search).get('user_code');
  if (given !== null) {
    remember(findUserCode(given) ?? '');
    history.replaceState(history.state, '', page.href + location.hash);
  }

  linkedCode = findUserCode(sessionStorage.getItem(rememberedCode) ?? '') ?? '';
}

/** @param {string} code kept for the way to the identity provider and back */
function remember(code) {
  linkedCode = code;
  sessionStorage.setItem(rememberedCode, code);
}

/** @param {'signed-out' | 'sign-in-failed' | null} why */
function askToSignIn(why) {
  show('sign-in');
  if (why) {
    say(why);
  }
}

/**
 * @param {'enter' | 'confirm' | 'review'} step
 * @param {'push' | 'replace' | 'stay'} how
 */
function go(step, how) {
  if (how !== 'stay') {
    history[how === 'push' ? 'pushState' : 'replaceState']({ step }, '');
  }

  if (step === 'enter') {
    show('enter', field);
  } else {
    fill({ user_code: linkedCode });
    show(step);
  }
}

addEventListener('popstate', event => {
  const step = event.state?.step;
  if (!signIn?.user) {
    return;
  }

  // Forward to a review that is over, or was decided meanwhile, leads to the code instead.
  go(step === 'review' && !pending || step === 'confirm' && !linkedCode || !step ? 'enter' : step, 'stay');
});

// Back from the identity provider, browsers may show the page as it was left, in the middle of leaving.
addEventListener('pageshow', event => {
  if (event.persisted) {
    location.reload();
  }
});

/** Asks who asks, and shows it. @param {string} userCode */
async function inspect(userCode) {
  const outcome = await post('inspect', { user_code: userCode }, await signIn.token());
  switch (outcome.kind) {
    case 'ok':
      remember(outcome.json.user_code);
      review(outcome.json);
      return;

    case 'refused':
      // What is wrong cannot be right the next time: it need not be compared again.
      remember('');
      if (shown() === 'confirm') {
        field.value = userCode;
        go('enter', 'replace');
      }

      reject('refused');
      return;

    case 'signed-out':
      remember(userCode);
      askToSignIn('signed-out');
      return;

    case 'limited':
      say('limited', { wait: duration(outcome.seconds) });
      return;

    case 'unavailable':
      say('unavailable');
      return;
  }
}

/** @param {any} asked the answer of /auth/device/inspect */
function review(asked) {
  pending = { user_code: asked.user_code, same_network: asked.same_network, expiresAt: Date.now() + asked.expires_in * 1000 };
  unanswered = false;
  startedElsewhere.checked = false;
  startedElsewhere.removeAttribute('aria-invalid');
  fill({
    client_name: asked.client_name,
    program: asked.requested_from.user_agent ?? unknown('program'),
    ip: asked.requested_from.ip ?? unknown('ip'),
    asked: ago(new Date(asked.requested_at)),
  });
  listScopes(asked.scope, config.scopes);
  document.body.classList.toggle('other-network', !asked.same_network);
  tick();
  go('review', 'push');
}

// Also after the machine has slept, when timers come late.
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
    end('expired');
  }
}

/**
 * @param {'approve' | 'deny'} action
 * @param {string} result the view when it has been decided so
 */
async function decide(action, result) {
  if (!pending) {
    return;
  }

  if (action === 'approve' && !pending.same_network && !startedElsewhere.checked) {
    say('not-confirmed');
    startedElsewhere.setAttribute('aria-invalid', 'true');
    startedElsewhere.focus();
    return;
  }

  const outcome = await post('authorize', { user_code: pending.user_code, action }, await signIn.token());
  switch (outcome.kind) {
    case 'ok':
      end(result);
      return;

    case 'refused':
      end('gone');
      if (unanswered) {
        say('perhaps-decided');
      }

      return;

    case 'signed-out':
      pending = null;
      askToSignIn('signed-out');
      return;

    case 'limited':
      say('limited', { wait: duration(outcome.seconds) });
      return;

    case 'unavailable':
      unanswered = true;
      say('unanswered');
      return;
  }
}

/** It is over: the review gives way to its result, in the history too. @param {string} result */
function end(result) {
  pending = null;
  clearTimeout(clock);
  remember('');
  field.value = '';
  history.replaceState({ step: 'enter' }, '');
  show(result);
}

/** Says what is wrong with the code, beside the field. @param {string} message */
function reject(message) {
  say(message);
  field.setAttribute('aria-invalid', 'true');
  field.focus();
}

async function enter() {
  const code = findUserCode(field.value);
  if (code) {
    field.value = code;
    await inspect(code);
  } else {
    reject(field.value.trim() ? 'malformed' : 'empty');
  }
}

// A sentence may be pasted: only its code is kept. Not in the middle of typing.
field.addEventListener('paste', event => {
  const code = findUserCode(event.clipboardData?.getData('text') ?? '');
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
  'sign-in': () => signIn.start(false),
  'another-account': () => signIn.start(true),
  'enter': enter,
  'same-code': () => inspect(linkedCode),
  'other-code': () => {
    remember('');
    go('enter', 'push');
    say('other-code');
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
    // One thing at a time: a second press of a button is not a second decision.
    if (busy) {
      return;
    }

    busy = true;
    source.closest('section')?.setAttribute('aria-busy', 'true');
    try {
      await actions[source.getAttribute('data-action') ?? '']?.();
    } catch {
      say('unavailable');
    } finally {
      busy = false;
      source.closest('section')?.removeAttribute('aria-busy');
      tick();
    }
  });
}
