import type { Awaitable, Crossing } from '../border/crossing.ts'
import { KvOp } from '../border/ops.ts'
import { badCall, countOf, textOf } from './arguments.ts'
import { badKvArgument } from './errors.ts'
import type { KvValue } from './kv/kv-namespace.ts'
import type { KvSession } from './kv/kv-session.ts'
import type { OpHandler } from './op-handler.ts'

/** What a script may ask of its namespaces. */
export function kvOps(session: KvSession): OpHandler {
  return (op, a, b, c) => {
    const namespace = countOf(a, 'namespace')
    switch (op) {
      case KvOp.get: {
        const found = session.get(namespace, textOf(b, 'key'))
        const format: (found: KvValue | undefined) => Crossing = c === 'text' ? asText : asBytes
        return found instanceof Promise ? found.then(format) : format(found)
      }
      case KvOp.put:
        return put(session, namespace, textOf(b, 'head'), c)
      case KvOp.delete:
        return nothing(session.delete(namespace, textOf(b, 'key')))
      case KvOp.list: {
        const [[limit = '', cursor = ''], prefix] = lines(textOf(b, 'list'), 2)
        const list = { prefix, limit: Number(limit), cursor: cursor === '' ? undefined : cursor }
        return JSON.stringify(session.list(namespace, list))
      }
      default:
        throw badCall('op')
    }
  }
}

function put(session: KvSession, namespace: number, head: string, value: Crossing) {
  const [[expiration = '', expirationTtl = '', metadata = ''], key] = lines(head, 3)
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) throw badCall('value')
  const bytes = typeof value === 'string' ? Buffer.from(value) : bufferOf(value)
  return nothing(
    session.put(namespace, key, bytes, {
      expiration: seconds(expiration),
      expirationTtl: seconds(expirationTtl),
      metadata: metadata === '' ? undefined : metadata,
    }),
  )
}

/** So many lines, and all that follows them: a key may hold line feeds itself. */
function lines(text: string, count: number): [lines: readonly string[], rest: string] {
  const found: string[] = []
  let from = 0
  while (found.length < count) {
    const end = text.indexOf('\n', from)
    if (end < 0) throw badCall('head')
    found.push(text.slice(from, end))
    from = end + 1
  }
  return [found, text.slice(from)]
}

function seconds(text: string): number | undefined {
  if (text === '') return undefined
  if (!/^-?\d{1,15}(?:\.\d{1,9})?$/.test(text)) throw badKvArgument('an expiry is no number')
  return Number(text)
}

function asText(found: KvValue | undefined): string | undefined {
  return found && `${found.metadata ?? ''}\n${found.value.toString()}`
}

function asBytes(found: KvValue | undefined): Uint8Array | undefined {
  return found && Buffer.concat([Buffer.from(`${found.metadata ?? ''}\n`), found.value])
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function nothing(done: Awaitable<void>): undefined | Promise<undefined> {
  return done instanceof Promise ? done.then(() => undefined) : undefined
}
