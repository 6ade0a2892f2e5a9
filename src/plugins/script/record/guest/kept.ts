import type { Exchange, RequestValue } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import { ask } from './channel.ts'

/** As natively, but of this record alone: others have other values under the same name. */
export function requestValue(name: string): RequestValue {
  return {
    get: () => ask(RecordOp.recall, name) as string | undefined,
    set: (_, value) => {
      ask(RecordOp.remember, name, value)
    },
  }
}

/** As natively: `$1` and the names in the expression stand for this match from here on. */
export function capture(_x: Exchange, match: RegExpExecArray): void {
  const { groups } = match
  ask(RecordOp.capture, JSON.stringify([...match]), groups && JSON.stringify({ ...groups }))
}

/** As natively: `$1` and the like are empty. */
export function uncapture(): void {
  ask(RecordOp.capture)
}
