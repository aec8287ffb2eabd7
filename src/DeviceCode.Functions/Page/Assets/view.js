// @ts-check
// Shows the views. The document already contains all texts; external input is inserted only as text.

const language = document.documentElement.lang;
// The person's region, if it is one of this language: it determines how the time of day is written.
const region = navigator.languages.find(own => own.split('-')[0] === language.split('-')[0]) ?? language;
const product = document.title;

/** @type {(name: string) => HTMLElement} */
const section = name => /** @type {HTMLElement} */ (document.querySelector(`[data-view="${name}"]`));

/** @returns {HTMLElement} */
const current = () => /** @type {HTMLElement} */ (document.querySelector('[data-view]:not([hidden])'));

/**
 * Shows one view without a message, and moves the focus of the keyboard and the screen reader there.
 * @param {string} name
 * @param {HTMLElement | null} [focus] by default, the heading
 */
export function show(name, focus) {
  current().hidden = true;
  const view = section(name);
  view.hidden = false;
  clear();
  const heading = /** @type {HTMLElement} */ (view.querySelector('h1'));
  document.title = `${heading.innerText} · ${product}`;
  (focus ?? heading).focus();
  scrollTo(0, 0);
}

/** The name of the current view. */
export const shown = () => /** @type {string} */ (current().dataset['view']);

/**
 * Shows a message in the current view, so that a screen reader announces it.
 * @param {string} message
 * @param {Record<string, string>} [values]
 */
export function showMessage(message, values = {}) {
  const place = current().querySelector('[data-messages]');
  const paragraph = document.createElement('p');
  paragraph.className = message === 'other-code' || /^(already|ended)-/.test(message) ? 'notice' : 'error';
  paragraph.append(words(`[data-message="${message}"]`));
  fill(values, paragraph);
  place?.replaceChildren(paragraph);
}

/** Removes the message from the current view. */
export function clear() {
  current().querySelector('[data-messages]')?.replaceChildren();
}

/**
 * Dims the current view, and shows a message if the action takes a while.
 * @returns {() => void} call it when the action is done
 */
export function wait() {
  const [view, status] = [current(), /** @type {HTMLElement} */ (document.getElementById('wait'))];
  view.setAttribute('aria-busy', 'true');
  const late = setTimeout(() => status.replaceChildren(words('[data-message="wait"]')), 500);
  return () => {
    clearTimeout(late);
    status.replaceChildren();
    view.removeAttribute('aria-busy');
  };
}

/**
 * Writes values into their slots, as text.
 * @param {Record<string, string>} values
 * @param {ParentNode} [within]
 */
export function fill(values, within = document) {
  for (const [name, value] of Object.entries(values)) {
    within.querySelectorAll(`[data-slot="${name}"]`).forEach(slot => { slot.textContent = value; });
  }
}

/**
 * Lists the scopes: by the operator's description, else by ours, else by name.
 * @param {string} scope
 * @param {Record<string, string>} described
 * @param {ParentNode} [within]
 */
export function listScopes(scope, described, within = document) {
  const scopes = scope.split(' ');
  within.querySelector('[data-list="scopes"]')?.replaceChildren(...scopes.map(name => {
    const item = document.createElement('li');
    const ours = document.querySelector(`template[data-scope="${CSS.escape(name)}"]`);
    item.append(
      Object.hasOwn(described, name) ? described[name] ?? ''
        : words(ours ? `[data-scope="${CSS.escape(name)}"]` : '[data-unknown="scope"]'));
    fill({ scope: name }, item);
    return item;
  }));
}

/**
 * @param {'program' | 'ip'} what
 * @returns {string}
 */
export const unknown = what => words(`[data-unknown="${what}"]`).textContent ?? '';

/**
 * @param {string} selector
 * @returns {DocumentFragment}
 */
function words(selector) {
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector(`template${selector}`));
  return /** @type {DocumentFragment} */ (template.content.cloneNode(true));
}

/**
 * Formats a duration in minutes, or in seconds if it is short.
 * @param {number} seconds
 */
export function duration(seconds) {
  const [unit, count] = seconds < 90 ? ['second', seconds] : ['minute', Math.ceil(seconds / 60)];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/**
 * Formats a time of day, and how long ago it was.
 * @param {Date} time
 * @param {number} now the current time by the same clock as the given time, because this machine's clock may be wrong
 */
export function ago(time, now) {
  const minutes = Math.floor((now - time.getTime()) / 60_000);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const clock = new Intl.DateTimeFormat(region, { timeStyle: 'short' }).format(time);
  return minutes < 1 ? `${clock}, ${relative.format(0, 'second')}` : `${clock}, ${relative.format(-minutes, 'minute')}`;
}

/** Formats a day and a time. @param {Date} time */
export const dateTime = time => new Intl.DateTimeFormat(region, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
