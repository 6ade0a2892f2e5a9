import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SlotOwner, Slots } from '../../src/kernel/socket/slots.ts'

/** An owner that writes down what it is told, and gives its slot back when it is reclaimed. */
class Owner implements SlotOwner {
  readonly name: string
  readonly slots: Slots
  readonly told: string[]
  slot: number

  constructor(slots: Slots, name: string, told: string[] = []) {
    this.slots = slots
    this.name = name
    this.told = told
    this.slot = -1
    this.slot = slots.take(this)
  }

  onDeadline(kind: 'read' | 'write'): void {
    this.told.push(`${this.name} ${kind}`)
  }

  onReclaim(): void {
    this.told.push(`${this.name} reclaimed`)
    this.give()
  }

  give(): void {
    this.slots.give(this.slot)
    this.slot = -1
  }
}

function owners(slots: Slots, count: number, told: string[] = []): Owner[] {
  return Array.from({ length: count }, (_, i) => new Owner(slots, `${i}`, told))
}

describe('connection slots', () => {
  it('are as many as the limit, each given once', () => {
    const slots = new Slots(3)
    const taken = owners(slots, 3)
    expect(new Set(taken.map(({ slot }) => slot)).size).toBe(3)
    expect(slots).toMatchObject({ used: 3, free: 0 })
    expect(new Owner(slots, 'late').slot).toBe(-1)
    expect(slots.used).toBe(3)
    taken[1]?.give()
    expect(new Owner(slots, 'next').slot).toBeGreaterThanOrEqual(0)
    expect(slots.free).toBe(0)
  })

  it('are taken from the connections that idle longest', () => {
    const told: string[] = []
    const slots = new Slots(4)
    const [a, b, c, d] = owners(slots, 4, told) as [Owner, Owner, Owner, Owner]
    for (const each of [c, a, d, b]) slots.setIdle(each.slot)
    slots.setBusy(a.slot)
    slots.setIdle(c.slot)
    expect(slots.reclaim(2)).toBe(2)
    expect(told).toEqual(['3 reclaimed', '1 reclaimed'])
    expect(slots.used).toBe(2)
    expect(slots.reclaim(5)).toBe(1)
    expect(told.at(-1)).toBe('2 reclaimed')
    expect(slots.reclaim(5)).toBe(0)
  })

  it('are reclaimed when none is free, and only then', () => {
    const told: string[] = []
    const slots = new Slots(2)
    const [a] = owners(slots, 2, told) as [Owner]
    slots.setIdle(a.slot)
    expect(told).toEqual([])
    expect(new Owner(slots, 'new').slot).toBeGreaterThanOrEqual(0)
    expect(told).toEqual(['0 reclaimed'])
    expect(slots.used).toBe(2)
  })

  it('are reclaimed an eighth of the idle ones at a time', () => {
    const told: string[] = []
    const slots = new Slots(40)
    for (const each of owners(slots, 40, told)) slots.setIdle(each.slot)
    expect(new Owner(slots, 'new').slot).toBeGreaterThanOrEqual(0)
    expect(told).toHaveLength(5)
    expect(slots.used).toBe(36)
  })

  it('are not reclaimed forever from an owner that holds on to its slot', () => {
    const slots = new Slots(1)
    let asked = 0
    const stubborn: SlotOwner = {
      onDeadline: () => undefined,
      onReclaim: () => {
        asked++
        slots.setIdle(0)
      },
    }
    slots.setIdle(slots.take(stubborn))
    expect(slots.take(stubborn)).toBe(-1)
    expect(asked).toBeLessThanOrEqual(32)
  })

  it('that become free are announced, one by one', () => {
    const slots = new Slots(2)
    const waiting = ['x', 'y']
    const served: Owner[] = []
    slots.onFree(() => {
      const name = waiting.shift()
      if (name) served.push(new Owner(slots, name))
    })
    const [a, b] = owners(slots, 2) as [Owner, Owner]
    slots.setIdle(a.slot)
    slots.setIdle(b.slot)
    expect(slots.reclaim(2)).toBe(2)
    expect(served.map(({ name, slot }) => [name, slot >= 0])).toEqual([
      ['x', true],
      ['y', true],
    ])
    expect(slots.used).toBe(2)
  })

  it('that were reclaimed go to who asked first, then to who waits', () => {
    const slots = new Slots(16)
    const told: string[] = []
    const served: Owner[] = []
    const all = owners(slots, 16, told)
    slots.onFree(() => {
      if (served.length === 0) served.push(new Owner(slots, 'waiting'))
    })
    for (const each of all) slots.setIdle(each.slot)
    const asking = new Owner(slots, 'asking')
    expect(told).toHaveLength(2)
    expect(asking.slot).toBe(all.findIndex(({ name }) => told.at(-1) === `${name} reclaimed`))
    expect(served).toHaveLength(1)
    expect(slots.used).toBe(16)
  })

  it('are exhausted when none is free and none can be reclaimed, and tell when that changes', () => {
    const slots = new Slots(2)
    const seen: boolean[] = []
    slots.onRoom(() => seen.push(slots.exhausted))
    const [a] = owners(slots, 2) as [Owner]
    expect(seen).toEqual([true])
    slots.setIdle(a.slot)
    slots.setBusy(a.slot)
    slots.setIdle(a.slot)
    expect(seen).toEqual([true, false, true, false])
    // The idle one makes room for the next, which leaves none.
    const next = new Owner(slots, 'next')
    expect(seen).toEqual([true, false, true, false, true])
    next.give()
    expect(seen.at(-1)).toBe(false)
  })

  it('tell that there is room when more than one was reclaimed, after who waits has got one', () => {
    const slots = new Slots(16)
    const told: string[] = []
    const all = owners(slots, 16)
    slots.onFree(() => told.push('free'))
    slots.onRoom(() => told.push('room'))
    for (const each of all) slots.setIdle(each.slot)
    told.length = 0
    new Owner(slots, 'asking')
    expect(told).toEqual(['free', 'room'])
  })

  it('tell each deadline once, and none after they were given back', () => {
    const told: string[] = []
    const slots = new Slots(3)
    const [a, b, c] = owners(slots, 3, told) as [Owner, Owner, Owner]
    slots.armRead(a.slot, 100)
    slots.armWrite(a.slot, 200)
    slots.armRead(b.slot, 100)
    slots.armRead(c.slot, 100)
    slots.armRead(c.slot, Number.POSITIVE_INFINITY)
    slots.sweep(99)
    expect(told).toEqual([])
    b.give()
    slots.sweep(100)
    expect(told).toEqual(['0 read'])
    slots.sweep(500)
    expect(told).toEqual(['0 read', '0 write'])
    slots.sweep(1e15)
    expect(told).toHaveLength(2)
    // A deadline of a former owner does not strike the next one.
    slots.armRead(a.slot, 600)
    a.give()
    new Owner(slots, 'next', told)
    slots.sweep(1e15)
    expect(told).toHaveLength(2)
  })

  it('may be given back while deadlines are told', () => {
    const slots = new Slots(2)
    const told: string[] = []
    const quitter: SlotOwner = {
      onDeadline: (kind) => {
        told.push(kind)
        slots.give(first)
      },
      onReclaim: () => undefined,
    }
    const first = slots.take(quitter)
    slots.armRead(first, 1)
    slots.armWrite(first, 1)
    slots.sweep(2)
    expect(told).toEqual(['read'])
    expect(slots.used).toBe(0)
  })

  it('behave as the plainest table would', () => {
    const LIMIT = 18
    const command = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
      fc.record({
        kind: fc.constantFrom('give' as const, 'idle' as const, 'idle' as const, 'busy' as const),
        which: fc.nat(LIMIT),
      }),
      fc.record({ kind: fc.constant('reclaim' as const), most: fc.nat(3) }),
      fc.record({
        kind: fc.constantFrom('read' as const, 'write' as const),
        which: fc.nat(LIMIT),
        at: fc.nat(50),
      }),
      fc.record({ kind: fc.constant('sweep' as const), at: fc.nat(50) }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 150, size: 'max' }), (commands) => {
        const slots = new Slots(LIMIT)
        const told: string[] = []
        const expected: string[] = []
        let serial = 0
        /** The plain table: who lives, in order of slots; who idles, longest first. */
        let alive: { owner: Owner; read: number; write: number }[] = []
        let idle: Owner[] = []
        const forget = (owner: Owner) => {
          alive = alive.filter((each) => each.owner !== owner)
          idle = idle.filter((each) => each !== owner)
        }
        const reclaim = (most: number) => {
          for (const owner of idle.slice(0, most)) {
            expected.push(`${owner.name} reclaimed`)
            forget(owner)
          }
        }
        for (const each of commands) {
          const entry = 'which' in each ? alive[each.which] : undefined
          if (each.kind === 'take') {
            if (alive.length === LIMIT) reclaim(Math.max(1, Math.floor(idle.length / 8)))
            const owner = new Owner(slots, `${serial++}`, told)
            expect(owner.slot >= 0).toBe(alive.length < LIMIT)
            if (owner.slot >= 0) {
              alive.push({ owner, read: Infinity, write: Infinity })
              alive.sort((a, b) => a.owner.slot - b.owner.slot)
            }
          } else if (each.kind === 'reclaim') {
            reclaim(each.most)
            slots.reclaim(each.most)
          } else if (each.kind === 'sweep') {
            for (const row of alive) {
              for (const kind of ['read', 'write'] as const) {
                if (row[kind] > each.at) continue
                expected.push(`${row.owner.name} ${kind}`)
                row[kind] = Infinity
              }
            }
            slots.sweep(each.at)
          } else if (entry) {
            const { owner } = entry
            if (each.kind === 'give') {
              forget(owner)
              owner.give()
            } else if (each.kind === 'idle') {
              idle = [...idle.filter((other) => other !== owner), owner]
              slots.setIdle(owner.slot)
            } else if (each.kind === 'busy') {
              idle = idle.filter((other) => other !== owner)
              slots.setBusy(owner.slot)
            } else if ('at' in each) {
              entry[each.kind] = each.at
              if (each.kind === 'read') slots.armRead(owner.slot, each.at)
              else slots.armWrite(owner.slot, each.at)
            }
          }
          expect(told).toEqual(expected)
          expect(slots.used).toBe(alive.length)
          expect(new Set(alive.map(({ owner }) => owner.slot)).size).toBe(alive.length)
        }
      }),
      { numRuns: 500 },
    )
  })
})
