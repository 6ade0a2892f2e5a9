import { describe, expect, test } from 'vitest'
import { CryptoOp, RecordOp, TextOp, UrlOp } from '../../../sandbox/border/ops.ts'
import { priceOf } from '../../../sandbox/border/prices.ts'
import { DEFAULT_LIMITS, FUEL_PER_MS } from '../../../sandbox/engine/limits.ts'
import { engine, hook, run, TestHost } from './harness.ts'

const pool = engine.pool(1)
const LIMIT = DEFAULT_LIMITS.cpu * FUEL_PER_MS

describe('the host’s work for a call', () => {
  test('costs more the more there is of it, and is the same each time', async () => {
    const parse = hook(`ask(${UrlOp.parse}, 'http://h/' + 'x'.repeat(a))`)
    const [short, long] = [await run(pool, parse, [10]), await run(pool, parse, [50_000])]
    expect(long.fuel - short.fuel).toBeGreaterThan(49_990)
    expect(await run(pool, parse, [50_000])).toEqual(long)
  })

  test('is not done where it cannot be paid', async () => {
    const host = new TestHost()
    const decode = hook(`ask(${TextOp.decode}, 'gbk', new Uint8Array(2000000), 'replace')`)
    const { verdict, fuel } = await run(pool, decode, [], host)
    expect({ verdict, asked: host.asked.length }).toEqual({ verdict: 'cpu', asked: 0 })
    expectEnded(fuel)
  })

  test.each(['-1e9', 'NaN', '-Infinity', '-0.5', '"x"', 'undefined'])(
    'does not get cheaper by an amount of %s',
    async (amount) => {
      const ask = (count: string) => hook(`try { ask(${CryptoOp.randomBytes}, ${count}) } catch {}`)
      const [odd, none] = [await run(pool, ask(amount)), await run(pool, ask('0'))]
      expect(Math.abs(odd.fuel - none.fuel)).toBeLessThan(30)
    },
  )

  test.each(['1e300', 'Infinity', '2 ** 53', '2 ** 36'])(
    'ends with an amount of %s',
    async (amount) => {
      const { verdict, fuel } = await run(pool, hook(`ask(${CryptoOp.randomBytes}, ${amount})`))
      expect(verdict).toBe('cpu')
      expectEnded(fuel)
    },
  )

  test('is dear for heads and matches of plugin records by what is in them', () => {
    const open = (json: string) => priceOf(RecordOp.open, json, undefined, undefined)
    const fields = (list: string[]) => JSON.stringify({ status: 200, fields: list })
    const field = open(fields(['x-a', 'b'])) - open(fields([]))
    expect(open(fields([]))).toBe(150)
    // A field costs the host half a microsecond, a long value next to nothing.
    const many = open(fields(Array.from({ length: 200 }, () => 'x')))
    expect(many).toBeGreaterThan(100 * 120)
    expect(open(fields(['x-a', 'v'.repeat(30_000)]))).toBeLessThan(30_000)
    expect(field).toBeLessThan(150)
    // Brackets in brackets are the slowest there is: 0.07 µs each.
    expect(open('['.repeat(100_000))).toBeGreaterThan(100_000 * 16)
    const names = JSON.stringify(
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, ''])),
    )
    const capture = priceOf(RecordOp.capture, '[]', names, undefined)
    expect(capture).toBeGreaterThan(1000 * 250)
    const tried = Array.from({ length: 1000 }, () => 0).join()
    expect(priceOf(RecordOp.usable, 0, tried, undefined)).toBeGreaterThan(1000 * 25)
  })

  test('is dear for names that are not plain, and cheap for plain text', () => {
    const url = (text: string) => priceOf(UrlOp.parse, text, undefined, undefined)
    expect(url('http://b\u00fccher.example/')).toBeGreaterThan(10 * url('http://books.example/'))
    for (const name of ['%C3%BC', 'xn--tda']) {
      expect(url(`http://${name}.example/`)).toBeGreaterThan(10 * url('http://books.example/'))
    }
    const decode = (byte: number) => {
      return priceOf(TextOp.decode, 'utf-8', new Uint8Array(1000).fill(byte), 'replace')
    }
    expect(decode(0xff)).toBe(7 * decode(0x41))
  })
})

/** Within what crossed for the call that was not made. */
function expectEnded(fuel: number): void {
  expect(fuel).toBeGreaterThan(LIMIT)
  expect(fuel).toBeLessThan(1.05 * LIMIT)
}
