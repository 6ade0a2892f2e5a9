import { randomUUID } from 'node:crypto'
import { CryptoOp } from '../border/ops.ts'
import { badCall, countOf, textOf } from './arguments.ts'
import type { CryptoSession } from './crypto/crypto-session.ts'
import type { OpHandler } from './op-handler.ts'

/** What `getRandomValues` gives at once at most (Web Cryptography API, 10.1.1). */
const MOST_RANDOM = 65_536

/** What a script may ask of `crypto`. */
export function cryptoOps(session: CryptoSession): OpHandler {
  return (op, a, b, c) => {
    switch (op) {
      case CryptoOp.randomBytes: {
        const count = countOf(a, 'count')
        if (count > MOST_RANDOM) throw badCall('count')
        return session.random(count)
      }
      case CryptoOp.randomUuid:
        return randomUUID()
      case CryptoOp.subtle:
        return session.subtle(textOf(a, 'request'), b, c)
      default:
        throw badCall('op')
    }
  }
}
