import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { codeOf } from '../../base/system-error.ts'
import { errorLog } from '../../storage/log/error-log.ts'

/** Whether taskset(1), by which processes are bound to processors, is installed. */
export function hasTaskset(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'taskset'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * The mask of a worker as `worker_cpu_affinity` gives it (nginx's form, the last digit is the
 * first processor): its own, the last one for workers beyond, or under `auto` the nth processor
 * that is allowed. Undefined: it may run anywhere.
 */
export function affinityMask(words: readonly string[], worker: number): bigint | undefined {
  const [first] = words
  if (first === undefined) return undefined
  if (first !== 'auto') return BigInt(`0b${words[Math.min(worker, words.length - 1)]}`)
  const allowed = words[1] === undefined ? everyProcessor() : processorsOf(BigInt(`0b${words[1]}`))
  const processor = allowed[worker % allowed.length]
  return processor === undefined ? undefined : 1n << BigInt(processor)
}

/** Binds a process, all its threads, to processors. Without taskset nothing happens. */
export function setAffinity(pid: number, mask: bigint): void {
  execFile('taskset', ['-a', '-p', mask.toString(16), String(pid)], (error) => {
    if (!error || codeOf(error) === 'ENOENT') return
    errorLog.write('alert', `taskset for worker process ${pid} failed: ${error.message.trim()}`)
  })
}

function everyProcessor(): number[] {
  return Array.from({ length: availableParallelism() }, (_, i) => i)
}

function processorsOf(mask: bigint): number[] {
  const digits = [...mask.toString(2)].reverse()
  return digits.flatMap((digit, i) => (digit === '1' ? [i] : []))
}
