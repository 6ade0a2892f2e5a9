import type { Template } from '../variable/template.ts'
import type { Directive, Entry, Scope, Shape } from './directive.ts'

/** What every directive says of itself. */
export interface Options<V> {
  in: readonly Scope[]
  default: V
  doc: string
  inherits?: 'replace' | 'branch' | 'never'
  claims?: 'content'
  idle?: string
}

type Read<V> = (entry: Entry, before: V | undefined) => V

/** A directive with a reader of its own. `usage` is its syntax as nginx documents it. */
export function directive<V>(
  options: Options<V> & {
    usage: string
    min: number
    max: number
    kind?: Shape['kind']
    words?: readonly string[]
    lines?: Shape['lines']
    shorthand?: string
    repeat?: boolean
    sequence?: symbol
    opens?: Directive<V>['opens']
    join?: Directive<V>['join']
    read: Read<V>
  },
): Directive<V> {
  const { in: scopes, default: initial, doc, usage, min, max, kind = 'text', words, read } = options
  return {
    doc,
    scopes,
    initial,
    shape: {
      kind,
      min,
      max,
      usage,
      ...(words && { words }),
      ...(options.lines && { lines: options.lines }),
      ...(options.shorthand && { shorthand: options.shorthand }),
    },
    inherits: options.inherits ?? 'replace',
    ...(options.repeat && { repeat: true }),
    ...(options.sequence && { sequence: options.sequence }),
    ...(options.opens && { opens: options.opens }),
    ...(options.join && { join: options.join }),
    ...(options.claims && { claims: options.claims }),
    ...(options.idle && { idle: options.idle }),
    read,
  }
}

/** `on` or `off`; with `min: 0` the word alone is `on`, as nginx writes it. */
export function flag(options: Options<boolean> & { min?: 0 }): Directive<boolean> {
  const { min = 1 } = options
  return directive({
    ...options,
    usage: min === 0 ? '' : 'on | off',
    min,
    max: 1,
    kind: 'flag',
    words: ['on', 'off'],
    read: (entry) => {
      const [word = 'on'] = entry.args
      if (word.toLowerCase() === 'on') return true
      if (word.toLowerCase() === 'off') return false
      return entry.fail(`"${word}" is neither "on" nor "off"`)
    },
  })
}

/** A whole number from `least` on. */
export function number(
  options: Options<number> & { least?: number; most?: number },
): Directive<number> {
  return directive({
    ...options,
    usage: 'number',
    min: 1,
    max: 1,
    kind: 'number',
    read: (entry) => {
      const value = readNumber(entry, entry.args[0] ?? '')
      const { least = 0, most = 2 ** 31 - 1 } = options
      if (value >= least && value <= most) return value
      return entry.fail(`${value} is not between ${least} and ${most}`)
    },
  })
}

/** Bytes, written `512`, `8k`, `1m`, `2g`. */
export function size(options: Options<number>): Directive<number> {
  return directive({
    ...options,
    usage: 'size',
    min: 1,
    max: 1,
    kind: 'size',
    read: (entry) => readSize(entry, entry.args[0] ?? ''),
  })
}

/** Milliseconds, written `500ms`, `60s`, `1m`, `1h30m`; a bare number counts seconds. */
export function time(options: Options<number>): Directive<number> {
  return directive({
    ...options,
    usage: 'time',
    min: 1,
    max: 1,
    kind: 'time',
    read: (entry) => readTime(entry, entry.args[0] ?? ''),
  })
}

/** One of a few words. */
export function oneOf<const W extends string>(
  words: readonly W[],
  options: Options<NoInfer<W>>,
): Directive<W> {
  return directive<W>({
    ...options,
    usage: words.join(' | '),
    min: 1,
    max: 1,
    kind: 'enum',
    words,
    read: (entry) => {
      const word = words.find((each) => each === entry.args[0])
      return word ?? entry.fail(`"${entry.args[0]}" is not one of ${words.join(', ')}`)
    },
  })
}

/** Plain text. */
export function text(options: Options<string> & { usage?: string }): Directive<string> {
  return directive({
    usage: 'string',
    ...options,
    min: 1,
    max: 1,
    read: (entry) => entry.args[0] ?? '',
  })
}

/** A string with `$variables`. */
export function template(
  options: Options<Template | undefined> & { usage?: string },
): Directive<Template | undefined> {
  return directive<Template | undefined>({
    usage: 'string',
    ...options,
    min: 1,
    max: 1,
    kind: 'template',
    read: (entry) => entry.template(entry.args[0] ?? ''),
  })
}

export function readNumber(entry: Entry, word: string): number {
  return /^\d{1,15}$/.test(word) ? Number(word) : entry.fail(`"${word}" is not a number`)
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** Bytes from nginx's size syntax. */
export function readSize(entry: Entry, word: string): number {
  const size = parseSize(word)
  return size ?? entry.fail(`"${word}" is not a size`, 'write bytes, or 8k, 1m, 2g')
}

/** What `readSize` reads; undefined for what is not a size. */
export function parseSize(word: string): number | undefined {
  const parts = /^(\d{1,12})([kmg]?)$/i.exec(word)
  if (!parts) return undefined
  return Number(parts[1]) * (SIZE_UNITS[(parts[2] ?? '').toLowerCase()] ?? 1)
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  M: 30 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
}

/** Milliseconds from nginx's time syntax; units descend and stand once each, as in nginx. */
export function readTime(entry: Entry, word: string): number {
  const time = parseTime(word)
  return time ?? entry.fail(`"${word}" is not a time`, 'write 500ms, 60s, 5m, 1h30m or 1d')
}

/** What `readTime` reads; undefined for what is not a time. */
export function parseTime(word: string): number | undefined {
  if (/^\d{1,12}$/.test(word)) return Number(word) * 1000
  const ordered =
    /^(?=.)(\d+y)?\s*(\d+M)?\s*(\d+w)?\s*(\d+d)?\s*(\d+h)?\s*(\d+m(?!s))?\s*(\d+s?)?\s*(\d+ms)?$/
  if (!ordered.test(word)) return undefined
  let total = 0
  for (const part of word.matchAll(/(\d+)(ms|[yMwdhms])?/g)) {
    total += Number(part[1]) * (TIME_UNITS[part[2] ?? 's'] ?? 1000)
  }
  return total
}
