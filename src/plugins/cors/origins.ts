import type { Entry } from 'gateway/plugin'

/** Whose pages may ask: `any`, or those that a rule fits. */
export type Origins = 'any' | { readonly allows: (origin: string) => boolean }

const HOST = String.raw`[a-z0-9\-.]+|\[[0-9a-f:.]+\]`
const ORIGIN = new RegExp(String.raw`^[a-z][a-z0-9+.\-]*://(?:${HOST})(?::\d{1,5})?$`)

/** Reads `*`, `null`, `https://host:port`, `https://*.example.com` and `~regex`. */
export function readOrigins(entry: Entry): Origins {
  if (entry.args.includes('*')) {
    if (entry.args.length > 1) entry.fail('"*" allows all origins: nothing can stand beside it')
    return 'any'
  }
  const exact = new Set<string>()
  const regexes: RegExp[] = []
  for (const word of entry.args) {
    if (word.startsWith('~')) regexes.push(entry.regex(word.slice(1)))
    else if (word.includes('://*.')) regexes.push(belowDomain(entry, word))
    else if (word === 'null' || ORIGIN.test(word.toLowerCase())) exact.add(word.toLowerCase())
    else entry.fail(`"${word}" is no origin`, 'write a scheme, a host and maybe a port')
  }
  return { allows: (origin) => exact.has(origin) || regexes.some((regex) => regex.test(origin)) }
}

/** One or more names below a domain; not the domain itself. */
function belowDomain(entry: Entry, word: string): RegExp {
  const [scheme = '', domain = ''] = word.toLowerCase().split('://*.')
  if (!ORIGIN.test(`${scheme}://${domain}`)) entry.fail(`"${word}" is no origin`)
  const literal = (text: string) => text.replace(/[.+[\]]/g, '\\$&')
  return new RegExp(`^${literal(scheme)}://(?:[a-z0-9-]+\\.)+${literal(domain)}$`)
}
