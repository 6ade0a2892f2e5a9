import type { Exchange } from '../kernel/exchange/exchange.ts'

const DOT_OF_SHORTEST = 2
const SLASH = 47
const DOT = 46

/**
 * The MIME type of what an exchange asks for: that of the peer which led here, else by the extension
 * of its URI (`types`), else `default_type`; undefined where that is empty. As in nginx, a name that
 * begins with its only dot has no extension.
 */
export function contentType(x: Exchange): string | undefined {
  const { uri } = x
  if (x.carried?.type !== undefined) return x.carried.type
  const { types, default_type } = x.location.settings
  const dot = lastDot(uri)
  if (dot >= DOT_OF_SHORTEST && uri.charCodeAt(dot - 1) !== SLASH) {
    const extension = uri.slice(dot + 1)
    const type = types.get(extension) ?? types.get(extension.toLowerCase())
    if (type !== undefined) return type
  }
  return default_type === '' ? undefined : default_type
}

/** Of the last segment; -1 without one. A loop, since `lastIndexOf` leaves compiled code. */
function lastDot(uri: string): number {
  for (let at = uri.length - 1; at >= 0; at--) {
    const byte = uri.charCodeAt(at)
    if (byte === DOT) return at
    if (byte === SLASH) return -1
  }
  return -1
}
