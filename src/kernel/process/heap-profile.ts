import { Buffer } from 'node:buffer'
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import type { Session } from 'node:inspector'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeSystemError } from '../../base/system-error.ts'
import { errorLog } from '../../storage/log/error-log.ts'

/** How long allocations are sampled, in milliseconds. */
const SAMPLED_FOR = 30_000
/** One allocation in so many bytes is looked at. */
const INTERVAL = 128 * 1024

/**
 * What this process allocates and does not let go, by who allocates it. Sampling hardly slows it
 * down; what a snapshot would tell of everything at once stops a large heap for seconds, and holds
 * what clients have sent.
 */
class HeapProfile {
  readonly #session: Session
  readonly #timer: NodeJS.Timeout

  constructor(session: Session, onTimeout: () => void) {
    this.#session = session
    session.connect()
    session.post('HeapProfiler.startSampling', { samplingInterval: INTERVAL })
    this.#timer = setTimeout(onTimeout, SAMPLED_FOR)
    this.#timer.unref()
  }

  /** Ends it, and gives it as JSON. */
  end(): string {
    clearTimeout(this.#timer)
    let outcome: string | Error = ''
    // Within one thread an answer comes before `post` returns.
    this.#session.post('HeapProfiler.stopSampling', (error, result) => {
      outcome = error ?? JSON.stringify(result.profile)
    })
    this.#session.disconnect()
    if (typeof outcome !== 'string') throw outcome
    return outcome
  }
}

let running: HeapProfile | 'beginning' | undefined

/** Begins a heap profile of this process; where one is under way, ends that instead. */
export async function profileHeap(): Promise<void> {
  if (running) {
    endHeapProfile()
    return
  }
  running = 'beginning'
  try {
    // Late: hardly any process ever needs it, and Node may have been built without.
    const { Session } = await import('node:inspector')
    running = new HeapProfile(new Session(), endHeapProfile)
    errorLog.write('notice', `heap profile begun, to be written in ${SAMPLED_FOR / 1000} s`)
  } catch (error) {
    running = undefined
    errorLog.write('error', `heap profile failed: ${(error as Error).message}`)
  }
}

/** Writes the heap profile that is under way, if one is. */
export function endHeapProfile(): void {
  if (!running || running === 'beginning') return
  const profile = running
  running = undefined
  const time = new Date().toISOString().replace(/[-:.]/g, '')
  const path = join(tmpdir(), `gateway-heap-${process.pid}-${time}.heapprofile`)
  try {
    writeNew(path, profile.end())
    errorLog.write('notice', `heap profile written to "${path}"`)
  } catch (error) {
    errorLog.write('error', `heap profile "${path}" failed ${describeSystemError(error)}`)
  }
}

/** Never over what is there already, be it a link somebody has put there; whole, or not at all. */
function writeNew(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(fd)
  }
}
