import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flag } from '../../src/kernel/directive/readers.ts'
import { definePlugin } from '../../src/kernel/plugin-record.ts'
import { compileServer, compileText, errorsIn } from './compile-text.ts'

const DESIGN = readFileSync(new URL('golden/design.yaml', import.meta.url), 'utf8')

describe('whatever stands in a file, there is a plan or a list of errors', () => {
  test('for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), settles), { numRuns: 300 })
  })

  test('for any tree of words', () => {
    const word = fc.constantFrom(
      'http',
      'server',
      'location',
      'listen',
      'gzip',
      'on',
      '/',
      'include',
      '=',
      '"',
      '',
      '~ (',
      'map',
      '$a',
      'types',
      'upstream',
      '*x',
      '&x a',
      'plugins',
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        word,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => settles(JSON.stringify(value))),
      { numRuns: 300 },
    )
  })

  test('for a good file with a piece changed', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom('{', '}', '[', ']', ': ', '\n', '"', '*', '&', '- ', '\t', '$', ';'),
    )
    fc.assert(
      fc.property(fc.nat(DESIGN.length), fc.nat(4), piece, (at, length, text) => {
        settles(DESIGN.slice(0, at) + text + DESIGN.slice(at + length))
      }),
      { numRuns: 300 },
    )
  })
})

/** Anything but a plan or a list of errors is a failure. */
function settles(text: string): void {
  errorsIn(() => compileText(text))
}

describe('a plugin that throws', () => {
  const broken = (when: 'read' | 'prepare') =>
    definePlugin({
      name: 'broken',
      directives: {
        broken: {
          ...flag({ in: ['location'], default: false, doc: '' }),
          read: () => {
            if (when === 'read') throw new TypeError('oops')
            return true
          },
        },
      },
      prepare: (): { on: boolean } => {
        throw new TypeError('oops')
      },
    })

  test.each(['read', 'prepare'] as const)('in %s is an error where it was used', (when) => {
    const errors = errorsIn(() => compileServer('location:\n  /a: { broken: on }', [broken(when)]))
    expect(errors).toEqual([
      expect.stringMatching(/^5:\d+ plugin "broken" failed: TypeError: oops\n/),
    ])
  })
})
