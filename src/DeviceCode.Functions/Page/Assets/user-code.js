// @ts-check
// The user code as people type, paste and read it. The server reads it as leniently; here it is found inside what was pasted.

const letters = 'BCDFGHJKLMNPQRSTVWXZ';
const separators = '[\\s\\p{Pd}]*';

/** Six to nine letters, with dashes and spaces anywhere between them. */
const whole = new RegExp(`^${separators}(?:[${letters}]${separators}){6,9}$`, 'iu');

/** A code inside other text: written with its dash, as we show it; else one run of letters. */
const dashed = within(`[${letters}]{3,5}\\s?\\p{Pd}\\s?[${letters}]{3,5}`);
const bare = within(`[${letters}]{6,9}`);

/**
 * Finds the code in what somebody typed or pasted.
 * @param {string} text
 * @returns {string | null} the code as it is shown, like BDWP-HQPK; null when there is none
 */
export function findUserCode(text) {
  if (whole.test(text)) {
    return format(text);
  }

  const found = (dashed.exec(text) ?? bare.exec(text))?.[1];
  return found && whole.test(found) ? format(found) : null;
}

/** @param {string} code with no letter or digit beside it, which would make it a part of a word */
function within(code) {
  return new RegExp(`(?:^|[^\\p{L}\\p{N}])(${code})(?![\\p{L}\\p{N}])`, 'iu');
}

/** @param {string} text */
function format(text) {
  const code = text.replace(/[\s\p{Pd}]/gu, '').toUpperCase();
  const middle = Math.ceil(code.length / 2);
  return `${code.slice(0, middle)}-${code.slice(middle)}`;
}
