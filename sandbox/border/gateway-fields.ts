/** What `request.gateway` tells a script; undefined where there is nothing to tell. */
export const GATEWAY_FIELDS = [
  'clientAddress',
  'clientPort',
  'protocol',
  'scheme',
  'tlsVersion',
  'tlsCipher',
  'serverName',
  'location',
  'tenant',
  'requestId',
] as const

/** A field of `request.gateway`. */
export type GatewayField = (typeof GATEWAY_FIELDS)[number]
