import { type Exchange, foreignTarget } from 'gateway/plugin'
import { Refusal } from './refusal.ts'

/** The URI that COPY and MOVE lead to: a path, or a URL of this server. Refused where it is unsafe. */
export function destinationOf(x: Exchange): string {
  const field = x.headers.get('destination')
  if (field === undefined) throw new Refusal(400, 'client sent no "Destination" header')
  const target = foreignTarget(x, pathIn(x, field))
  if (!target) throw invalid(field)
  return target.uri
}

function pathIn(x: Exchange, field: string): string {
  if (field.startsWith('/')) return field
  if (x.host === '') throw new Refusal(400, 'client sent no "Host" header')
  const parts = /^(https?):\/\/([^/]*)(\/.*)$/.exec(field)
  if (!parts) throw invalid(field)
  const [, scheme, authority = '', path = ''] = parts
  if (scheme !== (x.client.secure ? 'https' : 'http')) throw invalid(field)
  const host = authority.toLowerCase().replace(/:\d*$/, '')
  if (host === x.host) return path
  throw new Refusal(
    400,
    `"Destination" URI "${field}" is handled by different repository than the source URI`,
  )
}

export function invalid(field: string): Refusal {
  return new Refusal(400, `client sent invalid "Destination" header: "${field}"`)
}
