/** A URL, or undefined where a text is none. */
export function parseUrl(text: string, base?: string): URL | undefined {
  // Once it is optimised, `canParse` of Node 20 takes what is Latin-1 in memory for UTF-8. But it is
  // much quicker than an error for what is none.
  const isPlain = !NOT_ASCII.test(text) && (base === undefined || !NOT_ASCII.test(base))
  if (isPlain && !URL.canParse(text, base)) return undefined
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

const NOT_ASCII = /[^\0-\x7f]/
