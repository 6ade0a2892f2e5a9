import { canonicalAddress, isPublicAddress } from './address.ts'
import type { EgressRule } from './egress-rule.ts'

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/** Everything one script may fetch from. Empty, it allows nothing. */
export class EgressList {
  readonly #rules: readonly EgressRule[]

  constructor(rules: readonly EgressRule[]) {
    this.#rules = Object.freeze([...rules])
  }

  /** Whether a URL names an allowed host. What its name resolves to is a question of its own. */
  allowsUrl(url: URL): boolean {
    const usual = DEFAULT_PORTS[url.protocol]
    if (usual === undefined) return false
    const port = url.port === '' ? usual : Number(url.port)
    const host = addressOf(url) ?? url.hostname
    return this.#rules.some((rule) => names(rule, host) && (rule.port ?? usual) === port)
  }

  /** Whether a connection may be made to an address: a public one, or one that is named as such. */
  allowsAddress(address: string, port: number, protocol: string): boolean {
    if (isPublicAddress(address)) return true
    const canonical = canonicalAddress(address)
    const usual = DEFAULT_PORTS[protocol]
    return this.#rules.some((rule) => {
      return rule.kind === 'address' && rule.host === canonical && (rule.port ?? usual) === port
    })
  }
}

function addressOf(url: URL): string | undefined {
  const { hostname } = url
  return canonicalAddress(hostname.startsWith('[') ? hostname.slice(1, -1) : hostname)
}

function names(rule: EgressRule, host: string): boolean {
  // The dot is part of the rule: `*.example.org` is neither example.org nor badexample.org.
  if (rule.kind === 'any') return true
  if (rule.kind === 'below') return host.endsWith(rule.host) && host.length > rule.host.length
  return rule.host === host
}
