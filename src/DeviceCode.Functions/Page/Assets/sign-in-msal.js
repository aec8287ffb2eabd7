// @ts-check
// The sign-in with Entra ID or another OpenID provider: authorization code with PKCE, by MSAL. Bundled with it when the service is built.

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
    // Gone with the tab, and no cookie.
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
    // Refused by the person or the provider. What it says is for its own logs; here one can try again.
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
        // No hidden frame: what the cache and the refresh token do not give, the person is asked for.
        const answer = account && await msal.acquireTokenSilent({ account, scopes, cacheLookupPolicy: CacheLookupPolicy.AccessTokenAndRefreshToken });
        return answer && answer.accessToken;
      } catch (error) {
        // The provider has said no. When it has said nothing, the session may be as good as ever.
        if (error instanceof InteractionRequiredAuthError || error instanceof ServerError) {
          return null;
        }

        throw error;
      }
    },
    start: another => msal.acquireTokenRedirect({ scopes, prompt: another ? 'select_account' : undefined }),
  };
}
