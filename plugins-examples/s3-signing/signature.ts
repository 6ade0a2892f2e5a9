import { createHash, createHmac } from 'node:crypto'

/** Whose requests these are. */
export interface Credentials {
  readonly id: string
  readonly secret: string
  readonly region: string
  /** The bucket's. */
  readonly host: string
}

/** What is signed. */
export interface Asked {
  readonly method: string
  /** Decoded. */
  readonly path: string
  /** As sent. */
  readonly query: string
}

/** What the signed request carries. */
export interface Signature {
  readonly authorization: string
  /** ISO 8601 without separators. */
  readonly date: string
}

/** The body is not part of the signature: it streams through. */
const PAYLOAD = 'UNSIGNED-PAYLOAD'
const SIGNED = 'host;x-amz-content-sha256;x-amz-date'

/** AWS Signature Version 4, as S3 wants it: paths are encoded once. */
export function sign(
  asked: Asked,
  { host, id, region, secret }: Credentials,
  now: Date,
): Signature {
  const date = now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const scope = `${day}/${region}/s3/aws4_request`
  const canonical = [
    asked.method,
    asked.path.split('/').map(encode).join('/'),
    canonicalQuery(asked.query),
    `host:${host}`,
    `x-amz-content-sha256:${PAYLOAD}`,
    `x-amz-date:${date}`,
    '',
    SIGNED,
    PAYLOAD,
  ].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, digest].join('\n')).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${SIGNED}, Signature=${signature}`
  return { authorization, date }
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    return [encode(decode(name)), encode(decode(value))] as const
  })
  const order = (a: string, b: string) => (a < b ? -1 : Number(a > b))
  const sorted = pairs.sort(([a, x], [b, y]) => order(a, b) || order(x, y))
  return sorted.map((pair) => pair.join('=')).join('&')
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
