import { Fields } from '../http1/fields.ts'
import { CODE } from './codes.ts'
import { StreamFault } from './fault.ts'
import { KIND } from './field-kinds.ts'
import type { FieldBlock } from './hpack/field-block.ts'

/** Which names of fields a server ignores (nginx's directives of the same names). */
export interface NameRules {
  readonly ignore_invalid_headers: boolean
  readonly underscores_in_headers: boolean
}

/** What a client asks for with one HEADERS frame, checked as RFC 9113 section 8 wants it. */
export interface Asked {
  readonly method: string
  /** Empty for a CONNECT. */
  readonly path: string
  /** Undefined where the client names none. */
  readonly authority: string | undefined
  /** Of an extended CONNECT (RFC 8441). */
  readonly protocol: string | undefined
  /** Without pseudo-fields; the host is the first of them, and all cookies are one. */
  readonly fields: Fields
  /** Bytes of the body that follow, as announced. */
  readonly length: number | undefined
}

const SLASH = 47
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BAD_PATH = /[\x00-\x20\x7f]/
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/
const LENGTH = /^\d{1,15}$/

/** Throws a `StreamFault` where that is no request. */
export function readRequest(block: FieldBlock, rules: NameRules): Asked {
  const { length, list, marks } = block
  /** By kind. */
  const pseudo: (string | undefined)[] = [undefined, undefined, undefined, undefined, undefined]
  let at = 0
  for (; at < length; at += 2) {
    const kind = marks[at >> 1] as number
    if (kind === KIND.plain || kind > KIND.lastPseudo) break
    if (pseudo[kind] !== undefined) throw malformed(`"${list[at]}" twice`)
    pseudo[kind] = list[at + 1] as string
  }
  const method = pseudo[KIND.method]
  const authority = pseudo[KIND.authority]
  const path = checkPseudo(pseudo)
  const kept: string[] = []
  if (authority !== undefined) kept.push('host', authority)
  const bodyLength = readFields(block, at, rules, kept)
  return {
    method: method as string,
    path,
    authority,
    protocol: pseudo[KIND.protocol],
    fields: new Fields(kept),
    length: bodyLength,
  }
}

/** Reads the fields behind a body. Throws a `StreamFault`. */
export function readTrailers(block: FieldBlock, rules: NameRules): Fields {
  const kept: string[] = []
  readFields(block, 0, rules, kept)
  return new Fields(kept)
}

/** The path; what must be there is (RFC 9113 section 8.3.1). */
function checkPseudo(pseudo: readonly (string | undefined)[]): string {
  const method = pseudo[KIND.method]
  const scheme = pseudo[KIND.scheme]
  const path = pseudo[KIND.path]
  const protocol = pseudo[KIND.protocol]
  if (method === 'GET' && path?.charCodeAt(0) === SLASH && protocol === undefined) {
    // The most there are.
  } else if (method === undefined || !METHOD.test(method)) throw malformed('no method')
  else if (protocol !== undefined && method !== 'CONNECT') throw malformed('":protocol"')
  else if (method === 'CONNECT' && protocol === undefined) {
    const isTunnel = scheme === undefined && path === undefined && pseudo[KIND.authority]
    if (!isTunnel) throw malformed('a false CONNECT')
    return ''
  }
  if (scheme === undefined || !isScheme(scheme)) throw malformed('no scheme')
  if (!path || BAD_PATH.test(path)) throw malformed('no path')
  if (path.charCodeAt(0) !== SLASH && !(path === '*' && method === 'OPTIONS')) {
    throw malformed('a path that does not begin with "/"')
  }
  return path
}

function isScheme(text: string): boolean {
  return text === 'https' || text === 'http' || SCHEME.test(text)
}

/** Adds what may stand to `kept`; returns how long the body is said to be. */
function readFields(
  { length, list, marks }: FieldBlock,
  from: number,
  rules: NameRules,
  kept: string[],
): number | undefined {
  const named = kept[1]
  let bodyLength: number | undefined
  let cookieAt = -1
  for (let at = from; at < length; at += 2) {
    const name = list[at] as string
    const value = list[at + 1] as string
    switch (marks[at >> 1] as number) {
      case KIND.plain:
        break
      case KIND.host:
        // The authority is it, and a host beside it says the same.
        if (named === undefined) break
        if (named !== value) throw malformed('an authority and another host')
        continue
      case KIND.cookie:
        // As HTTP/1 has them (section 8.2.3).
        if (cookieAt >= 0) {
          kept[cookieAt] += `; ${value}`
          continue
        }
        cookieAt = kept.length + 1
        break
      case KIND.length:
        bodyLength = readLength(value, bodyLength)
        break
      case KIND.te:
        if (value !== 'trailers') throw malformed('a "te" other than trailers')
        break
      case KIND.underscored:
        if (rules.ignore_invalid_headers && !rules.underscores_in_headers) continue
        break
      case KIND.uncommon:
        if (rules.ignore_invalid_headers) continue
        break
      case KIND.badName:
        throw malformed('a name that no field may have')
      case KIND.badValue:
        throw malformed('a value that no field may have')
      default:
        throw malformed(`the field "${name}"`)
    }
    kept.push(name, value)
  }
  return bodyLength
}

function readLength(value: string, before: number | undefined): number {
  const length = LENGTH.test(value) ? Number(value) : -1
  if (length < 0 || (before !== undefined && before !== length)) throw malformed('a false length')
  return length
}

function malformed(what: string): StreamFault {
  return new StreamFault(CODE.protocolError, `a request with ${what}`)
}
