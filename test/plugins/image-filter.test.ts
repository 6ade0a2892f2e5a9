import fc from 'fast-check'
import { underTest } from 'gateway/testing'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { dimensionsOf } from '../../src/plugins/image-filter/dimensions.ts'
import { formatOf } from '../../src/plugins/image-filter/formats.ts'
import plugin from '../../src/plugins/image-filter/index.ts'
import { layoutOf } from '../../src/plugins/image-filter/layout.ts'
import { endTurn, takeTurn } from '../../src/plugins/image-filter/turns.ts'

const side = fc.integer({ min: 1, max: 5000 })
const bound = fc.oneof(side, fc.constant(Number.POSITIVE_INFINITY))
const magic = fc.constantFrom(
  '\xff\xd8',
  'GIF89a',
  '\x89PNG\r\n\x1a\n',
  'RIFF....WEBPVP8 ',
  'RIFF....WEBPVP8L',
  'RIFF....WEBPVP8X',
)

describe('image_filter', () => {
  it('reads what images say of themselves, whatever their bytes are', () => {
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 200 }), (begins, bytes) => {
        const image = Buffer.concat([Buffer.from(begins, 'latin1'), bytes])
        const format = formatOf(image)
        const read = format && dimensionsOf(image, format)
        if (read) expect(Math.min(read.width, read.height)).toBeGreaterThan(0)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(['resize', 'crop'] as const)('makes no image larger, and none to nothing: %s', (kind) => {
    const angles = fc.constantFrom(0 as const, 90 as const, 180 as const, 270 as const)
    fc.assert(
      fc.property(side, side, bound, bound, angles, (width, height, w, h, angle) => {
        const bounds = { width: w, height: h }
        const layout = layoutOf({ width, height }, { kind, bounds, angle })
        const { cut } = layout
        const [first, second] = angle % 180 === 0 ? [width, height] : [height, width]
        expect(layout.width).toBeLessThanOrEqual(first)
        expect(layout.height).toBeLessThanOrEqual(second)
        expect(Math.min(layout.width, layout.height)).toBeGreaterThan(0)
        if (!cut) return
        expect(cut.left + cut.width).toBeLessThanOrEqual(layout.width)
        expect(cut.top + cut.height).toBeLessThanOrEqual(layout.height)
      }),
    )
  })

  it('lets two images at the threads, 64 wait, and refuses what comes then', async () => {
    const order: number[] = []
    for (const _ of [0, 1]) await takeTurn()
    const waiting = Array.from({ length: 64 }, (_, i) => {
      return Promise.resolve(takeTurn()).then(() => order.push(i))
    })
    expect(takeTurn()).toBe('too many')
    for (let i = 0; i < 66; i++) endTurn()
    await Promise.all(waiting)
    expect(order).toEqual(waiting.map((_, i) => i))
    expect(takeTurn()).not.toBe('too many')
    endTurn()
  })

  it.each([
    ['image_filter', 'x', 'invalid parameter "x"'],
    ['image_filter', 'rotate', 'invalid parameter "rotate"'],
    ['image_filter', 'rotate 45', 'invalid parameter "45"'],
    ['image_filter', 'resize 10', 'invalid parameter "resize"'],
    ['image_filter', 'resize 0 10', 'invalid parameter "0"'],
    ['image_filter', 'crop 10 x', 'invalid parameter "x"'],
    ['image_filter', 'off 1 2', 'invalid parameter "off"'],
    ['image_filter_jpeg_quality', '0', 'invalid parameter "0"'],
    ['image_filter_webp_quality', 'x', 'invalid parameter "x"'],
    ['image_filter_sharpen', '-1', 'invalid parameter "-1"'],
  ])('refuses %s %s', (name, text, reason) => {
    expect(() => underTest(plugin, { directives: { [name]: text } })).toThrow(reason)
  })

  it('keeps the rules of filters', async () => {
    const body = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const subject = underTest(plugin, { directives: { image_filter: 'resize 20 -' } })
    expect(await subject.filterFaults({ type: 'image/png', body })).toEqual([])
  })
})
