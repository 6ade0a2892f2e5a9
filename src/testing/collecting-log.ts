import { ErrorLog } from '../kernel/log/error-log.ts'
import type { Level } from '../kernel/log/level.ts'

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
