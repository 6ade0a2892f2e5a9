/** Whether a place, from 1, is meant. */
export type Nth = (place: number) => boolean

const FORM =
  /^\s*(?:(?<word>odd|even)|(?<a>[+-]?\d{0,6})n(?:\s*(?<sign>[+-])\s*(?<b>\d{1,6}))?|(?<only>[+-]?\d{1,6}))\s*$/i

/** Reads `odd`, `even`, `3`, `2n+1` (CSS Syntax, "An+B"); undefined for anything else. */
export function parseNth(text: string): Nth | undefined {
  const groups = FORM.exec(text)?.groups
  if (groups === undefined) return undefined
  const { word, a, sign, b, only } = groups
  if (word !== undefined) return nth(2, word.toLowerCase() === 'odd' ? 1 : 0)
  if (only !== undefined) return nth(0, Number(only))
  const step = a === '' || a === '+' ? 1 : a === '-' ? -1 : Number(a)
  return nth(step, b === undefined ? 0 : Number(`${sign}${b}`))
}

function nth(step: number, offset: number): Nth {
  if (step === 0) return (place) => place === offset
  return (place) => (place - offset) % step === 0 && (place - offset) / step >= 0
}
