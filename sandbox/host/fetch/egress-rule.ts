import { canonicalAddress } from './address.ts'

/**
 * One host a script may fetch from. An `address` is the only thing that opens what is not public.
 * Without a port the rule means the scheme's own: 80 or 443.
 */
export interface EgressRule {
  readonly kind: 'name' | 'below' | 'address' | 'any'
  /** Of `any`, whatever is public, empty. A name in lower case, for `below` with its leading dot; an address in its one spelling. */
  readonly host: string
  readonly port: number | undefined
}

// A URL parser would quietly drop or cut at what stands in the second set.
const RULE = /^(?:\[([^\]]*)\]|([^\s:[\]/?#@\\%]*))(?::(\d{1,5}))?$/
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`)
const LONGEST_NAME = 253
const LAST_PORT = 65_535

/** Reads `api.example.com:443`, `*.example.org`, `10.0.0.5:8080`, `[fd00::1]:80`, or what is wrong. */
export function parseEgressRule(text: string): EgressRule | string {
  const hit = RULE.exec(text)
  if (hit === null) return `"${text}" is no host, *.domain or address with or without :port`
  const [, bracketed, plain = '', portText] = hit
  const port = portText === undefined ? undefined : Number(portText)
  if (port === 0 || (port ?? 1) > LAST_PORT) return `port of "${text}" is not in 1-65535`
  const address = canonicalAddress(bracketed ?? plain)
  if (address !== undefined) return { kind: 'address', host: address, port }
  if (bracketed !== undefined) return `"${text}" is no address`
  return nameRule(text, plain, port)
}

function nameRule(text: string, plain: string, port: number | undefined): EgressRule | string {
  const below = plain.startsWith('*.')
  const name = asciiName(below ? plain.slice(2) : plain)
  if (name === undefined) return `"${text}" names no host`
  return below ? { kind: 'below', host: `.${name}`, port } : { kind: 'name', host: name, port }
}

/** As a URL has it, so that both sides are compared in one spelling; `0x7f.1` is no name. */
function asciiName(name: string): string | undefined {
  const ascii = URL.canParse(`http://${name}/`) ? new URL(`http://${name}/`).hostname : ''
  if (ascii.length > LONGEST_NAME || !NAME.test(ascii)) return undefined
  return canonicalAddress(ascii) === undefined ? ascii : undefined
}
