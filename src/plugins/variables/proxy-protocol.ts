import type { Client, Getter, VariableFamily } from 'gateway/plugin'

/** Types of what a header of the PROXY protocol carries, by nginx's names (proxy-protocol.txt). */
const TYPES: Readonly<Record<string, number>> = {
  alpn: 0x01,
  authority: 0x02,
  unique_id: 0x05,
  ssl: 0x20,
  netns: 0x30,
}
/** The same for what stands inside of `ssl`. */
const SSL_TYPES: Readonly<Record<string, number>> = {
  version: 0x21,
  cn: 0x22,
  cipher: 0x23,
  sig_alg: 0x24,
  key_alg: 0x25,
}

/** Type and length of a value. */
const TLV_HEAD = 3
/** Of `ssl`, one byte of flags and four that say whether the client's certificate is good. */
const SSL_HEAD = 5

/** What a balancer in front tells beside addresses, by prefix. */
export const proxyProtocolFamilies: Readonly<Record<string, VariableFamily>> = {
  proxy_protocol_tlv_: {
    doc: 'What the header of the PROXY protocol carries: `alpn`, `authority`, `unique_id`, `netns`, `ssl`, `ssl_version`, `ssl_cn`, `ssl_cipher`, `ssl_sig_alg`, `ssl_key_alg`, `ssl_verify`, or a number such as `0xea` or `ssl_0x21`. Empty where it does not.',
    make: carried,
  },
}

function carried(name: string): Getter {
  const inner = name.startsWith('ssl_') ? name.slice(4) : undefined
  if (inner === undefined) {
    const type = typeOf(name, TYPES)
    return ({ client }) => find(tlvsOf(client), type)
  }
  if (inner === 'verify') return ({ client }) => verifyOf(sslOf(client))
  const type = typeOf(inner, SSL_TYPES)
  return ({ client }) => find(sslOf(client)?.slice(SSL_HEAD) ?? '', type)
}

/** A name that is none has a type that nothing has. */
function typeOf(name: string, types: Readonly<Record<string, number>>): number {
  if (/^0x[0-9a-f]+$/.test(name)) return Number(name)
  return Object.hasOwn(types, name) ? (types[name] as number) : Number.NaN
}

function tlvsOf(client: Client): string {
  return client.proxyProtocol?.tlvs ?? ''
}

function sslOf(client: Client): string | undefined {
  const value = find(tlvsOf(client), TYPES.ssl as number)
  return value === undefined || value.length < SSL_HEAD ? undefined : value
}

function verifyOf(ssl: string | undefined): string | undefined {
  if (ssl === undefined) return undefined
  let result = 0
  for (let at = 1; at < SSL_HEAD; at++) result = result * 256 + ssl.charCodeAt(at)
  return `${result}`
}

/** The first value of this type in a byte string of them; what is cut short is not there. */
function find(tlvs: string, type: number): string | undefined {
  for (let at = 0; at + TLV_HEAD <= tlvs.length; ) {
    const from = at + TLV_HEAD
    const to = from + tlvs.charCodeAt(at + 1) * 256 + tlvs.charCodeAt(at + 2)
    if (to > tlvs.length) return undefined
    if (tlvs.charCodeAt(at) === type) return tlvs.slice(from, to)
    at = to
  }
  return undefined
}
