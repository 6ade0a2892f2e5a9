import { describe, expect, test } from 'vitest'
import type { Crossing } from '../../../sandbox/border/crossing.ts'
import { refusal } from '../../../sandbox/border/refusal.ts'
import { ASK, asyncHook, engine, hook, limits, now, run, TestHost } from './harness.ts'

const pool = engine.pool(2)

async function echoed(value: Crossing, body = `return ask(${ASK.echo}, a)`): Promise<Crossing> {
  return (await pool.run(hook(body), 'value', [value], new TestHost())).value
}

describe('what crosses', () => {
  const long = (part: string) => part.repeat(Math.ceil(40_000 / part.length))
  test.each<[string, Crossing]>([
    ['nothing', undefined],
    ['zero', 0],
    ['minus zero', -0],
    ['the largest integer', 2 ** 31 - 1],
    ['a larger one', 2 ** 31],
    ['the smallest integer', -(2 ** 31)],
    ['a fraction', 0.1],
    ['the largest number', Number.MAX_VALUE],
    ['the smallest one', Number.MIN_VALUE],
    ['infinity', Number.NEGATIVE_INFINITY],
    ['not a number', Number.NaN],
    ['an empty string', ''],
    ['ASCII', 'plain'],
    ['NUL', '\0'],
    ['NUL between letters', 'a\0b\0'],
    ['Latin letters', 'café ÿ'],
    ['Chinese', '一二三'],
    ['a pair of surrogates', '😀'],
    ['lone surrogates', '\ud800a\udfff'],
    ['long ASCII', long('0123456789')],
    ['long Latin with NUL', long('ÿ\0')],
    ['long Chinese with NUL', long('一\0')],
    ['no bytes', new Uint8Array(0)],
    ['all bytes', Uint8Array.from({ length: 256 }, (_, index) => index)],
    ['many bytes', new Uint8Array(100_000).fill(7)],
  ])('%s', async (_, value) => {
    expect(await echoed(value)).toStrictEqual(value)
  })

  test('every string of one character', async () => {
    const script = hook(`return ask(${ASK.echo}, a)`)
    for (let code = 0; code < 0x400; code++) {
      const text = String.fromCharCode(code)
      expect(now(pool.run(script, 'value', [text], new TestHost())).value).toBe(text)
    }
  })

  test('strings that the engine keeps in pieces', async () => {
    const built = `let s = ''; for (let i = 0; i < 3000; i++) s += a + i; return s`
    const expected = Array.from({ length: 3000 }, (_, index) => `é${index}`).join('')
    expect(await echoed('é', built)).toBe(expected)
    expect(await echoed('一', "return 'x'.repeat(9000) + a + 'y'.repeat(9000)")).toBe(
      `${'x'.repeat(9000)}一${'y'.repeat(9000)}`,
    )
    expect(await echoed('ab', "return ('0123456789'.repeat(3000) + a).slice(7, -1)")).toBe(
      `${'0123456789'.repeat(3000)}a`.slice(7),
    )
  })

  test('a part of a buffer as its own bytes, copied', async () => {
    const body = `
      const all = Uint8Array.from([1, 2, 3, 4, 5])
      const part = all.subarray(1, 4)
      const back = ask(${ASK.echo}, part)
      part[0] = 9
      return back`
    expect(await echoed(undefined, body)).toStrictEqual(Uint8Array.of(2, 3, 4))
  })

  test('a number whose bits look like a pointer is not one', async () => {
    const forged = new Float64Array(new BigUint64Array([0x7ff8_0009_0051_0000n]).buffer)[0]
    expect(await echoed(forged)).toBeNaN()
  })

  test.each([
    ['true', 'true'],
    ['null', 'null'],
    ['an object', '({})'],
    ['a symbol', 'Symbol()'],
    ['a BigInt', '10n'],
    ['an array', '[1]'],
    ['a buffer', 'new ArrayBuffer(1)'],
    ['other bytes', 'new Uint8ClampedArray(1)'],
    ['a string object', 'new String("x")'],
  ])('%s is refused with a TypeError', async (_, value) => {
    const body = `try { ask(${ASK.echo}, ${value}) } catch (error) { return error.name }`
    expect(await echoed(undefined, body)).toBe('TypeError')
    expect(
      await echoed(
        undefined,
        `return ask(${value})`.replace('return', 'try {').concat('} catch (e) { return e.name }'),
      ),
    ).toBe('TypeError')
  })

  test('a string of many characters and few bytes is refused', async () => {
    const body = `
      let s = 'x'
      for (let i = 0; i < 28; i++) s += s
      try { ask(${ASK.echo}, s) } catch (error) { return error.name + error.message }`
    expect(await echoed(undefined, body)).toMatch(/^RangeError.*too long/)
  })

  test('a detached buffer has no bytes', async () => {
    const body = `
      const bytes = new Uint8Array(8)
      bytes.buffer.transfer?.()
      return ask(${ASK.echo}, bytes)`
    expect(await echoed(undefined, body)).toStrictEqual(new Uint8Array(0))
  })
})

describe('a host call', () => {
  test('that is refused throws an Error of the guest', async () => {
    const host = new TestHost(() => {
      throw refusal('RangeError', 'too far')
    })
    const script = hook(`try { ask(${ASK.refuse}) } catch (error) {
      return [error instanceof RangeError, error.name, error.message, error.stack.includes('.ts')].join()
    }`)
    expect((await run(pool, script, [], host)).body).toBe('true,RangeError,too far,false')
  })

  test('that is refused under another name has that name', async () => {
    const host = new TestHost(() => {
      throw refusal('QuotaError', 'no more')
    })
    const script = hook(
      `try { ask(1000) } catch (e) { return [e instanceof Error, e.name].join() }`,
    )
    expect((await run(pool, script, [], host)).body).toBe('true,QuotaError')
  })

  test('in which the host fails ends the run, and says nothing to the guest', async () => {
    const secret = new Error('/etc/secret')
    const host = new TestHost(() => {
      throw secret
    })
    const script = hook(`try { ask(${ASK.break}) } catch { return 'caught' }`)
    expect(await run(pool, script, [], host)).toMatchObject({
      verdict: 'host',
      cause: secret,
      body: undefined,
    })
  })

  test('gets at most three values', async () => {
    const host = new TestHost()
    await run(pool, hook(`ask(${ASK.echo}, 1, 'b', 3, 4)`), [], host)
    expect(host.asked).toStrictEqual([[ASK.echo, 1, 'b', 3]])
  })

  test('cannot be made without the function that the bootstrap took', async () => {
    const script = hook('return [typeof host, typeof enter, typeof settle, typeof load].join()')
    expect((await run(pool, script)).body).toBe('undefined,undefined,undefined,undefined')
  })

  test('is never made where the host’s own stack is short', async () => {
    const depth = (): number => {
      try {
        return 1 + depth()
      } catch {
        return 1
      }
    }
    const whole = depth()
    let least = whole
    const host = new TestHost(() => {
      least = Math.min(least, depth())
      return undefined
    })
    const body = `const o = { [Symbol.toPrimitive]() { ask(${ASK.echo}); return +this } }; return +o`
    const patient = { limits: limits({ cpu: 200, request: 200 }) }
    expect(await run(pool, hook(body), [], host, patient)).toMatchObject({ verdict: 'stack' })
    expect(least / whole).toBeGreaterThan(0.05)
    expect(host.asked.length).toBeGreaterThan(100)
  })
})

describe('a later answer', () => {
  const later = (_: number, a: Crossing) => Promise.resolve(a)

  test('settles the guest’s promise', async () => {
    const script = asyncHook(`return (await later(${ASK.later}, a)) + '!'`)
    expect(await run(pool, script, ['é\0一'], new TestHost(later))).toMatchObject({
      verdict: 'done',
      body: 'é\0一!',
    })
  })

  test('may be a refusal', async () => {
    const host = new TestHost(() => Promise.reject(refusal('TypeError', 'not today')))
    const script = asyncHook(`try { await later(1000) } catch (e) { return e.name + e.message }`)
    expect((await run(pool, script, [], host)).body).toBe('TypeErrornot today')
  })

  test('that fails in the host ends the run', async () => {
    const secret = new Error('/etc/secret')
    const host = new TestHost(() => Promise.reject(secret))
    const script = asyncHook(`try { await later(1000) } catch (e) { return e.message }`)
    expect(await run(pool, script, [], host)).toMatchObject({ verdict: 'host', cause: secret })
  })

  test('of many asked at once comes in one turn', async () => {
    const script = asyncHook(`
      const all = await Promise.all(Array.from({ length: 100 }, (_, i) => later(${ASK.later}, i)))
      return all.join()`)
    const expected = Array.from({ length: 100 }, (_, index) => index).join()
    expect((await run(pool, script, [], new TestHost(later))).body).toBe(expected)
  })

  test('cannot be waited for by more than the limit', async () => {
    const script = asyncHook(`
      const all = []
      try { for (;;) all.push(ask(${ASK.later}, 1)) } catch (error) { return error.name + all.length }`)
    const host = new TestHost(later)
    const result = await run(pool, script, [], host, { limits: limits({ tickets: 7 }) })
    expect(result.body).toBe('RangeError7')
  })
})
