// @ts-check
// Reads user codes as people type, paste and link them, by the same rule as the service (TypedLetters.cs). In addition, this finds a code
// inside pasted text.

const letter = '[BCDFGHJKLMNPQRSTVWXZ]';
const whole = new RegExp(`^${letter}{6,9}$`, 'i');

// As in the type UserCode, in UTF-16.
const longest = 256;

/** A control character other than white space, or half of a surrogate pair. */
const invalid = /(?!\p{White_Space})[\p{Cc}\p{Cs}]/u;

// The key "-" of a Japanese keyboard types a long vowel mark, which is a letter to Unicode.
const longVowelMark = 'ー';
const dropped = new RegExp(`[^\\p{L}\\p{N}]|${longVowelMark}`, 'gu');
const dash = `[\\p{Pd}\u2212${longVowelMark}]`;

/**
 * Reads a text that consists of a code only (RFC 8628 §6.1).
 * @param {string} text
 * @returns {string | null} the code as it is shown, like BDWP-HQPK; null if the text is not a code
 */
export function readUserCode(text) {
  const letters = text.length > longest ? null : normalize(text)?.replace(dropped, '');
  if (!letters || !whole.test(letters)) {
    return null;
  }

  const code = letters.toUpperCase();
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

  // Marks and invisible characters are not the end of a word.
  const words = normalize(text)?.replace(/[\p{M}\p{Cf}]/gu, '') ?? '';

  // Try the surest form first: with a dash, then without, then with a space. Two different matches are ambiguous.
  const [first, second] = [Math.ceil(length / 2), Math.floor(length / 2)];
  for (const between of [`\\s?${dash}\\s?`, '', '\\s+']) {
    // Next to a letter or digit, the match would be part of a word.
    const code = `${letter}{${first}}${between}${letter}{${second}}`;
    const pattern = new RegExp(`(?<before>^|[^\\p{L}\\p{N}])(?<code>${code})(?![\\p{L}\\p{N}])`, 'giu');
    const found = new Set([...words.matchAll(pattern)].map(match => readUserCode(match.groups?.['code'] ?? '')));
    if (found.size > 0) {
      return found.size === 1 ? [...found][0] ?? null : null;
    }
  }

  return null;
}

/**
 * Replaces compatibility forms, like full-width letters, by the letters that they stand for.
 * @param {string} text
 * @returns {string | null} null if the text is not valid
 */
function normalize(text) {
  if (invalid.test(text)) {
    return null;
  }

  // NFKC makes one letter of a letter and its accent, but not if there is another mark in between. Then the accent must not be dropped.
  const normalized = text.normalize('NFKC');
  const accented = [...normalized.matchAll(/([a-z])(\p{M}+)/giu)]
    .some(([, base, marks]) => [...marks ?? ''].some(mark => `${base}${mark}`.normalize('NFC').length === 1));
  return accented ? null : normalized;
}
