import { badRequest } from '../base/errors.ts'

/** A request target taken apart and canonicalised, once, before anyone matches on it. */
export interface Target {
  /** Decoded, dot segments resolved, slashes merged. A byte string. */
  readonly uri: string
  /** After the question mark, as sent; undefined when there is none. */
  readonly args: string | undefined
}

const SLASH = 47
const DOT = 46
const PERCENT = 37
const QUESTION = 63
const HASH = 35

/**
 * Takes a request target in origin-form (`/path?args`) or absolute-form (`http://host/path`).
 * Refused with 400: anything else, a broken percent-encoding, an encoded NUL, a path that leaves
 * the root. A fragment is dropped, as in nginx.
 */
export function parseTarget(target: string, mergeSlashes: boolean): Target {
  if (target.charCodeAt(0) === SLASH) return parsePath(target, mergeSlashes)
  const parts = ABSOLUTE_FORM.exec(target)
  if (!parts) throw badRequest('invalid request')
  const rest = parts[2] ?? '/'
  return parsePath(rest.charCodeAt(0) === SLASH ? rest : `/${rest}`, mergeSlashes)
}

/** As in nginx without user information, escapes or other bytes that no host name has. */
const ABSOLUTE_FORM =
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\/((?:\[[^\]/?#]*\]|[0-9A-Za-z._-]+)(?::\d*)?)([/?].*)?$/s

/** Host, with port, of an absolute-form target. */
export function absoluteHost(target: string): string | undefined {
  return target.charCodeAt(0) === SLASH ? undefined : ABSOLUTE_FORM.exec(target)?.[1]
}

function parsePath(path: string, mergeSlashes: boolean): Target {
  let at = 1
  let plain = true
  let previous = SLASH
  for (; at < path.length; at++) {
    const byte = path.charCodeAt(at)
    if (byte === QUESTION || byte === HASH) break
    if (byte === PERCENT || (previous === SLASH && (byte === SLASH || byte === DOT))) plain = false
    previous = byte
  }
  const raw = at === path.length ? path : path.slice(0, at)
  const uri = plain ? raw : canonicalise(raw, mergeSlashes)
  if (at === path.length) return { uri, args: undefined }
  const hash = path.indexOf('#', at)
  const end = hash < 0 ? path.length : hash
  const args = path.charCodeAt(at) === QUESTION ? path.slice(at + 1, end) : undefined
  return { uri, args }
}

/** Takes `path?args` apart that is decoded already. */
export function splitTarget(text: string): Target {
  const question = text.indexOf('?')
  if (question < 0) return { uri: text, args: undefined }
  return { uri: text.slice(0, question), args: text.slice(question + 1) }
}

/**
 * Takes a URI that a peer or a page names: escaped, and canonicalised as one of a client is.
 * Undefined for what nginx calls unsafe: a path that is not absolute, has a `..` in it (also
 * escaped) or a NUL; and for a broken escape.
 */
export function parseForeignTarget(text: string, mergeSlashes: boolean): Target | undefined {
  const { uri, args } = splitTarget(text)
  if (!uri.startsWith('/')) return undefined
  if (!DECIDES.test(uri)) return { uri, args: args && escapeArgs(args) }
  if (uri.includes('\0') || UNDECODABLE.test(uri)) return undefined
  if (/\/\.\.(?:\/|$)/.test(decode(uri))) return undefined
  return { uri: canonicalise(uri, mergeSlashes), args: args && escapeArgs(args) }
}

const DECIDES = /[%\0]|\/[/.]/

/** Arguments go on as they are, but for what would end a request line. */
function escapeArgs(args: string): string {
  return args.replace(/[\0-\x20\x7f]/g, escapeByte)
}

/** Decodes, then resolves `.` and `..` and merges slashes on what was decoded, as nginx does. */
function canonicalise(path: string, mergeSlashes: boolean): string {
  const segments: string[] = []
  const decoded = decode(path).split('/')
  // The first segment is the nothing before the leading slash.
  for (let i = 1; i < decoded.length; i++) {
    const segment = decoded[i] as string
    const last = i === decoded.length - 1
    if (segment === '.' || segment === '..') {
      if (segment === '..' && segments.pop() === undefined) throw badRequest('invalid request')
      if (last) segments.push('')
    } else if (segment !== '' || last || !mergeSlashes) {
      segments.push(segment)
    }
  }
  return `/${segments.join('/')}`
}

/** Percent-decoding of a path; a broken or NUL escape is refused. */
function decode(path: string): string {
  if (!path.includes('%')) return path
  if (UNDECODABLE.test(path)) throw badRequest('invalid request')
  return path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

const UNDECODABLE = /%(?![0-9A-Fa-f]{2})|%00/

/** Escapes a path so that it can stand in a request line or a Location field. */
export function escapePath(path: string): string {
  if (!/[\0-\x20"#%<>?\\^`{|}\x7f-\xff]/.test(path)) return path
  return path.replace(/[\0-\x20"#%<>?\\^`{|}\x7f-\xff]/g, escapeByte)
}

function escapeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

/**
 * The host a request is for: lower case, no port, no trailing dot. Refused with 400: characters
 * that cannot stand in a host, an empty name, a broken IPv6 literal or port.
 */
export function parseHost(value: string): string {
  const known = lastHost
  if (known.value === value) return known.host
  const [, literal, name, port = ''] = HOST.exec(value) ?? []
  const text = literal ?? name
  const hasPort = port === '' || Number(port) <= LAST_PORT
  if (text === undefined || !hasPort || /^\.|\.\.|\.$/.test(text)) {
    throw badRequest('invalid host header')
  }
  const host = text.toLowerCase()
  lastHost = { value, host }
  return host
}

/** An IP literal, which may be of a future version (RFC 3986 section 3.2.2), or a name; a port. */
const HOST =
  /^(?:(\[(?:[0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+)\])|([^\0-\x20/:[\]\x7f]+?)\.?)(?::(\d{0,5}))?$/
const LAST_PORT = 65_535

/** Consecutive requests are mostly for the same host. */
let lastHost: { readonly value: string | undefined; readonly host: string } = {
  value: undefined,
  host: '',
}
