import { FieldMarks } from './hpack/field-marks.ts'

/** What a field of a request is, so far as a server must know. */
export const KIND = {
  plain: 0,
  method: 1,
  scheme: 2,
  authority: 3,
  path: 4,
  protocol: 5,
  /** The last of the pseudo-fields that there are. */
  lastPseudo: 5,
  host: 6,
  cookie: 7,
  length: 8,
  te: 9,
  /** Its name has an underscore, or something even rarer (`ignore_invalid_headers`). */
  underscored: 10,
  uncommon: 11,
  /** What no request may have (RFC 9113 section 8.2), from here on. */
  unknownPseudo: 12,
  badName: 13,
  badValue: 14,
  ofConnection: 15,
} as const

const PSEUDO: ReadonlyMap<string, number> = new Map([
  [':method', KIND.method],
  [':scheme', KIND.scheme],
  [':authority', KIND.authority],
  [':path', KIND.path],
  [':protocol', KIND.protocol],
])
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['host', KIND.host],
  ['cookie', KIND.cookie],
  ['content-length', KIND.length],
  ['te', KIND.te],
  ['connection', KIND.ofConnection],
  ['keep-alive', KIND.ofConnection],
  ['proxy-connection', KIND.ofConnection],
  ['transfer-encoding', KIND.ofConnection],
  ['upgrade', KIND.ofConnection],
])
const COLON = 58
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
const COMMON_NAME = /^[0-9a-z-]+$/
const UNDERSCORED_NAME = /^[0-9a-z_-]+$/
/** What ends a line, or is no text; and space around a value. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BAD_VALUE = /[\x00\r\n]|^[ \t]|[ \t]$/

/** Finds the kind of a field, once for each that is remembered. */
export const fieldKinds: FieldMarks = new FieldMarks(kindOf)

function kindOf(name: string, value: string): number {
  if (BAD_VALUE.test(value)) return KIND.badValue
  if (name.charCodeAt(0) === COLON) return PSEUDO.get(name) ?? KIND.unknownPseudo
  const special = SPECIAL.get(name)
  if (special !== undefined) return special
  if (COMMON_NAME.test(name)) return KIND.plain
  if (UNDERSCORED_NAME.test(name)) return KIND.underscored
  return NAME.test(name) ? KIND.uncommon : KIND.badName
}
