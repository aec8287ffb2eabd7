// @ts-check
// Connects an account at another provider (RFC 6749 §4.1), for the owner of a credential: sign in → leave for the provider → return.
//
//   /creds/-/connect#request=… ──► sign-in ──► leave ──► the provider ──► /creds/-/callback?state=… ──► sign-in ──► connected
//
// The parameters leave the address at once, so that they reach neither a bookmark nor the identity provider. Only the tab that left for the
// provider completes the login: a link of another user would otherwise connect their account.

import { runActions } from './actions.js';
import { configuration, post, root } from './api.js';
import { canRemember, recallConnection, rememberConnection, rememberReturn } from './memory.js';
import { openSignIn } from './sign-in.js';
import { fill, show, showMessage, wait } from './view.js';

const connectPage = new URL('creds/-/connect', root), callbackPage = new URL('creds/-/callback', root);
const parameters = ['state', 'code', 'error', 'iss'];

/** @type {import('./sign-in.js').SignIn} */
let signIn;

await start();

async function start() {
  if (!canRemember()) {
    show('blocked');
    return;
  }

  const isCallback = location.pathname === callbackPage.pathname;
  if (isCallback ? !takeAnswer() : !takeRequest()) {
    show(isCallback ? 'other-tab' : 'gone');
    return;
  }

  try {
    // The sign-in returns to the page that is registered for it, which leads back here.
    signIn = await openSignIn((await configuration()).sign_in, new URL('device', root));
  } catch {
    show('unreachable');
    return;
  }

  fill({ user: signIn.user ?? '' });
  if (!signIn.user) {
    show('sign-in');
  } else if (isCallback) {
    await complete();
  } else {
    show('leave');
  }
}

/** @returns {boolean} whether there is a login to start */
function takeRequest() {
  const given = new URLSearchParams(location.hash.slice(1)).get('request');
  if (given) {
    rememberConnection({ request: given });
    history.replaceState(null, '', connectPage);
  }

  return recallConnection().request !== undefined;
}

/** @returns {boolean} whether this tab has started the login whose answer is here */
function takeAnswer() {
  const query = new URLSearchParams(location.search);
  const connection = recallConnection();
  if (query.has('state')) {
    connection.answer = Object.fromEntries(parameters.flatMap(name => query.has(name) ? [[name, query.get(name) ?? '']] : []));
    history.replaceState(null, '', callbackPage);
    rememberConnection(connection);
  }

  return connection.state !== undefined && connection.state === connection.answer?.['state'];
}

async function leave() {
  const connection = recallConnection();
  const outcome = await post('creds/-/connect', { request: connection.request }, await signIn.token());
  if (outcome.kind === 'ok') {
    const page = new URL(outcome.json.redirect_uri);
    rememberConnection({ ...connection, state: page.searchParams.get('state') ?? '' });
    location.assign(page);
  } else {
    explain(outcome);
  }
}

async function complete() {
  const { answer = {} } = recallConnection();
  const done = wait();
  const outcome = await post('creds/-/callback', answer, await signIn.token());
  done();
  if (outcome.kind === 'ok') {
    rememberConnection({});
    fill({ account: outcome.json.account ?? '' });
    document.body.classList.toggle('unknown-account', !outcome.json.account);
    show('connected');
  } else {
    explain(outcome);
  }
}

/** @param {import('./api.js').Outcome} outcome */
function explain(outcome) {
  switch (outcome.kind) {
    case 'signed-out':
      show('sign-in');
      showMessage('signed-out');
      return;

    case 'forbidden':
      fill({ reason: outcome.reason });
      show('forbidden');
      return;

    case 'refused':
      show('gone');
      return;

    default:
      show('retry');
  }
}

/** @type {Record<string, () => void | Promise<void>>} */
const actions = {
  'reload': () => location.reload(),
  'sign-in': () => leaveToSignIn(false),
  'another-account': () => leaveToSignIn(true),
  'leave': leave,

  // The login stays pending, and can be started again.
  'restart': () => location.assign(connectPage),
};

/** @param {boolean} another */
async function leaveToSignIn(another) {
  rememberReturn(location.href);
  await signIn.start(another);
}

runActions(actions, () => show('unreachable'));
