// @ts-check
// The development sign-in, which accepts any identity without checking it. It leaves the page and returns, as a real one does.

const key = 'devicecode.development-user';

/**
 * @param {URL} page
 * @returns {Promise<import('./sign-in.js').SignIn>}
 */
export async function open(page) {
  const answer = new URLSearchParams(location.hash.slice(1)).get('development_user');
  if (answer) {
    sessionStorage.setItem(key, answer);
    history.replaceState(history.state, '', page);
  }

  const user = sessionStorage.getItem(key);
  return {
    user,
    fresh: answer !== null,
    failed: false,
    token: async () => user && `dev:${encodeURIComponent(user)}`,
    start: async () => {
      sessionStorage.removeItem(key);
      location.assign(new URL('dev/sign-in', page));
    },
  };
}
