import type { Exchange } from './exchange.ts'

const DOT_OF_SHORTEST = 2
const SLASH = 47

/**
 * The MIME type of what an exchange asks for, by the extension of its URI (`types`), else
 * `default_type`; undefined where that is empty. As in nginx, a name that begins with its only dot
 * has no extension.
 */
export function contentType(x: Exchange): string | undefined {
  const { uri } = x
  const { types, default_type } = x.location.settings
  const dot = uri.lastIndexOf('.')
  if (dot >= DOT_OF_SHORTEST && uri.charCodeAt(dot - 1) !== SLASH && uri.indexOf('/', dot) < 0) {
    const extension = uri.slice(dot + 1)
    const type = types.get(extension) ?? types.get(extension.toLowerCase())
    if (type !== undefined) return type
  }
  return default_type === '' ? undefined : default_type
}
