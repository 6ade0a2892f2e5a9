import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { describeSystemError } from '../../base/system-error.ts'

/** What the file of a master is called while its successor serves, too: nginx's name. */
const OLD = '.oldbin'

/** The file that names the master's process id while it serves. */
export class PidFile {
  readonly path: string
  /** Where it is now. */
  #place: string

  constructor(path: string) {
    this.path = path
    this.#place = path
  }

  /** Appears whole or not at all: whoever sees it may connect. */
  write(): void {
    const draft = `${this.path}.${process.pid}`
    try {
      writeFileSync(draft, `${process.pid}\n`, { mode: 0o644 })
      renameSync(draft, this.path)
    } catch (error) {
      throw new Error(`open() "${this.path}" failed ${describeSystemError(error)}`)
    }
  }

  /** Removes it, unless another process has taken the path meanwhile. */
  remove(): void {
    try {
      if (readPid(this.#place) === process.pid) unlinkSync(this.#place)
    } catch {
      // Already gone.
    }
  }

  /** Leaves the path to a successor. Throws what the system says. */
  stepAside(): void {
    this.#move(`${this.path}${OLD}`)
  }

  /** Takes the path back when there is no successor any more. Throws what the system says. */
  stepBack(): void {
    this.#move(this.path)
  }

  #move(place: string): void {
    try {
      renameSync(this.#place, place)
      this.#place = place
    } catch (error) {
      throw new Error(`rename() ${this.#place} to ${place} failed ${describeSystemError(error)}`)
    }
  }
}

/** The pid file at `path`, written; the one before is removed if that is another. */
export function movePidFile(before: PidFile | undefined, path: string): PidFile {
  if (before?.path === path) return before
  const fresh = new PidFile(path)
  fresh.write()
  before?.remove()
  return fresh
}

/** The process id in a pid file; throws what the system says when there is none. */
export function readPid(path: string): number | undefined {
  const text = readFileSync(path, 'utf8').trim()
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
