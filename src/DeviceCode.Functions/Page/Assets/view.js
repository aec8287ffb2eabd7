// @ts-check
// What is on the screen. All words are in the document already; what comes from outside is only ever put into it as text.

const language = document.documentElement.lang;
// The person's own region, where it is one of this language: it has a say in how the time of day is written.
const region = navigator.languages.find(own => own.split('-')[0] === language.split('-')[0]) ?? language;
const product = document.title;

/** @type {(name: string) => HTMLElement} */
const section = name => /** @type {HTMLElement} */ (document.querySelector(`[data-view="${name}"]`));

/** @returns {HTMLElement} */
const current = () => /** @type {HTMLElement} */ (document.querySelector('[data-view]:not([hidden])'));

/**
 * Shows one view, with nothing said in it, and takes the keyboard and the screen reader there.
 * @param {string} name
 * @param {HTMLElement | null} [focus] the heading unless given
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

/** The view on the screen. */
export const shown = () => /** @type {string} */ (current().dataset['view']);

/**
 * Says something in the view on the screen, where a screen reader notices.
 * @param {string} message
 * @param {Record<string, string>} [values]
 */
export function say(message, values = {}) {
  const place = current().querySelector('[data-messages]');
  const paragraph = document.createElement('p');
  paragraph.className = message === 'other-code' ? 'notice' : 'error';
  paragraph.append(words(`[data-message="${message}"]`));
  fill(values, paragraph);
  place?.replaceChildren(paragraph);
}

/** Takes back what was said. */
export function clear() {
  current().querySelector('[data-messages]')?.replaceChildren();
}

/**
 * Dims the view on the screen, and says that something is under way when it takes a while.
 * @returns {() => void} to be called when it is done
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
 * Puts values into their slots, as text.
 * @param {Record<string, string>} values
 * @param {ParentNode} [within]
 */
export function fill(values, within = document) {
  for (const [name, value] of Object.entries(values)) {
    within.querySelectorAll(`[data-slot="${name}"]`).forEach(slot => { slot.textContent = value; });
  }
}

/**
 * The scopes in words: the operator's, else ours, else the scope itself.
 * @param {string} scope
 * @param {Record<string, string>} described
 */
export function listScopes(scope, described) {
  const scopes = scope.split(' ');
  document.querySelector('[data-list="scopes"]')?.replaceChildren(...scopes.map(name => {
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
 * A length of time in minutes, or in seconds when it is short.
 * @param {number} seconds
 */
export function duration(seconds) {
  const [unit, count] = seconds < 90 ? ['second', seconds] : ['minute', Math.ceil(seconds / 60)];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/**
 * A point in time as the clock on the wall says it, and how long ago that is.
 * @param {Date} time
 * @param {number} now by the clock that the time is by: this machine's may be wrong
 */
export function ago(time, now) {
  const minutes = Math.floor((now - time.getTime()) / 60_000);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const clock = new Intl.DateTimeFormat(region, { timeStyle: 'short' }).format(time);
  return minutes < 1 ? `${clock}, ${relative.format(0, 'second')}` : `${clock}, ${relative.format(-minutes, 'minute')}`;
}
