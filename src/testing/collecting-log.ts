import type { Level } from '../base/level.ts'
import { ErrorLog } from '../storage/log/error-log.ts'

/** An error log that keeps its lines, as `level: text`. */
export class CollectingLog extends ErrorLog {
  readonly lines: string[] = []

  constructor() {
    super([])
  }

  override enabled(): boolean {
    return true
  }

  override write(level: Level, text: string): void {
    this.lines.push(`${level}: ${text}`)
  }
}
