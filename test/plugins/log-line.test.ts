import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import type { Exchange } from 'gateway/plugin'
import { describe, expect, it } from 'vitest'
import { escapers } from '../../src/plugins/access-log/escape.ts'
import { type Format, textFormat } from '../../src/plugins/access-log/format.ts'

/** Values of variables, as an exchange would have them; a failing one throws. */
type Values = Readonly<Record<string, string | undefined | Error>>

/** What writes the lines of a format. */
function writer(format: Format): (values: Values) => string {
  const lines: string[] = []
  const write = format({ write: (line) => lines.push(Buffer.from(line).toString()) })
  return (values) => {
    write(values as unknown as Exchange)
    return lines.pop() ?? ''
  }
}

function formatOf(text: string, how: keyof typeof escapers = 'default'): Format {
  return textFormat([text], how, (name) => (x) => {
    const value = (x as unknown as Values)[name]
    if (value instanceof Error) throw value
    return value
  })
}

describe('the line of a format', () => {
  it('has what stands between the variables, and the value or a dash for each', () => {
    const line = writer(formatOf('<$a> ${b}$c "'))
    expect(line({ a: '1', c: 'x' })).toBe('<1> -x "\n')
    expect(line({ b: '', c: 'x' })).toBe('<-> x "\n')
    expect(writer(formatOf('nothing'))({})).toBe('nothing\n')
  })

  it('does not depend on the lines before it', () => {
    const value = fc.option(
      fc.oneof(
        fc.constantFrom('', 'a', 'b', 'same', 'other', '"', '\xff\x00'),
        fc.string({ unit: fc.constantFrom('a', '"', '\\', '\x7f', 'é'), maxLength: 40 }),
        fc.integer({ min: 1, max: 9000 }).map((length) => 'l'.repeat(length)),
      ),
      { nil: undefined },
    )
    const failing = fc.constant(new Error('no such thing'))
    const record = fc.record({
      a: value,
      b: fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: failing }),
      c: value,
    })
    fc.assert(
      fc.property(
        fc.constantFrom('default', 'json', 'none'),
        fc.array(record, { maxLength: 30 }),
        (how, requests) => {
          const format = formatOf('$a [$b] $c.', how)
          const line = writer(format)
          const escaped = escapers[how]
          for (const { a, b, c } of requests) {
            if (b instanceof Error) expect(() => line({ a, b, c })).toThrow(b)
            else {
              const wanted = `${escaped(a)} [${escaped(b)}] ${escaped(c)}.\n`
              expect(line({ a, b, c })).toBe(wanted)
            }
          }
        },
      ),
    )
  })

  it('is whole where the one before broke off in the middle', () => {
    const line = writer(formatOf('$a|$b|$c'))
    const usual = { a: 'a', b: 'b', c: 'c' }
    expect(line(usual)).toBe('a|b|c\n')
    const broken = new Error('broken')
    expect(() => line({ a: 'longer than all', b: broken, c: 'c' })).toThrow(broken)
    expect(line(usual)).toBe('a|b|c\n')
    expect(() => line({ a: 'longer than all', b: 'b', c: broken })).toThrow(broken)
    expect(line(usual)).toBe('a|b|c\n')
  })
})
