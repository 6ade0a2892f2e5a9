import { Buffer } from 'node:buffer'

/** In bytes, as memcached takes it. */
export const LONGEST_KEY = 250

/** As nginx escapes keys: blanks, controls and the percent sign, so that a key is one word. */
export function escapeKey(key: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return key.replace(/[\x00-\x20%\x7f]/g, (sign) => {
    return `%${Buffer.from(sign, 'latin1').toString('hex').toUpperCase()}`
  })
}
