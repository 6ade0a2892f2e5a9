import { readlinkSync } from 'node:fs'
import { startTimeOf } from './start-time.ts'
import { codeOf } from './system-error.ts'

const UNKNOWN = '0'

let own: string | undefined

/**
 * This process in the name of a file: the namespace of process numbers, its number, and its start.
 * It tells later ones whose the file was.
 */
export function processMark(): string {
  own ??= `${namespace()}-${process.pid}-${startTimeOf(process.pid) ?? UNKNOWN}`
  return own
}

/** Whether the process with this mark is dead for certain: not elsewhere, nor hidden from here. */
export function isDead(mark: string): boolean {
  const [where, pid, start] = mark.split('-')
  // In another container the same number is another process.
  if (where !== namespace() || where === UNKNOWN || start === UNKNOWN) return false
  const now = startTimeOf(Number(pid))
  if (now !== undefined) return now !== start
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

/** The digits in `pid:[4026531836]`. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? UNKNOWN
  } catch {
    return UNKNOWN
  }
}
