import { CompressionOp } from '../border/ops.ts'
import { badCall, bytesOf, countOf, textOf } from './arguments.ts'
import { isCoding } from './compression/codec.ts'
import type { CompressionSession } from './compression/compression-session.ts'
import type { OpHandler } from './op-handler.ts'

/** What a script may ask of its compression streams. */
export function compressionOps(session: CompressionSession): OpHandler {
  return (op, a, b) => {
    switch (op) {
      case CompressionOp.open: {
        const coding = textOf(a, 'coding')
        if (!isCoding(coding)) throw badCall('coding')
        return session.open(coding)
      }
      case CompressionOp.push:
        session.push(countOf(a, 'stream'), b === undefined ? undefined : bytesOf(b, 'piece'))
        return undefined
      case CompressionOp.pull:
        return session.pull(countOf(a, 'stream'))
      case CompressionOp.close:
        session.abort(countOf(a, 'stream'))
        return undefined
      default:
        throw badCall('op')
    }
  }
}
