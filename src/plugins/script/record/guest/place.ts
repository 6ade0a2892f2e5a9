import type { Mark, Place } from 'gateway/plugin'
import { RecordOp } from '../../../../../sandbox/border/ops.ts'
import { ask } from './channel.ts'
import { notPortable } from './not-portable.ts'

const NOWHERE: Mark = { file: '', line: 0, column: 0 }

/** The place a record is prepared for: looked at only where the record does. */
export const place: Place = {
  get scope() {
    return ask(RecordOp.place, 'scope', '') as Place['scope']
  },
  get name() {
    return ask(RecordOp.place, 'name', '') as string
  },
  get serverNames() {
    return (ask(RecordOp.place, 'serverNames', '') as string).split('\n')
  },
  get mark() {
    return NOWHERE
  },
  get root(): never {
    throw notPortable('place.root', 'there is no file system in the sandbox')
  },
  get bodyFolder(): never {
    throw notPortable('place.bodyFolder', 'there is no file system in the sandbox')
  },
  tempFolder(): never {
    throw notPortable('place.tempFolder', 'there is no file system in the sandbox')
  },
  value(): never {
    throw notPortable('place.value', 'values of other plugins are not what crosses')
  },
  configured: (directive) => ask(RecordOp.place, 'configured', directive) === '1',
  markOf: (directive) => (place.configured(directive) ? NOWHERE : undefined),
  warn(text) {
    ask(RecordOp.place, 'warn', text)
  },
  fail(text): never {
    ask(RecordOp.place, 'fail', text)
    throw new Error(text)
  },
}
