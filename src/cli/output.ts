import { writeSync } from 'node:fs'
import type { Level } from '../kernel/log/level.ts'

/** Prints a line for people, `gateway: [emerg] …`, before all is lost or exit follows. */
export function report(level: Level, text: string): void {
  print(2, `gateway: [${level}] ${text}\n`)
}

/** Prints a line for people beside what was asked for. */
export function say(text: string): void {
  print(2, `gateway: ${text}\n`)
}

/** Prints a text the user asked for. */
export function show(text: string): void {
  print(1, text.endsWith('\n') ? text : `${text}\n`)
}

function print(fd: 1 | 2, text: string): void {
  try {
    writeSync(fd, text)
  } catch {
    // The reader has gone.
  }
}
