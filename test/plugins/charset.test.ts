import fc from 'fast-check'
import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import type { CharsetMap } from '../../src/plugins/charset/charset-map.ts'
import plugin from '../../src/plugins/charset/index.ts'
import { recoderFor } from '../../src/plugins/charset/recoder.ts'

/** Latin letters with accents, as ISO 8859-1 has them; and ROT1 of digits. */
const LATIN: CharsetMap = {
  from: 'latin',
  to: 'utf-8',
  forth: Array.from({ length: 256 }, (_, byte) =>
    byte < 128 || byte >= 0xc0 ? Buffer.from(String.fromCharCode(byte)) : Buffer.from('?'),
  ),
  back: new Map(
    Array.from({ length: 256 }, (_, code) => [code, code] as const).filter(
      ([code]) => code < 128 || code >= 0xc0,
    ),
  ),
}
const MAPS = [LATIN]

const respond = (
  directives: Record<string, string>,
  { body = 'x', ...response }: { type?: string; status?: number; body?: string | Buffer } = {},
) =>
  underTest(plugin, { directives, values: { charset_map: MAPS } }).respond({
    type: 'text/html',
    ...response,
    body,
  })

const typeOf = async (...args: Parameters<typeof respond>) => (await respond(...args)).head?.type

describe('charset', () => {
  it('is named, for the types it is meant for', async () => {
    expect(await typeOf({ charset: 'utf-8' })).toBe('text/html; charset=utf-8')
    expect(await typeOf({ charset: 'utf-8' }, { type: 'text/plain' })).toBe(
      'text/plain; charset=utf-8',
    )
    expect(await typeOf({ charset: 'utf-8' }, { type: 'image/png' })).toBe('image/png')
    const types = { charset: 'utf-8', charset_types: 'text/css' }
    expect(await typeOf(types, { type: 'text/css' })).toBe('text/css; charset=utf-8')
    expect(await typeOf(types, { type: 'text/plain' })).toBe('text/plain')
    expect(await typeOf({ charset: 'off' })).toBe('text/html')
  })

  it('is not named of redirects', async () => {
    expect(await typeOf({ charset: 'utf-8' }, { status: 302 })).toBe('text/html')
    expect(await typeOf({ charset: 'utf-8' }, { status: 404 })).toBe('text/html; charset=utf-8')
  })

  it('of a peer stays, unless it is overridden', async () => {
    const latin = { type: 'text/html; charset=Latin', body: Buffer.from([0xe9]) }
    const stays = await respond({ charset: 'utf-8' }, latin)
    expect([stays.head?.type, stays.body]).toEqual([latin.type, latin.body])
    const changed = await respond({ charset: 'utf-8', override_charset: 'on' }, latin)
    expect([changed.head?.type, changed.text]).toEqual(['text/html; charset=utf-8', 'é'])
  })

  it('that no map leads to is told of, and nothing is changed', async () => {
    const { head, log, text } = await respond(
      { charset: 'utf-8', override_charset: 'on' },
      { type: 'text/html; charset=x' },
    )
    expect([head?.type, text]).toEqual(['text/html; charset=x', 'x'])
    expect(log).toEqual(['error: no "charset_map" between the charsets "x" and "utf-8"'])
  })

  it('without a map is refused where both are known', () => {
    expect(() => underTest(plugin, { directives: { charset: 'a', source_charset: 'b' } })).toThrow(
      'no "charset_map" between the charsets "b" and "a"',
    )
  })

  it('is converted from UTF-8, with entities for what there is not', async () => {
    const { body, head } = await respond(
      { charset: 'latin', source_charset: 'utf-8' },
      { body: 'aé€😀' },
    )
    expect(body.toString('latin1')).toBe('aé&#8364;&#128512;')
    expect([head?.type, head?.length]).toEqual(['text/html; charset=latin', undefined])
  })

  it('is converted to UTF-8', async () => {
    const { text } = await respond(
      { charset: 'utf-8', source_charset: 'latin' },
      { body: Buffer.from([0x61, 0xe9, 0x80]) },
    )
    expect(text).toBe('aé?')
  })

  it('keeps the length where bytes stand for bytes', async () => {
    const map: CharsetMap = {
      from: 'a',
      to: 'b',
      forth: Array.from({ length: 256 }, (_, byte) => Uint8Array.of((byte + 1) % 256)),
      back: new Map(Array.from({ length: 256 }, (_, byte) => [byte, (byte + 255) % 256])),
    }
    const subject = (directives: Record<string, string>) =>
      underTest(plugin, { directives, values: { charset_map: [map] } })
    const forth = subject({ charset: 'b', source_charset: 'A' })
    const { head, text } = await forth.respond({ type: 'text/html', body: 'abc' })
    expect([head?.length, text]).toEqual([3, 'bcd'])
    const back = subject({ charset: 'a', source_charset: 'B' })
    expect((await back.respond({ type: 'text/html', body: 'bcd' })).text).toBe('abc')
    expect(await forth.filterFaults({ type: 'text/html', body: 'some text' })).toEqual([])
  })

  it('makes the same of any bytes, however they are cut', () => {
    const make = recoderFor(MAPS, 'utf-8', 'latin')
    if (!make) throw new Error('there is a map')
    const bytes = fc.uint8Array({ maxLength: 40 }).map((random) => {
      return Buffer.concat([Buffer.from(random), Buffer.from('é€😀'), Buffer.from(random)])
    })
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 9 }), (all, size) => {
        const whole = make()
        const cut = make()
        const pieces: Uint8Array[] = []
        for (let at = 0; at < all.length; at += size) {
          pieces.push(Buffer.from(cut.recode(all.subarray(at, at + size))))
        }
        const expected = Buffer.concat([whole.recode(all), whole.end()])
        expect(Buffer.concat([...pieces, cut.end()]).equals(expected)).toBe(true)
      }),
    )
  })

  it('puts a question mark where there is no UTF-8', () => {
    const recoder = recoderFor(MAPS, 'utf-8', 'latin')?.()
    expect(String(Buffer.from(recoder?.recode(Buffer.from([0x61, 0xff, 0x62])) ?? ''))).toBe('a?b')
    expect(recoder?.recode(Buffer.from([0xe2, 0x82])).length).toBe(0)
    expect(String(Buffer.from(recoder?.end() ?? ''))).toBe('?')
  })
})
