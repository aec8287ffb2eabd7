// @ts-check
// The requests to the service. Every call returns one of a few outcomes; a successful one includes the service's time.

/** The service's address. This file is at device/assets/VERSION/api.js below it. */
export const root = new URL('../../../', import.meta.url);

// The time-out of a request, in milliseconds.
const patience = 20_000;

/**
 * @typedef {{ kind: 'ok', json: any, now: number }
 *   | { kind: 'refused' }
 *   | { kind: 'gone' }
 *   | { kind: 'signed-out' }
 *   | { kind: 'forbidden', reason: string }
 *   | { kind: 'limited', seconds: number }
 *   | { kind: 'unavailable' }} Outcome
 */

/**
 * @typedef {object} Configuration
 * @property {import('./sign-in.js').Method} sign_in
 * @property {number} user_code_length the number of letters in new codes
 * @property {Record<string, string>} scopes the operator's descriptions of scopes
 * @property {4 | 6} [ip_version] the IP version of this browser's address, if it is known
 */

/** @returns {Promise<Configuration>} */
export async function configuration() {
  const response = await fetch(new URL('device/config.json', root), options({}));
  if (!response.ok) {
    throw new Error(`config.json: ${response.status}`);
  }

  return await response.json();
}

/**
 * @param {'auth/device/inspect' | 'auth/device/authorize' | 'creds/-/connect' | 'creds/-/callback'} path
 * @param {object} body
 * @param {string | null} token
 * @returns {Promise<Outcome>}
 */
export function post(path, body, token) {
  return send('POST', path, token, body);
}

/**
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {string} path
 * @param {string | null} token
 * @param {object} [body]
 * @returns {Promise<Outcome>}
 */
export async function send(method, path, token, body) {
  if (token === null) {
    return { kind: 'signed-out' };
  }

  let response, json;
  try {
    response = await fetch(new URL(path, root), options({
      method,
      headers: { 'Authorization': `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    }));
    json = await response.json();
  } catch {
    return { kind: 'unavailable' };
  }

  switch (response.status) {
    case 200: return { kind: 'ok', json, now: Date.parse(response.headers.get('Date') ?? '') || Date.now() };
    case 400: return { kind: 'refused' };
    case 401: return { kind: 'signed-out' };
    case 403: return { kind: 'forbidden', reason: String(json.error_description ?? '') };
    case 404: return { kind: 'gone' };
    case 429: return { kind: 'limited', seconds: Number(response.headers.get('Retry-After')) || 60 };
    default: return { kind: 'unavailable' };
  }
}

/**
 * Sends no cookies, because the token authenticates the request, and bypasses caches.
 * @param {RequestInit} request
 * @returns {RequestInit}
 */
function options(request) {
  return { ...request, credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(patience) };
}
