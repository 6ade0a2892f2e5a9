import { expect, vi } from 'vitest'
import { clock, tick } from '../../src/base/clock.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { Clients } from '../../src/kernel/listen/clients.ts'
import type { Handler } from '../../src/kernel/phase/verdict.ts'
import { counters } from '../../src/kernel/process/counters.ts'
import { Slots } from '../../src/kernel/socket/slots.ts'
import { onCleanup } from '../harness/cleanup.ts'
import { connect, type RawClient } from '../harness/raw-client.ts'
import { until } from '../harness/wait.ts'
import { keptLog, makeListenPlan, makeServer, type ServerParts } from './hand-made-plan.ts'
import { listenRaw } from './loopback.ts'

/** What was true of an exchange in its log phase. */
export interface Logged {
  readonly line: string
  readonly status: number
  readonly sent: number
  readonly bodySent: number
  readonly aborted: boolean
}

/** A worker's clients over real sockets, in this process, with a clock the test moves. */
export interface Served {
  readonly port: number
  readonly slots: Slots
  readonly clients: Clients
  /** Lines of the error log. */
  readonly errors: string[]
  /** Exchanges in the order in which they went through the log phase. */
  readonly logged: Logged[]
  client(): Promise<RawClient>
  /** Lets time pass, and everything happen that is due then. */
  pass(milliseconds: number): void
  /** Waits until nobody is connected, and checks that nothing is left over. */
  empty(): Promise<void>
}

/** Serves hand-made servers; the first is the default. `slots`: worker_connections. */
export function serve(
  parts: ServerParts | readonly ServerParts[],
  { slots: limit = 32 }: { slots?: number } = {},
): Served {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  tick()
  const { log, lines } = keptLog()
  const logged: Logged[] = []
  const all = 'length' in parts ? parts : [parts]
  const servers = all.map((each) =>
    makeServer({
      ...each,
      settings: { error_log: log, ...each.settings },
      handlers: [...(each.handlers ?? []), ['log', note(logged)]],
      locations: Object.fromEntries(
        Object.entries(each.locations ?? {}).map(([name, location]) => [
          name,
          { ...location, handlers: [...(location.handlers ?? []), ['log', note(logged)] as const] },
        ]),
      ),
    }),
  )
  const plan = makeListenPlan(...servers)
  const slots = new Slots(limit)
  const clients = new Clients(slots)
  slots.onFree(() => clients.admitWaiting())
  alive++
  const port = listenRaw((handle) => clients.accept(handle, plan))
  onCleanup(() => {
    clients.closeAll()
    vi.useRealTimers()
    expect(slots.used).toBe(0)
    if (--alive === 0) expect(current()).toEqual(NOBODY)
  })
  return {
    port,
    slots,
    clients,
    errors: lines,
    logged,
    client: () => connect(port),
    pass(milliseconds) {
      vi.advanceTimersByTime(milliseconds)
      tick()
      slots.sweep(clock.now)
      clients.flushPostponed()
    },
    async empty() {
      await until('the last connection to leave', () => clients.size === 0)
      expect(slots.used).toBe(0)
      if (alive === 1) expect(current()).toEqual(NOBODY)
    },
  }
}

/** What is served at the same time; the counters are those of the process. */
let alive = 0

const NOBODY = { active: 0, reading: 0, writing: 0, waiting: 0 }

function current(): typeof NOBODY {
  const { active, reading, writing, waiting } = counters
  return { active, reading, writing, waiting }
}

function note(logged: Logged[]): Handler<undefined> {
  return (x: Exchange) => {
    logged.push({
      line: `${x.method} ${x.target}`,
      status: x.head?.status ?? x.unanswered,
      sent: x.sent,
      bodySent: x.bodySent,
      aborted: x.aborted,
    })
    return 'next'
  }
}

/** A promise and what settles it, for handlers that wait until the test lets them go on. */
export class Gate {
  readonly opened: Promise<void>
  /** Who has come to the gate. */
  readonly waiting: Exchange[] = []
  /** Lets everybody through. */
  open!: () => void

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve
    })
  }

  /** Waits until the gate opens. */
  pass(x: Exchange): Promise<void> {
    this.waiting.push(x)
    return this.opened
  }

  /** Resolves when so many have come. */
  async reached(count = 1): Promise<void> {
    await until(`${count} at the gate`, () => this.waiting.length >= count)
  }
}
