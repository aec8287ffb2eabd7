// @ts-check
// Parses user codes as people type and paste them. The server is equally lenient; in addition, this finds a code inside pasted text.

const letter = '[BCDFGHJKLMNPQRSTVWXZ]';
const separators = '[\\s\\p{Pd}]*';

/** Six to nine letters, with dashes and spaces anywhere between them. */
const whole = new RegExp(`^${separators}(?:${letter}${separators}){6,9}$`, 'iu');

/**
 * Reads a text that consists of a code only.
 * @param {string} text
 * @returns {string | null} the code as it is shown, like BDWP-HQPK; null if the text is not a code
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
 * Finds the code in pasted text.
 * @param {string} text
 * @param {number} length the number of letters in new codes
 * @returns {string | null} the code as it is shown; null if there is none, or more than one
 */
export function findUserCode(text, length) {
  const alone = readUserCode(text);
  if (alone) {
    return alone;
  }

  // Try the surest form first: with a dash, then without, then with a space. Two different matches are ambiguous.
  const [first, second] = [Math.ceil(length / 2), Math.floor(length / 2)];
  for (const between of ['\\s?\\p{Pd}\\s?', '', '\\s+']) {
    // Next to a letter or digit, the match would be part of a word.
    const pattern = new RegExp(`(?<before>^|[^\\p{L}\\p{N}])(?<code>${letter}{${first}}${between}${letter}{${second}})(?![\\p{L}\\p{N}])`, 'giu');
    const found = new Set([...text.matchAll(pattern)].map(match => readUserCode(match.groups?.['code'] ?? '')));
    if (found.size > 0) {
      return found.size === 1 ? [...found][0] ?? null : null;
    }
  }

  return null;
}
