import { DEFAULT_THREAD_LIMITS, FUEL_PER_MS, type ThreadLimits } from '../limits.ts'
import type { Script } from '../script.ts'
import { THREAD_MAIN } from './start-worker.ts'
import { type EngineKind, type Sender, Thread } from './thread.ts'

/** Where a pool has its long turns taken. */
export interface Elsewhere {
  readonly threads: Threads
  /** What the pool's slots are made of. */
  readonly kind: EngineKind
}

/** What makes the threads of a process. */
export interface ThreadsOptions {
  readonly limits?: Partial<ThreadLimits>
  /** What they run. */
  readonly main?: URL
}

/**
 * The threads of a process, for the turns that are too long for its event loop. They are started
 * when somebody has an errand for them, which waits until then, and end when nobody needs them.
 */
export class Threads {
  readonly limits: ThreadLimits
  readonly #main: URL
  readonly #threads = new Set<Thread>()
  /** What waits, by script: they take turns. */
  readonly #waiting = new Map<Script, Sender[]>()
  #length = 0
  /** Of those, the ones of runs that begin. */
  #beginning = 0
  #idle: NodeJS.Timeout | undefined

  constructor({ limits, main = THREAD_MAIN }: ThreadsOptions = {}) {
    this.limits = { ...DEFAULT_THREAD_LIMITS, ...limits }
    this.#main = main
  }

  /** Threads that there are. */
  get size(): number {
    return this.#threads.size
  }

  /** Errands that wait for a thread. */
  get length(): number {
    return this.#length
  }

  /** Gives an errand to a thread, now or once one is free; not where too many wait for that. */
  send(sender: Sender): 'sent' | 'refused' {
    clearTimeout(this.#idle)
    const thread = this.#freeThread()
    if (thread) this.#give(sender, thread)
    else if (!this.#enqueue(sender)) return 'refused'
    return 'sent'
  }

  /** Forgets an errand, if no thread has taken it yet. */
  withdraw(sender: Sender): 'withdrawn' | 'taken' {
    const waiting = this.#waiting.get(sender.script) ?? []
    const at = waiting.indexOf(sender)
    if (at < 0) return 'taken'
    waiting.splice(at, 1)
    this.#count(sender, -1)
    if (waiting.length === 0) this.#waiting.delete(sender.script)
    return 'withdrawn'
  }

  /** Ends all threads; what they were doing is lost. */
  close(): void {
    clearTimeout(this.#idle)
    this.#waiting.clear()
    this.#length = 0
    this.#beginning = 0
    for (const thread of [...this.#threads]) thread.end('died')
  }

  #give(sender: Sender, thread: Thread): void {
    const { grace, patience } = this.limits
    thread.take(sender, grace + (patience * sender.errand.fuel) / FUEL_PER_MS)
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) if (thread.isFree) return thread
    if (this.#threads.size >= this.limits.threads) return undefined
    const thread = new Thread((left) => this.#left(left), this.#main)
    this.#threads.add(thread)
    return thread
  }

  #enqueue(sender: Sender): boolean {
    const waiting = this.#waiting.get(sender.script) ?? []
    if (!this.#hasRoom(sender, waiting.length)) return false
    this.#count(sender, 1)
    waiting.push(sender)
    this.#waiting.set(sender.script, waiting)
    return true
  }

  /** Those that go on take no room from other scripts: a script has only so many runs. */
  #hasRoom({ run }: Sender, ofScript: number): boolean {
    const { queue, queueOfScript, underWay } = this.limits
    if (run === 'goes on') return ofScript < underWay
    return this.#beginning < queue && ofScript < queueOfScript
  }

  #count({ run }: Sender, change: 1 | -1): void {
    this.#length += change
    if (run === 'begins') this.#beginning += change
  }

  #left(thread: Thread): void {
    if (thread.isOver) this.#threads.delete(thread)
    while (this.#length > 0) {
      const free = this.#freeThread()
      if (!free) return
      this.#give(this.#next(), free)
    }
    const isIdle = [...this.#threads].every(({ isFree }) => isFree)
    if (isIdle && this.size > 0) this.#rest()
  }

  /** The first errand of the script that has waited longest, which is the last one then. */
  #next(): Sender {
    const [script, waiting] = this.#waiting.entries().next().value as [Script, Sender[]]
    this.#waiting.delete(script)
    if (waiting.length > 1) this.#waiting.set(script, waiting)
    const sender = waiting.shift() as Sender
    this.#count(sender, -1)
    return sender
  }

  #rest(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.close(), this.limits.idle)
    this.#idle.unref()
  }
}
