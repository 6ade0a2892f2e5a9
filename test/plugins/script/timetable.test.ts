import type { Change, Outcome } from 'gateway/plugin'
import { expect, test } from 'vitest'
import { Cron } from '../../../src/plugins/script/cron.ts'
import { Timetable } from '../../../src/plugins/script/timetable.ts'

const MINUTE = 60_000
const NOON = Date.UTC(2026, 10, 21, 12)

/** A zone of this process, which others may change between a look and an update. */
class Zone {
  readonly records = new Map<string, string>()
  outcome: Outcome = 'kept'
  between: (() => void) | undefined

  get(key: string): string | undefined {
    return this.records.get(key)
  }

  update(key: string, change: Change): Outcome {
    const { between } = this
    this.between = undefined
    between?.()
    if (this.outcome !== 'kept') return this.outcome
    this.records.set(key, change(this.records.get(key)) as string)
    return 'kept'
  }
}

function workers(pattern: string): { zone: Zone; one: Timetable; two: Timetable } {
  const zone = new Zone()
  const make = () => new Timetable(new Cron(pattern), zone, 'acme shop.ts')
  return { zone, one: make(), two: make() }
}

test('a time is taken by whoever comes first, once it has come', () => {
  const { one, two } = workers('*/5 * * * *')
  expect(one.take(NOON - 1)).toBeUndefined()
  expect(two.take(NOON - 1)).toBeUndefined()
  expect(two.take(NOON)).toBe(NOON)
  expect(one.take(NOON)).toBeUndefined()
  expect(one.take(NOON + 5 * MINUTE - 1)).toBeUndefined()
  expect(one.take(NOON + 5 * MINUTE + 20)).toBe(NOON + 5 * MINUTE)
  expect(two.take(NOON + 5 * MINUTE + 30)).toBeUndefined()
})

test('two that want it at the same moment do not both have it', () => {
  const { one, two, zone } = workers('* * * * *')
  one.take(NOON - 1)
  let other: ReturnType<Timetable['take']>
  zone.between = () => {
    other = two.take(NOON)
  }
  expect(one.take(NOON)).toBeUndefined()
  expect(other).toBe(NOON)
})

test('nothing is due from before anybody was there', () => {
  const { one } = workers('* * * * *')
  expect(one.take(NOON)).toBeUndefined()
  expect(one.take(NOON + MINUTE)).toBe(NOON + MINUTE)
})

test('a time that came while no worker was there is made up for within a minute, the last one', () => {
  const { one, two } = workers('*/10 * * * * *')
  one.take(NOON - 1)
  expect(two.take(NOON + 35_000)).toBe(NOON + 30_000)
  expect(two.take(NOON + 39_999)).toBeUndefined()
  expect(two.take(NOON + 40_000)).toBe(NOON + 40_000)
})

test('a time that came longer ago is left out', () => {
  const { one } = workers('0 12 * * *')
  one.take(NOON - 1)
  expect(one.take(NOON + MINUTE)).toBeUndefined()
  expect(one.take(NOON + 24 * 60 * MINUTE)).toBe(NOON + 24 * 60 * MINUTE)
})

test('a record that others keep is tried again', () => {
  const { one, zone } = workers('* * * * *')
  one.take(NOON - 1)
  zone.outcome = 'busy'
  expect(one.take(NOON)).toBe('busy')
  zone.outcome = 'kept'
  expect(one.take(NOON + 10)).toBe(NOON)
})

test('a clock that is set back a little repeats nothing, and one set back far makes a beginning', () => {
  const { one } = workers('* * * * *')
  one.take(NOON - 1)
  expect(one.take(NOON)).toBe(NOON)
  expect(one.take(NOON - 30_000)).toBeUndefined()
  expect(one.take(NOON + 1)).toBeUndefined()
  const day = 24 * 60 * MINUTE
  expect(one.take(NOON - day)).toBeUndefined()
  expect(one.take(NOON - day + MINUTE)).toBe(NOON - day + MINUTE)
})

test('times are in UTC, and each cron and owner has its own', () => {
  const { one, zone } = workers('30 3 * * *')
  expect(new Date(one.cron.after(NOON) as number).toISOString()).toBe('2026-11-22T03:30:00.000Z')
  const other = new Timetable(new Cron('30 3 * * *'), zone, 'other shop.ts')
  one.take(NOON)
  other.take(NOON)
  expect(zone.records.size).toBe(2)
})
