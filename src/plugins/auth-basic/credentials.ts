import { Buffer } from 'node:buffer'
import type { Exchange } from 'gateway/plugin'

/** User and password of a request, as byte strings. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Those of the Authorization field; undefined where there are none, or what it has is none. */
export function credentialsOf(x: Exchange): Credentials | undefined {
  const field = x.headers.get('authorization')
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(field ?? '')?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = pair.indexOf(':')
  if (colon < 1) return undefined
  return { user: pair.slice(0, colon), password: pair.slice(colon + 1) }
}
