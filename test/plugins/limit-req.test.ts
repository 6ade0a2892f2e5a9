import fc from 'fast-check'
import { afterEach, test as always, beforeEach, describe, expect, vi } from 'vitest'
import { clientClosed } from '../../src/base/errors.ts'
import { start } from '../../src/kernel/phase/run.ts'
import limitReq from '../../src/plugins/limit-req/index.ts'
import { underTest } from '../../src/testing/index.ts'
import { sqliteMissing } from '../harness/sqlite-missing.ts'

const test = always.skipIf(sqliteMissing)

let zones = 0

/** The plugin with zones of its own; `limit` says what to do with the first. */
function limited(
  rate: string,
  limit: string | readonly string[] = '',
  more: Readonly<Record<string, string>> = {},
) {
  const name = `unit${zones++}`
  const limits = (typeof limit === 'string' ? [limit] : limit).map((each, i) => {
    return `zone=${name}${i} ${each}`.trim()
  })
  return underTest(limitReq, {
    directives: {
      limit_req_zone: limits.map((_, i) => `$arg_k${i || ''} zone=${name}${i}:1m rate=${rate}`),
      limit_req: limits,
      ...more,
    },
  })
}

beforeEach(() => {
  vi.useFakeTimers({
    now: 1_700_000_000_000,
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'],
  })
})

afterEach(() => {
  vi.useRealTimers()
})

type Limited = ReturnType<typeof limited>

/** What becomes of one request: its status, and where it is let through, 404: nobody answers. */
async function ask(plugin: Limited, target = '/a?k=a') {
  const { x, status, log } = await plugin.request({ target })
  const [said = ''] = log.filter((line) => /limiting|delaying/.test(line))
  return { status, said, variable: limitReq.variables?.limit_req_status?.get(x) }
}

test('lets one request through, and the next when the rate allows it', async () => {
  const plugin = limited('10r/s')
  expect(await ask(plugin)).toEqual({ status: 404, said: '', variable: 'PASSED' })
  vi.advanceTimersByTime(99)
  const refused = await ask(plugin)
  expect(refused).toMatchObject({ status: 503, variable: 'REJECTED' })
  expect(refused.said).toMatch(/^error: limiting requests, excess: 0\.010 by zone "unit\d+0"$/)
  vi.advanceTimersByTime(1)
  expect((await ask(plugin)).status).toBe(404)
})

test('each key has a bucket, and an empty one none', async () => {
  const plugin = limited('1r/s')
  expect((await ask(plugin, '/a?k=a')).status).toBe(404)
  expect((await ask(plugin, '/a?k=b')).status).toBe(404)
  expect((await ask(plugin, '/a?k=a')).status).toBe(503)
  for (let i = 0; i < 3; i++) {
    expect(await ask(plugin, '/a')).toEqual({ status: 404, said: '', variable: undefined })
  }
})

test('a burst is delayed to the rate', async () => {
  const plugin = limited('10r/s', 'burst=2')
  const ended: number[] = []
  const begun = Date.now()
  const all = Array.from({ length: 4 }, () =>
    ask(plugin).then((answer) => {
      ended.push(Date.now() - begun)
      return answer
    }),
  )
  await vi.advanceTimersByTimeAsync(500)
  const answers = await Promise.all(all)
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 503])
  expect(ended).toEqual([0, 0, 100, 200])
  expect(answers[1]).toMatchObject({ variable: 'DELAYED' })
  expect(answers[1]?.said).toMatch(/^warn: delaying request, excess: 1\.000, by zone/)
})

test('"delay" lets some of the burst through at once, "nodelay" all of it', async () => {
  for (const [limit, delayed] of [
    ['burst=3 delay=2', 1],
    ['burst=3 nodelay', 0],
  ] as const) {
    const plugin = limited('10r/s', limit)
    const all = Array.from({ length: 5 }, () => ask(plugin))
    await vi.advanceTimersByTimeAsync(1000)
    const answers = await Promise.all(all)
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 503])
    expect(answers.filter(({ variable }) => variable === 'DELAYED')).toHaveLength(delayed)
  }
})

test('several limits: the longest delay counts, and one refusal counts for none of them', async () => {
  const plugin = limited('10r/s', ['burst=5', 'burst=1'])
  const all = Array.from({ length: 4 }, () => ask(plugin, '/a?k=a&k1=b'))
  await vi.advanceTimersByTimeAsync(1)
  const refused = await Promise.all(all.slice(2))
  expect(refused.map(({ said }) => said.replace(/unit\d+(\d)/, '$1'))).toEqual([
    'error: limiting requests, excess: 2.000 by zone "1"',
    'error: limiting requests, excess: 2.000 by zone "1"',
  ])
  await vi.advanceTimersByTimeAsync(99)
  expect((await all[1])?.variable).toBe('DELAYED')
  // Two were counted: with the excess of the refused ones this one would wait longer.
  const alone = ask(plugin, '/a?k=a')
  await vi.advanceTimersByTimeAsync(100)
  expect((await alone).variable).toBe('DELAYED')
})

test('a dry run counts and tells, and refuses nobody', async () => {
  const plugin = limited('10r/s', 'burst=1', { limit_req_dry_run: 'on' })
  const answers = [await ask(plugin), await ask(plugin), await ask(plugin)]
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
  expect(answers.map(({ variable }) => variable)).toEqual([
    'PASSED',
    'DELAYED_DRY_RUN',
    'REJECTED_DRY_RUN',
  ])
  expect(answers[1]?.said).toContain('delaying request, dry run, excess: 1.000, by zone')
  expect(answers[2]?.said).toContain('limiting requests, dry run, excess: 2.000 by zone')
})

test('status and level of a refusal can be chosen', async () => {
  const plugin = limited('1r/s', '', { limit_req_status: '429', limit_req_log_level: 'notice' })
  await ask(plugin)
  const { status, said } = await ask(plugin)
  expect(status).toBe(429)
  expect(said).toMatch(/^notice: limiting/)
})

test('a client that goes away takes its timer with it', () => {
  const plugin = limited('1r/s', 'burst=5')
  for (let i = 0; i < 2; i++) {
    const x = plugin.exchange({ target: '/a?k=a' })
    start(x)
    expect(vi.getTimerCount()).toBe(i)
    if (i === 1) expect(x.abort(clientClosed('waiting'))).toBe(true)
  }
  expect(vi.getTimerCount()).toBe(0)
})

/** ngx_http_limit_req_lookup, in whole numbers. */
class Nginx {
  #known: { excess: bigint; last: bigint } | undefined
  readonly #rate: bigint
  readonly #burst: bigint

  constructor(rate: number, burst: number) {
    this.#rate = BigInt(rate)
    this.#burst = BigInt(burst) * 1000n
  }

  request(at: number): 'refused' | bigint {
    const now = BigInt(at)
    const lr = this.#known
    if (!lr) {
      this.#known = { excess: 0n, last: now }
      return 0n
    }
    let ms = now - lr.last
    if (ms < -60_000n) ms = 1n
    else if (ms < 0n) ms = 0n
    let excess = lr.excess - (this.#rate * ms) / 1000n + 1000n
    if (excess < 0n) excess = 0n
    if (excess > this.#burst) return 'refused'
    lr.excess = excess
    if (ms) lr.last = now
    return (excess * 1000n) / this.#rate
  }
}

describe('the bucket', () => {
  test('decides as nginx does, whatever the times', async () => {
    const steps = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: -70_000, max: 50_000 })),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2000 }),
        fc.constantFrom('s', 'm'),
        fc.integer({ min: 1, max: 20 }),
        steps,
        async (per, unit, burst, pauses) => {
          const plugin = limited(`${per}r/${unit}`, `burst=${burst}`)
          const nginx = new Nginx(Math.floor((per * 1000) / (unit === 's' ? 1 : 60)), burst)
          let now = 1_700_000_000_000
          for (const pause of pauses) {
            now += pause
            vi.setSystemTime(now)
            const [limit] = plugin.config?.limits ?? []
            const take = limit?.take('k', now)
            const ours = take === 'taken' ? BigInt(limit?.delay ?? -1) : 'refused'
            expect(ours).toBe(nginx.request(now))
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('refuses', () => {
  test.each([
    [
      'limit_req_zone',
      '$arg_k zone=a:1m rate=1r/s',
      'limit_req',
      'zone=a burst=0',
      /invalid burst value "burst=0"/,
    ],
    ['limit_req_zone', '$arg_k zone=a:1m rate=1r/s', 'limit_req', 'burst=5', /must have "zone"/],
    [
      'limit_req_zone',
      '$arg_k zone=a:1m rate=1r/s',
      'limit_req',
      'zone=a delay=x',
      /invalid delay value/,
    ],
    [
      'limit_req_zone',
      '$arg_k zone=a:1m rate=1r/s',
      'limit_req',
      'zone=a other',
      /invalid parameter "other"/,
    ],
    ['limit_req_zone', '$arg_k zone=a:1m rate=x', 'limit_req', 'zone=a', /invalid rate "rate=x"/],
    [
      'limit_req_zone',
      '$arg_k zone=a rate=1r/s',
      'limit_req',
      'zone=a',
      /invalid zone size "zone=a"/,
    ],
    [
      'limit_req_zone',
      '$arg_k zone=a:8k rate=1r/s',
      'limit_req',
      'zone=a',
      /zone "a" is too small/,
    ],
    ['limit_req_zone', '$arg_k zone=:1m rate=1r/s', 'limit_req', 'zone=a', /must have "zone"/],
  ])('%s %s with %s %s', (zone, first, name, second, message) => {
    expect(() => underTest(limitReq, { directives: { [zone]: first, [name]: second } })).toThrow(
      message,
    )
  })

  test('a second key for a zone, and a zone twice in one place', () => {
    const zone = '$arg_k zone=a:1m rate=1r/s'
    const both = { limit_req_zone: [zone, zone] }
    expect(() => underTest(limitReq, { directives: both })).toThrow(
      '"a" is already bound to key "$arg_k"',
    )
    const twice = { limit_req_zone: zone, limit_req: ['zone=a', 'zone=a burst=1'] }
    expect(() => underTest(limitReq, { directives: twice })).toThrow('is duplicate')
  })
})
