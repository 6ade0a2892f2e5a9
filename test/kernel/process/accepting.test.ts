import { beforeEach, expect, test, vi } from 'vitest'
import { Clients } from '../../../src/kernel/listen/clients.ts'
import { Listener } from '../../../src/kernel/listen/listener.ts'
import { Accepting } from '../../../src/kernel/process/accepting.ts'
import type { Standing, Standings } from '../../../src/kernel/process/standings.ts'
import type { Handle } from '../../../src/kernel/socket/binding.ts'
import { type SlotOwner, Slots } from '../../../src/kernel/socket/slots.ts'
import { onCleanup } from '../../harness/cleanup.ts'
import { makeListenPlan, makeServer } from '../hand-made-plan.ts'

beforeEach(() => {
  vi.useFakeTimers()
  onCleanup(() => void vi.useRealTimers())
})

const owner: SlotOwner = { onDeadline: () => {}, onReclaim: () => {} }

/** A worker with 16 slots, one socket it shares with others and one of its own. */
function worker({ mutex = true, delay = 500 } = {}) {
  const slots = new Slots(16)
  const clients = new Clients(slots)
  const told: Standing[] = []
  let others: Standing[] = []
  const standings = {
    tell: (standing: Standing) => told.push(standing),
    others: () => others,
    leave: () => told.push({ clients: 0, free: 0 }),
  } as unknown as Standings
  const [shared, own] = [listening('shared'), listening('own')]
  const settings = {
    worker_connections: 16,
    accept_mutex: mutex,
    accept_mutex_delay: delay,
    multi_accept: false,
    use: 'epoll',
  } as const
  const accepting = new Accepting(clients, [shared.listener, own.listener], settings, standings)
  onCleanup(() => accepting.close())
  return {
    accepting,
    slots,
    told,
    /** The other workers, as they are from now on. */
    beside: (...standing: Standing[]) => {
      others = standing
    },
    /** A connection, of this worker's or to a peer, takes a slot. */
    take: (count = 1) => Array.from({ length: count }, () => slots.take(owner)),
    accept: () => accepting.accepted({ fd: 20 } as Handle),
    polls: () => [shared.handle.polled, own.handle.polled],
  }
}

/** A listener on a handle that notes whether it is polled. */
function listening(kind: 'shared' | 'own') {
  const handle = {
    polled: false,
    listen(): number {
      this.polled = true
      return 0
    },
    readStart: () => 0,
    readStop(): number {
      this.polled = false
      return 0
    },
    close: () => {},
  }
  const plan = makeListenPlan(makeServer({}))
  const listen = { ...plan.listen, reuseport: kind === 'own' ? (true as const) : undefined }
  const group = { plan: { ...plan, listen }, within: undefined }
  const acceptor = { accept: () => {} }
  return { handle, listener: new Listener([handle as unknown as Handle], group, acceptor) }
}

test('who is nearly full leaves new connections to freer workers, for a while', () => {
  const { beside, take, accept, polls } = worker()
  beside({ clients: 0, free: 10 })
  take(14)
  accept()
  expect(polls()).toEqual([true, true])
  take()
  accept()
  // Nobody else can take what arrives at a socket of its own.
  expect(polls()).toEqual([false, true])
  vi.advanceTimersByTime(10)
  expect(polls()).toEqual([true, true])
})

test('no longer than accept_mutex_delay, and not at all with accept_mutex off', () => {
  const short = worker({ delay: 3 })
  short.beside({ clients: 0, free: 10 })
  short.take(15)
  short.accept()
  expect(short.polls()).toEqual([false, true])
  vi.advanceTimersByTime(3)
  expect(short.polls()).toEqual([true, true])
  for (const options of [{ mutex: false }, { delay: 0 }]) {
    const off = worker(options)
    off.beside({ clients: 0, free: 10 })
    off.take(15)
    off.accept()
    expect(off.polls()).toEqual([true, true])
  }
})

test('once the others have no room either, it accepts again with the next sweep', () => {
  const { accepting, beside, take, accept, polls } = worker()
  beside({ clients: 0, free: 10 })
  take(15)
  accept()
  accepting.sweep()
  expect(polls()).toEqual([false, true])
  beside()
  accepting.sweep()
  expect(polls()).toEqual([true, true])
})

test('without a slot it accepts nothing, until one is free or can be reclaimed', () => {
  const { slots, take, polls } = worker({ mutex: false })
  const [first = 0, second = 0] = take(16)
  expect(polls()).toEqual([false, false])
  slots.give(first)
  expect(polls()).toEqual([true, true])
  take()
  expect(polls()).toEqual([false, false])
  slots.setIdle(second)
  expect(polls()).toEqual([true, true])
  slots.setBusy(second)
  expect(polls()).toEqual([false, false])
  slots.setIdle(second)
  slots.give(second)
  expect(polls()).toEqual([true, true])
})

test('a slot that comes free does not end what it leaves to the others', () => {
  const { beside, slots, take, accept, polls } = worker()
  beside({ clients: 0, free: 10 })
  const [first = 0] = take(16)
  accept()
  slots.give(first)
  expect(polls()).toEqual([false, true])
})

test('the others are told with each connection and each sweep, and when it leaves', () => {
  const { accepting, told, take, accept } = worker()
  take(3)
  accept()
  accepting.sweep()
  accepting.close()
  expect(told.map(({ free }) => free)).toEqual([16, 13, 13, 0])
})
