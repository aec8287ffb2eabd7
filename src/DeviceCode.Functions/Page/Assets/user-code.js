// @ts-check
// The user code as people type, paste and read it. The server reads it as leniently; here it is also found inside what was pasted.

const letter = '[BCDFGHJKLMNPQRSTVWXZ]';
const separators = '[\\s\\p{Pd}]*';

/** Six to nine letters, with dashes and spaces anywhere between them. */
const whole = new RegExp(`^${separators}(?:${letter}${separators}){6,9}$`, 'iu');

/**
 * Reads a code that is all there is.
 * @param {string} text
 * @returns {string | null} the code as it is shown, like BDWP-HQPK; null when it is none
 */
export function readUserCode(text) {
  if (!whole.test(text)) {
    return null;
  }

  const code = text.replace(/[\s\p{Pd}]/gu, '').toUpperCase();
  const middle = Math.ceil(code.length / 2);
  return `${code.slice(0, middle)}-${code.slice(middle)}`;
}

/**
 * Finds the code in what somebody has pasted.
 * @param {string} text
 * @param {number} length how many letters codes have now
 * @returns {string | null} the code as it is shown; null when there is none, or it cannot be told which it is
 */
export function findUserCode(text, length) {
  const alone = readUserCode(text);
  if (alone) {
    return alone;
  }

  // As we write it, else in one run of letters, else with a space: the surest first, and only when nothing else looks like it.
  const [first, second] = [Math.ceil(length / 2), Math.floor(length / 2)];
  for (const between of ['\\s?\\p{Pd}\\s?', '', '\\s+']) {
    // A letter or digit beside it would make it a part of a word.
    const pattern = new RegExp(`(?<before>^|[^\\p{L}\\p{N}])(?<code>${letter}{${first}}${between}${letter}{${second}})(?![\\p{L}\\p{N}])`, 'giu');
    const found = new Set([...text.matchAll(pattern)].map(match => readUserCode(match.groups?.['code'] ?? '')));
    if (found.size > 0) {
      return found.size === 1 ? [...found][0] ?? null : null;
    }
  }

  return null;
}
