import type { Exchange, Getter } from 'gateway/plugin'
import { type Escape, escapers } from './escape.ts'

/** Where finished lines go. */
export interface LineFile {
  /** Takes a line with its line feed. */
  write(line: string): void
}

/** How requests are put into lines: makes what writes them to a file. */
export type Format = (file: LineFile) => (x: Exchange) => void

const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g

/** A format of text with `$variables`; everything is looked up now, not when a line is made. */
export function textFormat(
  words: readonly string[],
  how: Escape,
  getter: (name: string) => Getter,
): Format {
  const line = lineMaker(words, how, getter)
  return (file) => (x) => file.write(line(x))
}

/** Makes the line of an exchange. The words follow each other without a space, as in nginx. */
function lineMaker(
  words: readonly string[],
  how: Escape,
  getter: (name: string) => Getter,
): (x: Exchange) => string {
  const escaped = escapers[how]
  const literals = ['']
  const getters: Getter[] = []
  for (const word of words) {
    let at = 0
    for (const hit of word.matchAll(VARIABLE)) {
      literals[getters.length] += word.slice(at, hit.index)
      getters.push(getter(hit[1] ?? hit[2] ?? ''))
      literals.push('')
      at = hit.index + hit[0].length
    }
    literals[getters.length] += word.slice(at)
  }
  const tail = `${literals.pop()}\n`
  return (x) => {
    let out = ''
    for (let i = 0; i < getters.length; i++) {
      out += (literals[i] as string) + escaped((getters[i] as Getter)(x))
    }
    return out + tail
  }
}
