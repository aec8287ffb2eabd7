// @ts-check
// The logins of the signed-in person: sign in → list → end one, end all, or report one that the person does not recognise.
//
//   sign-in ──► list ──► confirm-one ──► list
//                 ├────► confirm-all ──► ended-all
//                 └────► reported
//
// Nothing ends without a second press, except a login that the person does not recognise.

import { runActions } from './actions.js';
import { configuration, root, send } from './api.js';
import { canRemember, rememberReturn } from './memory.js';
import { openSignIn } from './sign-in.js';
import { dateTime, fill, listScopes, show, showMessage, shown, unknown } from './view.js';

const page = new URL('device/logins', root);
const list = /** @type {HTMLElement} */ (document.querySelector('[data-list="logins"]'));
const more = /** @type {HTMLElement} */ (document.getElementById('more'));
const template = /** @type {HTMLTemplateElement} */ (document.getElementById('login'));

/**
 * @typedef {object} Login
 * @property {string} id
 * @property {string} client_name
 * @property {string} scope
 * @property {string} created_at
 * @property {string} last_used_at
 * @property {{ ip?: string, user_agent?: string }} last_used_from
 * @property {string} [expires_at]
 */

/** @type {import('./api.js').Configuration} */
let config;
/** @type {import('./sign-in.js').SignIn} */
let signIn;
/** Whether the service has accepted the signed-in account. */
let accepted = false;
/** The logins that are shown. @type {Map<string, Login>} */
const logins = new Map();
/** The login to end. @type {Login | undefined} */
let chosen;
/** Where the next page begins. @type {string | undefined} */
let next;

await start();

async function start() {
  if (!canRemember()) {
    show('blocked');
    return;
  }

  try {
    // The sign-in returns to the page that is registered for it, which leads back here.
    config = await configuration();
    signIn = await openSignIn(config.sign_in, new URL('device', root));
  } catch {
    show('unreachable');
    return;
  }

  fill({ user: signIn.user ?? '' });
  if (!signIn.user) {
    show('sign-in');
    if (signIn.failed) {
      showMessage('sign-in-failed');
    }

    return;
  }

  await load();
}

/** Shows the list from the beginning. */
async function load() {
  logins.clear();
  list.replaceChildren();
  next = undefined;
  if (await loadPage()) {
    show(logins.size > 0 || next ? 'list' : 'none');
  }
}

/** @returns {Promise<boolean>} whether the page was loaded; otherwise the reason is shown */
async function loadPage() {
  const query = next ? `?after=${encodeURIComponent(next)}` : '';
  const outcome = await send('GET', `auth/device/logins${query}`, await signIn.token());
  if (outcome.kind !== 'ok') {
    explain(outcome);
    return false;
  }

  accepted = true;
  next = outcome.json.next;
  more.hidden = !next;
  for (const login of outcome.json.logins) {
    logins.set(login.id, login);
    list.append(entry(login));
  }

  return true;
}

/** @param {Login} login */
function entry(login) {
  const item = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
  item.dataset['login'] = login.id;
  fill(
    {
      client_name: login.client_name,
      created_at: dateTime(new Date(login.created_at)),
      last_used_at: dateTime(new Date(login.last_used_at)),
      ip: login.last_used_from.ip ?? unknown('ip'),
      program: login.last_used_from.user_agent ?? unknown('program'),
      expires_at: login.expires_at ? dateTime(new Date(login.expires_at)) : '',
    },
    item);
  listScopes(login.scope, config.scopes, item);
  /** @type {HTMLElement} */ (item.querySelector('.ends')).hidden = !login.expires_at;

  // Several buttons have the same text. The client's name tells them apart.
  for (const button of item.querySelectorAll('button')) {
    button.setAttribute('aria-label', `${button.textContent}: ${login.client_name}`);
  }

  return item;
}

/** @param {import('./api.js').Outcome} outcome */
function explain(outcome) {
  if (outcome.kind === 'signed-out') {
    show('sign-in');
    showMessage(signIn.fresh && !accepted ? 'not-accepted' : 'signed-out');
  } else if (shown() === 'start') {
    show('unreachable');
  } else {
    showMessage('unavailable');
  }
}

/** Ends the chosen login. @returns {Promise<boolean>} whether it has ended; otherwise the reason is shown */
async function end() {
  const outcome = await send('DELETE', `auth/device/logins/${chosen?.id}`, await signIn.token());
  if (outcome.kind !== 'ok' && outcome.kind !== 'gone') {
    explain(outcome);
    return false;
  }

  logins.delete(chosen?.id ?? '');
  list.querySelector(`[data-login="${CSS.escape(chosen?.id ?? '')}"]`)?.remove();
  return true;
}

/** Shows the list again, or its next page if all shown logins have ended. */
async function back() {
  if (logins.size > 0) {
    show('list');
  } else {
    await load();
  }
}

/** @param {'confirm-one' | 'confirm-all'} view */
function ask(view) {
  history.pushState({}, '');
  show(view);
}

// Back leaves the question unanswered.
addEventListener('popstate', async () => {
  if (shown().startsWith('confirm-')) {
    await back();
  }
});

/** @type {Record<string, (source: Element) => void | Promise<void>>} */
const actions = {
  'reload': () => location.reload(),
  'sign-in': () => leaveToSignIn(signIn.fresh && !accepted),
  'another-account': () => leaveToSignIn(true),
  'more': async () => {
    const shownBefore = list.children.length;
    if (await loadPage()) {
      /** @type {HTMLElement | null | undefined} */ (list.children[shownBefore]?.querySelector('button'))?.focus();
    }
  },
  'ask-one': source => {
    chosen = loginOf(source);
    fill({ ended_name: chosen?.client_name ?? '' });
    ask('confirm-one');
  },
  'end-one': async () => {
    if (await end()) {
      await back();
      showMessage('ended-one', { ended_name: chosen?.client_name ?? '' });
    }
  },
  'report': async source => {
    chosen = loginOf(source);
    fill({ ended_name: chosen?.client_name ?? '' });
    if (await end()) {
      show('reported');
    }
  },
  'ask-all': () => ask('confirm-all'),
  'end-all': async () => {
    const outcome = await send('DELETE', 'auth/device/logins', await signIn.token());
    if (outcome.kind === 'ok') {
      logins.clear();
      list.replaceChildren();
      show('ended-all');
    } else {
      explain(outcome);
    }
  },
  'back': back,
};

/** @param {Element} source */
const loginOf = source => logins.get(/** @type {HTMLElement} */ (source.closest('[data-login]')).dataset['login'] ?? '');

/** @param {boolean} another */
async function leaveToSignIn(another) {
  rememberReturn(page.href);
  await signIn.start(another);
}

runActions(actions, () => showMessage('unavailable'));
