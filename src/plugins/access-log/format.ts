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
  text: string,
  escape: Escape,
  getter: (name: string) => Getter,
): Format {
  const line = lineMaker(text, escape, getter)
  return (file) => (x) => file.write(line(x))
}

/** Makes one line for an exchange. */
export function lineMaker(
  text: string,
  escape: Escape,
  getter: (name: string) => Getter,
): (x: Exchange) => string {
  const escaped = escapers[escape]
  const literals: string[] = []
  const getters: Getter[] = []
  let at = 0
  for (const hit of text.matchAll(VARIABLE)) {
    literals.push(text.slice(at, hit.index))
    getters.push(getter(hit[1] ?? hit[2] ?? ''))
    at = hit.index + hit[0].length
  }
  const tail = `${text.slice(at)}\n`
  return (x) => {
    let out = ''
    for (let i = 0; i < getters.length; i++) {
      out += (literals[i] as string) + escaped((getters[i] as Getter)(x))
    }
    return out + tail
  }
}
