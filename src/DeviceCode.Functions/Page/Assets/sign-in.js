// @ts-check
// Decides how a person signs in: with an OpenID provider (Entra ID in Azure), or by the development sign-in.

import { takeOutcome } from './memory.js';

/**
 * @typedef {{ method: 'development' } | MsalMethod} Method
 *
 * @typedef {object} MsalMethod
 * @property {'msal'} method
 * @property {string} authority
 * @property {string} client_id
 * @property {string} scope separated by spaces
 * @property {'AAD' | 'OIDC'} protocol_mode
 */

/**
 * @typedef {object} SignIn
 * @property {string | null} user the name or address of the person who is signed in; null if signed out
 * @property {boolean} fresh whether they have just signed in
 * @property {boolean} failed whether a sign-in was just tried, but not completed
 * @property {() => Promise<string | null>} token an access token for the service; null when the sign-in has ended
 * @property {(another: boolean) => Promise<void>} start leaves the page to sign in; if another is true, with another account
 */

/**
 * @param {Method} method
 * @param {URL} page the address to which the sign-in returns
 * @returns {Promise<SignIn>}
 */
export async function openSignIn(method, page) {
  const signIn = await open(method, page);

  // On any other page, that page has received the outcome of the sign-in and passed it on.
  return location.pathname === page.pathname ? signIn : { ...signIn, ...takeOutcome() };
}

/**
 * @param {Method} method
 * @param {URL} page
 * @returns {Promise<SignIn>}
 */
async function open(method, page) {
  switch (method.method) {
    case 'msal': return (await import('./sign-in-msal.js')).open(method, page);
    case 'development': return (await import('./sign-in-development.js')).open(page);
  }
}
