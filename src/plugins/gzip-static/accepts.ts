import type { Exchange, Place } from 'gateway/plugin'

/** What the directives of gzip say of who gets compressed answers. */
export interface Rules {
  /** 10 or 11. */
  readonly version: number
  readonly vary: boolean
  /** Conditions of `gzip_proxied`. */
  readonly proxied: ReadonlySet<string>
  readonly disabled: { readonly msie6: boolean; readonly agents: readonly RegExp[] }
}

export function rulesOf(place: Place): Rules {
  return {
    version: place.value('gzip_http_version') === '1.0' ? 10 : 11,
    vary: place.value('gzip_vary') === true,
    proxied: (place.value('gzip_proxied') as Rules['proxied'] | undefined) ?? new Set(['off']),
    disabled: (place.value('gzip_disable') as Rules['disabled'] | undefined) ?? NOBODY,
  }
}

const NOBODY: Rules['disabled'] = { msie6: false, agents: [] }

/** Whether a client takes a file that is compressed already. */
export function acceptsGzip(x: Exchange, { version, proxied, disabled }: Rules): boolean {
  if (x.parent || x.version < version) return false
  if (!namesGzip(x.headers.get('accept-encoding') ?? '')) return false
  const agent = x.headers.get('user-agent') ?? ''
  if (disabled.msie6 && isMsie6(agent)) return false
  if (disabled.agents.some((each) => each.test(agent))) return false
  if (x.headers.get('via') === undefined) return true
  // What is sent is new, without Expires, ETag or a time so far.
  if (proxied.has('off')) return false
  const authorized = proxied.has('auth') && x.headers.get('authorization') !== undefined
  return (
    authorized || ['any', 'no_last_modified', 'no_etag'].some((condition) => proxied.has(condition))
  )
}

/** As nginx reads the field: a star counts for nothing. */
function namesGzip(encodings: string): boolean {
  if (encodings.startsWith('gzip,')) return true
  const coding = /(?:^|[ ,])gzip *(?:$|,|; *q=([01](?:\.\d{0,3})?) *(?:$|,))/i.exec(encodings)
  if (!coding) return false
  const weight = coding[1]
  return weight === undefined || (Number(weight) > 0 && Number(weight) <= 1)
}

function isMsie6(agent: string): boolean {
  return !agent.includes('Opera') && /MSIE [45]\.|MSIE 6\.(?!.*SV1)/.test(agent)
}
