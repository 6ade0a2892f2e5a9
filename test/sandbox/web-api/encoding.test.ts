import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inGuest, same } from './same.ts'

const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => [...array])
const utf8ish = fc.array(
  fc.constantFrom(
    0x41,
    0x80,
    0xbf,
    0xc2,
    0xc3,
    0xe0,
    0xa0,
    0x9f,
    0xed,
    0xf0,
    0x90,
    0x8f,
    0xf4,
    0xff,
    0xef,
    0xbb,
  ),
  { maxLength: 10 },
)

test.each(['utf-8', 'utf-16le', 'utf-16be', 'iso-8859-2', 'shift_jis', 'gbk', 'euc-kr', 'big5'])(
  'decodes %s as Node does',
  async (label) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, utf8ish), (input) =>
        same('return new TextDecoder(values[0]).decode(new Uint8Array(values[1]))', [label, input]),
      ),
      { numRuns: 40 },
    )
  },
)

test('latin1 is windows-1252, as the Encoding Standard has it', async () => {
  const code = `return ['latin1', 'ascii', 'iso-8859-1', 'windows-1252'].map((label) =>
    new TextDecoder(label).encoding + new TextDecoder(label).decode(new Uint8Array([0x41, 0x80, 0x9f, 0xe9, 0xff])))`
  expect(await inGuest(code)).toEqual({ value: Array(4).fill('windows-1252A€ŸéÿA'.slice(0, -1)) })
})

test('a stream of UTF-8 is decoded as Node does, wherever it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(utf8ish, { maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      (chunks, fatal, ignoreBOM) =>
        same(
          `const decoder = new TextDecoder('utf-8', { fatal: values[1], ignoreBOM: values[2] }); const seen = []
        try {
          for (const chunk of values[0]) seen.push(decoder.decode(new Uint8Array(chunk), { stream: true }))
          seen.push(decoder.decode())
        } catch (error) { return [error.name] }
        return seen.join('')`,
          [chunks, fatal, ignoreBOM],
        ),
    ),
    { numRuns: 200 },
  )
})

test('a stream of UTF-16 is decoded as Node does, wherever it is cut', async () => {
  const unit = fc.array(fc.constantFrom(0x41, 0x00, 0xd8, 0xdc, 0x3d, 0xff, 0xfe), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(unit, { maxLength: 4 }),
      fc.constantFrom('utf-16le', 'utf-16be'),
      (chunks, label) =>
        same(
          `const decoder = new TextDecoder(values[1]); let seen = ''
        for (const chunk of values[0]) seen += decoder.decode(new Uint8Array(chunk), { stream: true })
        return seen + decoder.decode()`,
          [chunks, label],
        ),
    ),
    { numRuns: 150 },
  )
})

test.each([
  'return new TextDecoder("nope")',
  'return [" UTF8 ", "unicode-1-1-utf-8", "ascii", "l1", "utf-16", "sjis"].map((label) => new TextDecoder(label).encoding)',
  'return new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255]))',
  'return new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41]))',
  'return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41]))',
  'return new TextDecoder().decode(new Uint8Array([0, 65, 66, 0]).subarray(1, 3))',
  'return new TextDecoder().decode(new DataView(new Uint8Array([65, 66]).buffer, 1))',
  'return new TextDecoder().decode()',
  'return new TextDecoder().decode("text")',
  'const d = new TextDecoder("utf-8", { fatal: true }); return [d.encoding, d.fatal, d.ignoreBOM]',
  'return [...new TextEncoder().encode()]',
  'return new TextEncoder().encoding',
])('%s', (code) => same(code))

test('encodes as Node does, NUL and lone surrogates included', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom('a', '\0', 'é', '日', '😀', '\ud800', '\udc00') }),
      (text) =>
        same(
          `const into = new Uint8Array(7)
        return [[...new TextEncoder().encode(values)], new TextEncoder().encodeInto(values, into), [...into]]`,
          text,
        ),
    ),
    { numRuns: 150 },
  )
})

test('base64 both ways as Node does it', async () => {
  const alphabet = fc.string({
    unit: fc.constantFrom('A', 'z', '/', '+', '=', ' ', '\n', '-', 'é'),
    maxLength: 9,
  })
  await fc.assert(
    fc.asyncProperty(alphabet, (text) => same('return atob(values)', text)),
    { numRuns: 200 },
  )
  const latin = fc.string({ unit: fc.constantFrom('\0', 'a', 'ÿ', 'Ā', '日'), maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(latin, (text) => same('return btoa(values)', text)),
    { numRuns: 60 },
  )
})

test('text streams', async () => {
  await same(`
    const encoder = new TextEncoderStream(), writer = encoder.writable.getWriter(), seen = []
    writer.write('a\\ud83d'); writer.write('\\ude00b'); writer.write('\\ud800'); writer.close()
    for await (const chunk of encoder.readable) seen.push(...chunk)
    return seen`)
  await same(`
    const decoder = new TextDecoderStream(), writer = decoder.writable.getWriter(), seen = []
    writer.write(new Uint8Array([0xf0, 0x9f])); writer.write(new Uint8Array([0x98, 0x80, 65])); writer.close()
    for await (const chunk of decoder.readable) seen.push(chunk)
    return seen`)
  expect(await inGuest('return typeof TextDecoderStream')).toEqual({ value: 'function' })
})
