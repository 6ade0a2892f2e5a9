import { type Message, REQUEST } from '../border/messages.ts'
import { RequestOp } from '../border/ops.ts'
import { allOf, type BodySource } from './body.ts'
import { originOf } from './body-stream.ts'
import { host } from './host.ts'
import type { RequestParts } from './request.ts'
import { isReadable } from './streams.ts'

/** The head of a request as it crosses: method, URL, redirect mode, then its fields. */
export function headOf({ method, url, redirect, lines }: RequestParts): string {
  const fields = lines ?? (host(RequestOp.headerLines, REQUEST) as string)
  const start = `${method}\n${url}\n${redirect}`
  return fields === '' ? start : `${start}\n${fields}`
}

/** A body as it crosses: a script's own stream is collected, for it is sent as a whole. */
export function bodyForHost(
  source: BodySource,
): undefined | string | Uint8Array | Message | Promise<Uint8Array> {
  if (!isReadable(source)) return source
  return originOf(source) ?? allOf(source)
}
