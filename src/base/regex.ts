import { byteString } from './byte-string.ts'

/** A regular expression that JavaScript cannot honour; the message is a fragment. */
export class RegexError extends Error {}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: 'A-Fa-f0-9',
}

/** What PCRE writes with a backslash and JavaScript writes otherwise. */
const ESCAPES: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '$',
  h: '[ \\t]',
  a: '\\x07',
}

/** Escapes of PCRE that would silently mean a plain letter in JavaScript. */
const FOREIGN = /[CEGHKLNQRUVXeglou]/

/**
 * Compiles a regular expression in nginx's spelling (PCRE): `(?P<name>…)`, `(?P=name)`, a leading
 * `(?i)`, POSIX classes, `\A`, `\z`. It matches byte strings. What JavaScript has no counterpart
 * for (possessive quantifiers, atomic groups, recursion, `\K`) throws a `RegexError`.
 */
export function compileRegex(source: string, flags: 'i' | '' = ''): RegExp {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(source)
  const wanted = new Set([...flags, ...(leading?.[1] ?? '')])
  for (const flag of wanted) {
    if (!'ims'.includes(flag)) throw new RegexError(`the option (?${flag}) is not supported`)
  }
  const body = byteString(source.slice(leading?.[0].length ?? 0))
  try {
    return new RegExp(translate(body, wanted), [...wanted].join(''))
  } catch (error) {
    if (error instanceof RegexError) throw error
    const text = error instanceof Error ? error.message : String(error)
    throw new RegexError(
      text.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, '').toLowerCase(),
    )
  }
}

function translate(source: string, flags: ReadonlySet<string>): string {
  let out = ''
  let at = 0
  while (at < source.length) {
    const [text, length] = nextPiece(source, at, flags)
    out += text
    at += length
  }
  return out
}

/** The next piece of an expression, translated, and how long it was. */
function nextPiece(
  source: string,
  at: number,
  flags: ReadonlySet<string>,
): [text: string, length: number] {
  const char = source[at] as string
  if (source.startsWith('\\Q', at)) return quoted(source, at)
  if (char === '\\') return escaped(source, at, false)
  if (char === '[') return characterClass(source, at)
  // A line ends with LF alone, and `$` stands before one at the very end, too.
  if (char === '.' && !flags.has('s')) return ['[^\\n]', 1]
  if (char === '$' && !flags.has('m')) return ['(?=\\n?$)', 1]
  if (source.startsWith('(?P<', at)) return ['(?<', 4]
  const back = /^\(\?P=(\w+)\)/.exec(source.slice(at, at + 80))
  if (back) return [`\\k<${back[1]}>`, back[0].length]
  return [char, 1]
}

/** `\Q…\E`: what stands between means itself. */
function quoted(source: string, start: number): [string, number] {
  const found = source.indexOf('\\E', start + 2)
  const end = found < 0 ? source.length : found
  const text = source.slice(start + 2, end).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return [text, Math.min(end + 2, source.length) - start]
}

function escaped(source: string, at: number, inClass: boolean): [string, number] {
  const letter = source[at + 1]
  if (letter === 'p' || letter === 'P') return property(source, at, inClass)
  const byte = /^\\x\{0*([0-9A-Fa-f]{1,2})\}/.exec(source.slice(at, at + 16))
  if (byte) return [`\\x${byte[1]?.padStart(2, '0')}`, byte[0].length]
  if (source.startsWith('\\x{', at)) throw new RegexError('\\x{…} beyond a byte is not supported')
  if (letter === undefined) throw new RegexError('\\ at the end of the expression')
  if (FOREIGN.test(letter) || (inClass && 'AZz'.includes(letter))) {
    throw new RegexError(`\\${letter} is not supported`)
  }
  const known = ESCAPES[letter]
  if (known === undefined) return [`\\${letter}`, 2]
  return [inClass ? known.replace(/^\[(.*)\]$/, '$1') : known, 2]
}

/**
 * `\p{N}`, `\PL`, `\p{^Greek}`: as in PCRE without UTF, each byte counts as the character of that
 * number, so that a property is a set of bytes.
 */
function property(source: string, at: number, inClass: boolean): [string, number] {
  const found = /^\\[pP](?:\{(\^?)([\w&]{1,64})\}|([A-Z]))/.exec(source.slice(at, at + 80))
  if (!found) throw new RegexError(`malformed ${source.slice(at, at + 2)}`)
  const [text, not, long, short] = found
  const name = long ?? (short as string)
  const wanted = (not === '^') === (text[1] === 'P')
  const has = characters(name === 'L&' ? 'LC' : name)
  let set = ''
  for (let byte = 0; byte < 256; byte++) {
    const hex = byte.toString(16).padStart(2, '0')
    if (has.test(String.fromCharCode(byte)) === wanted) set += `\\x${hex}`
  }
  return [inClass ? set : `[${set}]`, text.length]
}

/** Tests one character for a category, or else for a script. */
function characters(name: string): RegExp {
  for (const property of [name, `Script_Extensions=${name}`]) {
    try {
      return new RegExp(`\\p{${property}}`, 'u')
    } catch {
      // There is no such property.
    }
  }
  throw new RegexError(`unknown property name \\p{${name}}`)
}

/** `[…]`: in PCRE a `]` that comes first stands for itself, and `[:alpha:]` is a class. */
function characterClass(source: string, start: number): [string, number] {
  let at = start + 1
  let out = '['
  if (source[at] === '^') out += source[at++]
  if (source[at] === ']') {
    out += '\\]'
    at++
  }
  for (;;) {
    const char = source[at]
    if (char === undefined) throw new RegexError('missing terminating ] for character class')
    if (char === ']') return [`${out}]`, at + 1 - start]
    const posix = /^\[:(\^?)(\w+):\]/.exec(source.slice(at, at + 16))
    const set = POSIX_CLASSES[posix?.[2] ?? '']
    if (posix && (set === undefined || posix[1])) {
      throw new RegexError(`the class ${posix[0]} is not supported`)
    }
    const [text, length] = posix
      ? [set as string, posix[0].length]
      : char === '\\'
        ? escaped(source, at, true)
        : [char === '[' ? '\\[' : char, 1]
    out += text
    at += length
  }
}
