import { Buffer } from 'node:buffer'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Exchange, Template } from 'gateway/plugin'

/** What a place says of its links. */
export interface LinkConfig {
  /** Gives the checksum of a request, and behind a comma until when it counts. */
  readonly secure_link: Template | undefined
  /** What the checksum is of. */
  readonly secure_link_md5: Template | undefined
  readonly secure_link_secret: string | undefined
}

const MD5_BYTES = 16
/** As long as the base64 of an MD5 sum can be. */
const LONGEST_SUM = 24

/** A link as a request brings it. */
interface Link {
  readonly sum: string
  /** Seconds since the epoch as written; undefined where the link has no end. */
  readonly expires: string | undefined
}

/** Undefined where there is no link, or its time is none. */
export function linkOf(x: Exchange, { secure_link }: LinkConfig): Link | undefined {
  const text = secure_link?.render(x)
  if (text === undefined) return undefined
  const comma = text.indexOf(',')
  if (comma < 0) return { sum: text, expires: undefined }
  const expires = text.slice(comma + 1)
  if (!/^\d{1,15}$/.test(expires) || Number(expires) === 0) return undefined
  return { sum: text.slice(0, comma), expires }
}

/** `1` for a link that is right, `0` for one whose time is over; undefined for a wrong one. */
export function checkLink(x: Exchange, config: LinkConfig): string | undefined {
  const link = linkOf(x, config)
  const { secure_link_md5 } = config
  if (!link || !secure_link_md5) return undefined
  const sum = decode(link.sum)
  if (!sum || !timingSafeEqual(sum, md5(secure_link_md5.render(x)))) return undefined
  const { expires } = link
  return expires !== undefined && Number(expires) < Math.floor(Date.now() / 1000) ? '0' : '1'
}

/** The rest of `/prefix/checksum/rest` where the checksum is that of the rest and the secret. */
export function checkSecret({ target }: Exchange, secret: string): string | undefined {
  const parts = /^.[^/]*\/([0-9a-f]{32})\/(.+)$/is.exec(target)
  if (!parts) return undefined
  const [, sum = '', rest = ''] = parts
  return timingSafeEqual(Buffer.from(sum, 'hex'), md5(rest + secret)) ? rest : undefined
}

function md5(text: string): Buffer {
  return createHash('md5').update(text, 'latin1').digest()
}

function decode(sum: string): Buffer | undefined {
  if (sum.length > LONGEST_SUM || !/^[\w-]+={0,2}$/.test(sum)) return undefined
  const bytes = Buffer.from(sum, 'base64url')
  return bytes.length === MD5_BYTES ? bytes : undefined
}
