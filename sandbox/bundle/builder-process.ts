import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BuilderMessage, BuildRequest } from './messages.ts'
import { type Usage, usageOf } from './process-usage.ts'

/** What becomes of a process that builds. */
export interface BuilderEvents {
  ready(): void
  answer(message: Exclude<BuilderMessage, 'ready'>): void
  /** It has ended without being told to. */
  died(why: string): void
}

/** `.ts` where this program runs from its sources, else `.js`. */
const EXTENSION = extname(fileURLToPath(import.meta.url))

/**
 * A process with esbuild's own process below it, in a group of their own: both can be ended at any
 * moment, with whatever they are doing. It has nothing of our environment.
 */
export class BuilderProcess {
  readonly #child: ChildProcess
  readonly #folder: string
  #ended = false

  constructor(events: BuilderEvents) {
    // Empty, so that esbuild finds nothing there for a computed import.
    this.#folder = mkdtempSync(join(tmpdir(), 'gateway-builder-'))
    this.#child = fork(fileURLToPath(new URL(`./child${EXTENSION}`, import.meta.url)), {
      cwd: this.#folder,
      detached: true,
      env: {},
      execArgv: EXTENSION === '.ts' ? ['--import', sourceLoader()] : [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message: BuilderMessage) => {
      if (this.#ended) return
      if (message === 'ready') events.ready()
      else events.answer(message)
    })
    const died = (why: string) => {
      if (this.#ended) return
      this.end()
      events.died(why)
    }
    this.#child.once('error', (error) => died(error.message))
    this.#child.once('exit', (code, signal) => died(`its process ended (${signal ?? code})`))
  }

  send(request: BuildRequest): void {
    // That it cannot be sent is told by its end.
    this.#child.send(request, () => undefined)
  }

  usage(): Usage | undefined {
    return this.#child.pid === undefined ? undefined : usageOf(this.#child.pid)
  }

  /** Ends both processes; no event follows. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    const { pid } = this.#child
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // They have gone by themselves.
    }
    if (this.#child.connected) this.#child.disconnect()
    this.#child.unref()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Node 20 reads no TypeScript by itself; only developers need it to. */
function sourceLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
}
