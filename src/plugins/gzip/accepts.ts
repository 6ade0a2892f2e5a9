import { type Exchange, type Head, namesCoding, parseHttpDate } from 'gateway/plugin'
import type { GzipSettings } from './settings.ts'

/** Whether a client takes a gzipped response: what it says, and what the directives allow. */
export function acceptsGzip(x: Exchange, head: Head, settings: GzipSettings): boolean {
  if (x.parent || x.version < settings.version) return false
  const encodings = x.headers.get('accept-encoding')
  if (encodings === undefined || !namesCoding(encodings, 'gzip')) return false
  const { disabled } = settings
  if (disabled.msie6 || disabled.agents.length > 0) {
    const agent = x.headers.get('user-agent')
    if (agent !== undefined) {
      if (disabled.msie6 && isMsie6(agent)) return false
      if (disabled.agents.some((each) => each.test(agent))) return false
    }
  }
  return x.headers.get('via') === undefined || acceptsProxied(x, head, settings)
}

function isMsie6(agent: string): boolean {
  if (agent.includes('Opera')) return false
  return /MSIE [45]\.|MSIE 6\.(?!.*SV1)/.test(agent)
}

/** nginx's rules for requests that came through a proxy (`gzip_proxied`). */
function acceptsProxied(x: Exchange, head: Head, { proxied }: GzipSettings): boolean {
  if (proxied.has('off')) return false
  if (proxied.has('any')) return true
  if (proxied.has('auth') && x.headers.get('authorization') !== undefined) return true
  const expires = head.fields.get('expires')
  if (expires !== undefined) return proxied.has('expired') && isOver(expires, head)
  const control = head.fields.all('cache-control')
  if (control.length > 0) {
    const said = control.join(',').toLowerCase()
    return (['no-cache', 'no-store', 'private'] as const).some((word) => {
      return proxied.has(word) && said.includes(word)
    })
  }
  if (proxied.has('no_last_modified') && head.modified !== undefined) return false
  return !(proxied.has('no_etag') && head.fields.get('etag') !== undefined)
}

function isOver(expires: string, head: Head): boolean {
  const at = parseHttpDate(expires)
  const date = head.fields.get('date')
  const now = date === undefined ? Date.now() : parseHttpDate(date)
  return at !== undefined && now !== undefined && at < now
}
