import type { Script } from '../../../../sandbox/engine/script.ts'
import type { EntryOps } from './entry-ops.ts'
import type { RecordSource } from './record-source.ts'

/** A plugin record, loaded for something: a state that every run begins with. */
export class Image {
  readonly source: RecordSource
  readonly script: Script
  readonly entries: EntryOps
  /** What it told when it was loaded. */
  readonly told: string | undefined

  constructor(source: RecordSource, script: Script, entries: EntryOps, told: string | undefined) {
    this.source = source
    this.script = script
    this.entries = entries
    this.told = told
  }
}
