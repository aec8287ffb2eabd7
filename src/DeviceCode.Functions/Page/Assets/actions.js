// @ts-check
// Runs the actions of a page's buttons, which name them in data-action.

import { wait } from './view.js';

/**
 * Runs one action at a time: a second press of a button must not send a second request.
 * @param {Record<string, (source: Element) => void | Promise<void>>} actions
 * @param {() => void} onFault shows that an action has failed
 */
export function runActions(actions, onFault) {
  let busy = false;
  addEventListener('click', async happened => {
    const source = happened.target instanceof Element ? happened.target.closest('[data-action]') : null;
    if (!source || busy) {
      return;
    }

    busy = true;
    const done = wait();
    try {
      await actions[source.getAttribute('data-action') ?? '']?.(source);
    } catch {
      onFault();
    } finally {
      busy = false;
      done();
    }
  });

  // After Back from another site, the browser may restore the page in the state in which it was left.
  addEventListener('pageshow', event => {
    if (event.persisted) {
      location.reload();
    }
  });
}
