import {
  type Exchange,
  escapePath,
  parseTarget,
  passFields,
  type Template,
  unpassedFields,
} from 'gateway/plugin'
import type { SetHeader } from './directives.ts'
import { methodFor } from './method.ts'
import { destination, type ProxyPass } from './proxy-pass.ts'

/** What makes the head of requests to a peer. */
export interface HeadSettings {
  readonly pass: ProxyPass
  readonly version: '1.0' | '1.1'
  /** Undefined asks with the client's. */
  readonly method: Template | undefined
  readonly setHeaders: readonly SetHeader[]
  /** What becomes of the client's fields. */
  readonly clientHeaders: 'pass' | 'drop'
  /** Length of the location's prefix, which a URI in `proxy_pass` replaces; 0 for none. */
  readonly prefix: number
}

/** Bytes that cannot stand in a field's value. */
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/
/** Bytes that would end the request line, or the target. */
const UNSAFE_TARGET = /[^\x21-\x7e\x80-\xff]/g

/** Makes the function that writes the head: request line, set fields, the client's fields. */
export function requestHead(settings: HeadSettings): (x: Exchange) => string {
  const { version, method, setHeaders, clientHeaders } = settings
  const target = requestTarget(settings)
  const replaced = unpassedFields(['host', ...setHeaders.map(({ name }) => name)])
  const set = setFields(settings)
  const opening = ` HTTP/${version}\r\n`
  const passed =
    clientHeaders === 'pass' ? (x: Exchange) => passFields(x.headers, replaced) : () => ''
  if (!method) return (x) => `${x.method} ${target(x)}${opening}${set(x)}${passed(x)}`
  return (x) => {
    const asked = methodFor(x, method) ?? x.method
    return `${asked} ${target(x)}${opening}${set(x)}${passed(x)}`
  }
}

/** The path and arguments a peer is asked for. */
export function requestTarget(settings: HeadSettings): (x: Exchange) => string {
  const { pass, prefix } = settings
  if (pass.kind === 'template') {
    return (x) => {
      const uri = destination(x, pass)?.uri
      return uri === undefined ? ownTarget(x) : escapeUnsafe(uri)
    }
  }
  const { uri } = pass.to
  if (uri === undefined) return ownTarget
  return (x) => {
    // As in nginx, a URI that was rewritten to stay here goes on as it is.
    if (x.rewritten === 'here') return ownTarget(x)
    // Inside a named location there is no prefix, and nothing of the request is left to add.
    const rest = escapePath(x.uri.slice(prefix))
    return x.args ? `${uri}${rest}?${x.args}` : uri + rest
  }
}

/** As the client sent it, unless the URI has been changed since. */
function ownTarget(x: Exchange): string {
  const { target } = x
  const asSent = x.rewritten === 'no' && (!x.internal || isUnchanged(x))
  if (asSent && target.startsWith('/') && !target.includes('#')) return target
  const path = escapePath(x.uri)
  return x.args ? `${path}?${x.args}` : path
}

/** Whether an internal redirect led to another location, but not to another URI (`@name`). */
function isUnchanged(x: Exchange): boolean {
  const { uri, args } = parseTarget(x.target, true)
  return x.uri === uri && x.args === args
}

/** A decoded URI (`$uri`) may hold what would end the request line: it is escaped again. */
function escapeUnsafe(uri: string): string {
  return uri.replace(UNSAFE_TARGET, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

/** The fields that are set, with their CRLF; what is constant is put together beforehand. */
function setFields(settings: HeadSettings): (x: Exchange) => string {
  const { pass, version, setHeaders } = settings
  const has = (name: string) => setHeaders.some((each) => each.name.toLowerCase() === name)
  let opening = ''
  const parts: { name: string; value: Template }[] = []
  const dynamicHost = !has('host') && pass.kind === 'template'
  if (!has('host') && pass.kind === 'fixed') opening += `Host: ${pass.to.host}\r\n`
  if (!has('connection') && version === '1.0') opening += 'Connection: close\r\n'
  for (const { name, value } of setHeaders) {
    if (value.constant === undefined) parts.push({ name, value })
    else if (value.constant !== '') opening += `${name}: ${value.constant}\r\n`
  }
  if (parts.length === 0 && !dynamicHost) return () => opening
  return (x) => {
    let out = opening
    if (dynamicHost) out += `Host: ${escapeUnsafe(destination(x, pass)?.host ?? '')}\r\n`
    for (const { name, value } of parts) {
      const text = value.render(x)
      if (text === '') continue
      if (UNSAFE_VALUE.test(text)) x.log('error', `value of "${name}" has bytes no field may have`)
      else out += `${name}: ${text}\r\n`
    }
    return out
  }
}
