import type { Fields } from './fields.ts'

/**
 * Fields that frame a message, route it, say who sends it or what it is: behind a body they would
 * come too late to be checked, and nobody may believe them there (RFC 9110 section 6.5.1).
 */
const NEVER_TRAIL: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'keep-alive',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'www-authenticate',
])

/** Whether a field may stand behind a chunked body; `name` in lower case. */
export function mayTrail(name: string): boolean {
  return !NEVER_TRAIL.has(name)
}

/** The trailer fields of a received message that go on: those `passes` lets through as well. */
export function passTrailers(
  from: Fields | undefined,
  into: Fields,
  passes: (name: string) => boolean,
): void {
  for (const [name, value] of from ?? []) {
    const lower = name.toLowerCase()
    if (mayTrail(lower) && passes(lower)) into.add(name, value)
  }
}
