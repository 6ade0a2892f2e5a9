import type { Exchange, Getter } from 'gateway/plugin'
import { type Escape, escapers } from './escape.ts'
import { Line } from './line.ts'
import { Piece } from './piece.ts'

/** Where finished lines go. */
export interface LineFile {
  /** Takes a line with its line feed; bytes are its own only during the call. */
  write(line: string | Uint8Array): void
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
  const line = readLine(words, how, getter)
  return (file) => (x) => file.write(line.make(x))
}

/** The words follow each other without a space, as in nginx. */
function readLine(words: readonly string[], how: Escape, getter: (name: string) => Getter): Line {
  const pieces: Piece[] = []
  let text = ''
  for (const word of words) {
    let at = 0
    for (const hit of word.matchAll(VARIABLE)) {
      const before = text + word.slice(at, hit.index)
      pieces.push(new Piece(before, getter(hit[1] ?? hit[2] ?? ''), escapers[how]))
      text = ''
      at = hit.index + hit[0].length
    }
    text += word.slice(at)
  }
  return new Line(pieces, text)
}
