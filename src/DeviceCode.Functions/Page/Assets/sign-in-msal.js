// @ts-check
// The sign-in with Entra ID or another OpenID provider: authorization code with PKCE, with MSAL. The build bundles this file with MSAL.

import { CacheLookupPolicy, InteractionRequiredAuthError, PublicClientApplication, ServerError } from '@azure/msal-browser';

/**
 * @param {import('./sign-in.js').MsalMethod} method
 * @param {URL} page
 * @returns {Promise<import('./sign-in.js').SignIn>}
 */
export async function open(method, page) {
  const scopes = method.scope.split(' ');
  const msal = new PublicClientApplication({
    auth: {
      clientId: method.client_id,
      authority: method.authority,
      knownAuthorities: [new URL(method.authority).host],
      redirectUri: page.href,
    },
    // Session storage ends with the tab, and needs no cookie.
    cache: { cacheLocation: 'sessionStorage' },
    system: { protocolMode: method.protocol_mode },
  });
  await msal.initialize();

  let fresh = false, failed = false;
  try {
    const answer = await msal.handleRedirectPromise({ navigateToLoginRequestUrl: false });
    if (answer) {
      msal.setActiveAccount(answer.account);
      fresh = true;
    }
  } catch {
    // The person cancelled, or the provider rejected the sign-in. Its error is in its own logs; here, the person can try again.
    failed = true;
    history.replaceState(history.state, '', page);
  }

  const account = msal.getActiveAccount();
  return {
    user: account && (account.username || account.name || account.localAccountId),
    fresh,
    failed,
    token: async () => {
      try {
        // Do not try a hidden frame: if the cache and the refresh token fail, ask the person to sign in.
        const answer = account && await msal.acquireTokenSilent({ account, scopes, cacheLookupPolicy: CacheLookupPolicy.AccessTokenAndRefreshToken });
        return answer && answer.accessToken;
      } catch (error) {
        // The provider rejected the request. After any other error, such as an outage, the session may still be valid.
        if (error instanceof InteractionRequiredAuthError || error instanceof ServerError) {
          return null;
        }

        throw error;
      }
    },
    start: another => msal.acquireTokenRedirect({ scopes, prompt: another ? 'select_account' : undefined }),
  };
}
