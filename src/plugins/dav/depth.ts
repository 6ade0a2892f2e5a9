import type { Exchange } from 'gateway/plugin'
import { Refusal } from './refusal.ts'

/** How far a method goes into a folder. */
export type Depth = '0' | '1' | 'infinity'

/** The Depth field of a request, or what counts without it. */
export function depthOf(x: Exchange, otherwise: Depth): Depth {
  const field = x.headers.get('depth')
  if (field === undefined) return otherwise
  if (field === '0' || field === '1' || field === 'infinity') return field
  throw new Refusal(400, `client sent invalid "Depth" header: "${field}"`)
}
