import type { Exchange } from 'gateway/plugin'

/** What a plugin record may know of an exchange, by name. */
export const FACTS = {
  method: (x) => x.method,
  askedMethod: (x) => x.askedMethod,
  target: (x) => x.target,
  version: (x) => x.version,
  host: (x) => x.host,
  uri: (x) => x.uri,
  args: (x) => x.args,
  internal: (x) => truth(x.internal),
  redirects: (x) => x.redirects,
  startedAt: (x) => x.startedAt,
  errorStatus: (x) => x.errorStatus,
  sent: (x) => x.sent,
  bodySent: (x) => x.bodySent,
  attempts: (x) => x.attempts?.length,
  isSubrequest: (x) => truth(x.parent !== undefined),
  bodyEmpty: (x) => truth(x.body.empty),
  bodyLength: (x) => x.body.length,
  serverName: (x) => x.server.name,
  locationName: (x) => x.location.name,
  clientAddress: (x) => x.client.address,
  clientPort: (x) => x.client.port,
  localAddress: (x) => x.client.localAddress,
  localPort: (x) => x.client.localPort,
  secure: (x) => truth(x.client.secure),
} as const satisfies Readonly<Record<string, (x: Exchange) => string | number | undefined>>

/** Something a plugin record may know of an exchange. */
export type Fact = keyof typeof FACTS

/** Settings of a location that a plugin record may know. */
export const SETTINGS = [
  'satisfy',
  'default_type',
  'server_tokens',
  'server_identity',
  'chunked_transfer_encoding',
] as const

/** A setting of a location that a plugin record may know. */
export type Setting = (typeof SETTINGS)[number]

function truth(value: boolean): '1' | '' {
  return value ? '1' : ''
}
