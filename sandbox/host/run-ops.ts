import { setTimeout } from 'node:timers'
import type { Crossing } from '../border/crossing.ts'
import { Op } from '../border/ops.ts'
import { refusal } from '../border/refusal.ts'
import { badCall, countOf, textOf } from './arguments.ts'
import type { LogLevel, RunEvents, ScriptError } from './run-events.ts'
import { scriptError } from './script-error.ts'

interface Timer {
  readonly timeout: NodeJS.Timeout
  ring(): void
}

/** What is longer, Node takes for none, and says so on the gateway's standard error. */
const LONGEST_TIMER = 2 ** 31 - 1

const LEVELS: readonly unknown[] = ['debug', 'info', 'warn', 'error']

/** The life of a run (0–15), but for its answer. */
export class RunOps {
  readonly #events: RunEvents
  readonly #part: (name: string) => string
  readonly #began = performance.now()
  #timers: Map<number, Timer> | undefined
  #log: number
  #isHeld = false
  #isDone = false

  /** `log` is how many characters of lines and errors a run may write. */
  constructor(events: RunEvents, log: number, part: (name: string) => string) {
    this.#events = events
    this.#log = log
    this.#part = part
  }

  call(op: number, a: Crossing, b: Crossing, c: Crossing): Crossing | Promise<Crossing> {
    switch (op) {
      case Op.log:
        return this.#write(a, textOf(b, 'text'))
      case Op.none:
        this.#events.passed()
        return this.done()
      case Op.value:
        this.#events.found(a === undefined ? undefined : textOf(a, 'value'))
        return this.done()
      case Op.hold:
        this.#isHeld = true
        return undefined
      case Op.release:
        this.#isHeld = false
        return this.#end()
      case Op.timer:
        return this.#wait(countOf(a, 'time'), countOf(b, 'timer'))
      case Op.timerStop:
        return this.#stop(countOf(a, 'timer'))
      case Op.elapsed:
        return Math.floor(performance.now() - this.#began)
      case Op.passThrough:
        this.#events.passThrough()
        return undefined
      case Op.part:
        return this.#part(textOf(a, 'part'))
      case Op.report:
        return this.#report(scriptError(a, b, c))
      default:
        throw badCall('op')
    }
  }

  /** The hook has ended; background work may hold the run still. */
  done(): undefined {
    this.#isDone = true
    if (this.#isHeld) this.#events.held?.()
    return this.#end()
  }

  /** Stops all timers: the run is over, however it ended. */
  close(): void {
    for (const { timeout } of this.#timers?.values() ?? []) clearTimeout(timeout)
    this.#timers = undefined
  }

  #end(): undefined {
    if (this.#isDone && !this.#isHeld) this.#events.over()
    return undefined
  }

  #write(level: Crossing, text: string): undefined {
    if (!LEVELS.includes(level)) throw badCall('level')
    const room = this.#room(text.length)
    if (room > 0) this.#events.logged(level as LogLevel, text.slice(0, room))
    if (room > 0 && this.#log <= 0) {
      this.#events.logged('warn', 'the log of this request is full')
    }
    return undefined
  }

  #report(error: ScriptError): undefined {
    const { name, message, stack } = error
    if (this.#room(name.length + message.length + stack.length) > 0) this.#events.reported(error)
    return undefined
  }

  /** What room there was for a line: an empty one takes some, too. */
  #room(length: number): number {
    const room = Math.max(this.#log, 0)
    this.#log -= length + 1
    return room
  }

  #wait(milliseconds: number, timer: number): Promise<undefined> {
    this.#timers ??= new Map()
    const timers = this.#timers
    if (timers.has(timer)) throw refusal('TypeError', 'such a timer is running')
    if (milliseconds > LONGEST_TIMER) throw badCall('time')
    return new Promise((resolve) => {
      const ring = () => {
        timers.delete(timer)
        resolve(undefined)
      }
      timers.set(timer, { timeout: setTimeout(ring, milliseconds), ring })
    })
  }

  #stop(timer: number): undefined {
    const found = this.#timers?.get(timer)
    clearTimeout(found?.timeout)
    // The ticket must not stay open.
    found?.ring()
    return undefined
  }
}
