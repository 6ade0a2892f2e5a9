import { Buffer } from 'node:buffer'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { compile, readConfig } from '../../../src/config/index.ts'
import variables from '../../../src/plugins/variables/index.ts'
import { errorsIn } from '../compile-text.ts'
import { testPlugins } from '../plugins.ts'

const WHOLE = readFileSync(
  new URL('../golden/nginx-conf/parts/sites-one.conf', import.meta.url),
  'utf8',
)

/** What is wrong with a text, or with several files; the first is the main one. */
function errors(text: string | Readonly<Record<string, string>>): string[] {
  const files = typeof text === 'string' ? { '/conf/nginx.conf': text } : text
  const [path = ''] = Object.keys(files)
  const overlay = new Map(Object.entries(files))
  return errorsIn(() => {
    const tree = readConfig(path, { prefix: '/prefix', overlay })
    compile(tree, [variables, ...testPlugins])
  })
}

describe('whatever stands in an nginx.conf, there is a plan or a list of errors', () => {
  test('for any text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(text, (each) => void errors(each)),
      { numRuns: 300 },
    )
  })

  test('for any piece of a good one', () => {
    const piece = fc.tuple(
      fc.nat(WHOLE.length),
      fc.nat(40),
      fc.constantFrom('', '"', '{', '}', ';', '\\', '$', '#', '${'),
    )
    fc.assert(
      fc.property(piece, ([at, length, text]) => {
        errors(`http { ${WHOLE.slice(0, at)}${text}${WHOLE.slice(at + length)} }`)
      }),
      { numRuns: 300 },
    )
  })
})

test('blocks nest to a depth, and no stack is ever full', () => {
  const deep = (depth: number): string => `${'location / { '.repeat(depth)}${'} '.repeat(depth)}`
  expect(errors(`events {} http { server { ${deep(101)} } }`)[0]).toContain(
    'blocks are nested deeper than 100',
  )
  expect(errors(deep(100_000))[0]).toContain('blocks are nested deeper than 100')
})

test('includes neither go round nor on for ever', () => {
  expect(
    errors({ '/c/nginx.conf': 'include a.conf;', '/c/a.conf': 'http { include nginx.conf; }' }),
  ).toEqual(['1:8 "/c/nginx.conf" includes itself'])
  const chain = Array.from({ length: 40 }, (_, i) => [`/c/${i}.conf`, `include ${i + 1}.conf;`])
  expect(errors(Object.fromEntries(chain))).toEqual(['1:1 includes are nested deeper than 32'])
})

test('a file that is included often is counted as often', () => {
  const many = (name: string) => `include ${name};\n`.repeat(200)
  const files = {
    '/c/nginx.conf': many('a.conf'),
    '/c/a.conf': many('b.conf'),
    '/c/b.conf': 'env a;\n'.repeat(50),
  }
  expect(errors(files)).toEqual(['1:1 more than 2000000 values with all includes'])
})

test('includes are beside the main file, whoever names them, as in nginx', () => {
  const files = {
    '/c/nginx.conf': 'include sub/a.conf;',
    '/c/sub/a.conf': 'include b.conf;',
    '/c/b.conf': 'foo;',
  }
  expect(errors(files)).toEqual([expect.stringContaining('unknown directive "foo"')])
})

describe('bytes of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bytes-'))
  const path = join(folder, 'nginx.conf')
  afterAll(() => rmSync(folder, { recursive: true }))
  const read = (bytes: Uint8Array): string[] => {
    writeFileSync(path, bytes)
    return errorsIn(() => compile(readConfig(path, { prefix: folder }), [variables]))
  }

  test('a byte order mark is no directive', () => {
    expect(read(Buffer.from('\uFEFFdaemon off;'))).toEqual([])
  })

  test('what is not UTF-8 is refused', () => {
    expect(read(Buffer.from('# caf\xE9', 'latin1'))).toEqual([`1:1 "${path}" is not UTF-8 text`])
  })
})
