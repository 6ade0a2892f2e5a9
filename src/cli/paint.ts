import type { Paint } from '../config/explain/print.ts'

/** Colours on a terminal, unless NO_COLOR says no (no-color.org) or it has none. */
export function paintFor({ isTTY }: { readonly isTTY?: boolean }): Paint {
  const { NO_COLOR = '', TERM } = process.env
  const colours = isTTY === true && NO_COLOR === '' && TERM !== 'dumb'
  const style = (code: number) => (text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text)
  return { strong: style(BOLD), faint: style(FAINT) }
}

const BOLD = 1
const FAINT = 2
