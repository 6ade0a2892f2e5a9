import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { globSync } from 'tinyglobby'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { formatYaml } from '../../src/config/format/format-yaml.ts'
import { readYaml } from '../../src/config/read-yaml.ts'
import { Shaper } from '../../src/config/shape.ts'
import type { RawPair, RawValue } from '../../src/config/tree.ts'
import { ConfigError } from '../../src/kernel/directive/mark.ts'
import { directive } from '../../src/kernel/directive/readers.ts'
import { examplesOn, PAGES } from '../repository/pages.ts'

function formatted(text: string): string {
  return formatYaml(text, 'test.yaml')
}

const common = { in: ['http'], default: undefined, doc: 'A word.', usage: '...' } as const
const read = () => undefined
/** Directives of every shape: whatever a word is, it means the same. */
const SHAPES = [
  directive<undefined>({ ...common, min: 0, max: 9, read }),
  directive<undefined>({ ...common, min: 0, max: 9, repeat: true, read }),
  directive<undefined>({ ...common, min: 1, max: 1, read }),
  directive<undefined>({ ...common, min: 1, max: 1, kind: 'block', read }),
  directive<undefined>({ ...common, min: 2, max: 2, kind: 'block', repeat: true, read }),
]

const LINES = { kind: 'block', min: 0, max: 9, lines: 'pairs', usage: '' } as const

/** What the words of a text come to under every shape, or what is wrong with them. */
function meaningOf(text: string): unknown {
  const value = readYaml(text, 0, 'test.yaml', () => []).value
  const shaper = new Shaper([{ path: 'test.yaml', text, pairs: [] }])
  const told = (work: () => unknown): unknown => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return error.message
    }
  }
  const pair = (each: RawPair): unknown => [
    each.key.text,
    inside(each.value),
    SHAPES.map((shape) =>
      told(() =>
        shaper.occurrences(each, shape).map(({ args, content }) => [args, content?.length]),
      ),
    ),
    told(() => shaper.nodes([each], LINES).map(bare)),
  ]
  function inside(each: RawValue): unknown {
    if ('list' in each) return each.list.map(inside)
    return 'map' in each ? each.map.map(pair) : undefined
  }
  return value && inside(value)
}

function bare({ name, args }: { name: string; args: readonly string[] }): unknown {
  return [name, args]
}

function commentsOf(text: string): string[] {
  return text.match(/#[^\n]*/g) ?? []
}

describe('formatting', () => {
  const files = globSync('**/*.{yaml,yml}', { ignore: ['node_modules/**', 'dist/**'] })
  const texts = [
    ...files.map((file) => [file, readFileSync(file, 'utf8')] as const),
    ...PAGES.flatMap((page) => {
      const found = examplesOn(page).filter(({ language }) => language === 'yaml')
      return found.map(({ line, text }) => [`${page}:${line}`, text] as const)
    }),
  ].filter(([, text]) => isYaml(text))

  test.each(texts)('keeps the meaning of %s, and is done', (_, text) => {
    const once = formatted(text)
    expect(meaningOf(once)).toEqual(meaningOf(text))
    expect(formatted(once)).toBe(once)
  })

  test('there are enough of them', () => expect(texts.length).toBeGreaterThan(100))

  const word = fc.oneof(
    fc.constantFrom('on', 'a b', '$x', '~ \\.php$', '@app', '1.10', 'a: b', 'x #y', '{', '[a', '*'),
    fc.constantFrom(
      '"q"',
      "it's",
      'a;b',
      '',
      ' ',
      'x\ny',
      '\\',
      'é',
      '- a',
      '? b',
      '!t',
      '%',
      'null',
    ),
    fc.string({ maxLength: 6 }),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      word,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(word, tie('value'), { maxKeys: 4 }),
    ),
  }))
  const style = fc.record({
    collectionStyle: fc.constantFrom('any', 'block', 'flow'),
    defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL'),
    defaultKeyType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    indent: fc.constantFrom(2, 3, 4),
    lineWidth: fc.constantFrom(0, 40, 80),
  })

  test('keeps the meaning of whatever is written, and is done', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(value, style, (made, options) => {
        const text = stringify(made, options as object)
        if (!isYaml(text)) return
        const once = formatted(text)
        expect(meaningOf(once)).toEqual(meaningOf(text))
        expect(formatted(once)).toBe(once)
      }),
      { numRuns: 300 },
    )
  })

  test('keeps comments, blank lines and order', () => {
    const text = `# first

b:   1 # one
# before a
a:
- x   # x

# in the list
- {y: 1,
   # deep
   z: 2}


c: [ ]
# last
`
    const once = formatted(text)
    expect(commentsOf(once)).toEqual(commentsOf(text))
    expect(once).toBe(`# first

b: 1 # one
# before a
a:
  - x # x

  # in the list
  - y: 1
    # deep
    z: 2

c: []

# last
`)
  })
})

describe('the style', () => {
  test.each([
    ['a:   {b: [1,2], "c":  d}\n', 'a: { b: [1, 2], c: d }\n'],
    [`a: 'x'\nb: "x y"\nc: 'x: y'\n`, `a: x\nb: "x y"\nc: 'x: y'\n`],
    ['a: ""\nb:\nc: ~\n', 'a: ""\nb:\nc: ~\n'],
    ['"@app": {}\n@b: {}\n', '"@app": {}\n"@b": {}\n'],
    ["'*': old\n", '"*": old\n'],
    ['? a\n: b\n? c\n', 'a: b\nc:\n'],
    ['a: |\n    x\n    y\n', 'a: |\n  x\n  y\n'],
    ['a: &x {b: c}\nd: *x\n', 'a: &x { b: c }\nd: *x\n'],
    ['a: b\r\nc:\r\n- d\r\n', 'a: b\nc:\n  - d\n'],
    ['a: b', 'a: b\n'],
    ['', ''],
    ['# alone\n', '# alone\n'],
  ])('%j becomes %j', (text, expected) => {
    expect(formatted(text)).toBe(expected)
  })

  test('a line holds a hundred characters; what is longer becomes a block', () => {
    const line = (length: number) => `a: [${'x'.repeat(length - 10)}, y]\n`
    expect(formatted(line(99))).toBe(line(99))
    expect(formatted(line(120))).toBe(`a:\n  - ${'x'.repeat(110)}\n  - y\n`)
    const long = `a: "${'x '.repeat(100)}"\n`
    expect(formatted(long)).toBe(long)
  })
})

test('what the project shows is formatted', () => {
  for (const file of globSync(['gateway.yaml', 'plugins-examples/*/gateway.yaml'])) {
    const text = readFileSync(file, 'utf8')
    expect(formatted(text), file).toBe(text)
  }
})

test('what is not YAML is an error with its place', () => {
  expect(() => formatted('a: [b\nc: d\n')).toThrow(ConfigError)
  expect(() => formatted('a: !tag b\n')).toThrow('tags have no meaning here')
  expect(() => formatted('a: 1\n---\nb: 2\n')).toThrow('one YAML document')
})

function isYaml(text: string): boolean {
  try {
    readYaml(text, 0, 'test.yaml', () => [])
    return true
  } catch {
    return false
  }
}
