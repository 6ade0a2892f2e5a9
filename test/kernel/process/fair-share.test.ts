import { describe, expect, test } from 'vitest'
import { turnAway } from '../../../src/kernel/process/fair-share.ts'

const LIMIT = 512
/** A worker with so many client connections, and no other ones. */
const holding = (clients: number) => ({ clients, free: LIMIT - clients })
const leave = (own: number, ...others: number[]) => {
  return turnAway(holding(own), LIMIT, others.map(holding))
}

describe('a worker leaves new connections to the others', () => {
  test.each<[string, number, number[], number]>([
    ['not while it has about what they have', 10, [10, 10, 10], 0],
    ['not for two more than they have', 2, [0, 0, 0], 0],
    ['not for an eighth more than the average', 110, [100, 100], 0],
    ['for a millisecond for each connection it has beyond', 100, [0, 0, 0], 70],
    ['the longer the more it has', 200, [100], 30],
    ['not when it is behind', 0, [100, 100], 0],
    ['not when nobody else has room', 500, [], 0],
  ])('%s', (_, own, others, milliseconds) => {
    expect(leave(own, ...others)).toBe(milliseconds)
  })
})

describe('the disabled value: an eighth of all connections minus the free ones', () => {
  test.each<[string, number, number[], number]>([
    ['is nothing with an eighth free', 448, [448], 0],
    ['counts ten milliseconds for each slot', 458, [457], 100],
    ['counts for a full worker, too', 512, [511], 640],
    ['is nothing where the others are no freer', 500, [500, 505], 0],
  ])('%s', (_, own, others, milliseconds) => {
    expect(leave(own, ...others)).toBe(milliseconds)
  })

  test('counts slots that connections to peers have taken', () => {
    expect(turnAway({ clients: 5, free: 4 }, 64, [{ clients: 5, free: 59 }])).toBe(40)
  })
})
