import { writeSync } from 'node:fs'
import type { Level } from '../base/level.ts'
import { reasonsOf } from '../kernel/process/program.ts'

/** Prints a line for people, `gateway: [emerg] …`, before all is lost or exit follows. */
export function report(level: Level, text: string): void {
  print(2, `gateway: [${level}] ${text}\n`)
}

/** Prints why what was asked for cannot be done; the command then ends with 1. */
export function refuse(error: unknown, level: Level = 'emerg'): void {
  for (const reason of reasonsOf(error)) report(level, reason)
  process.exitCode = 1
}

/** Who is said to say something. */
export type Speaker = 'gateway' | 'nginx'

/** Prints a line for people beside what was asked for. */
export function say(text: string, speaker: Speaker = 'gateway'): void {
  print(2, `${speaker}: ${text}\n`)
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
