import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { defaultText, isWritten } from '../../docs/generator/default-text.ts'
import { chapters } from '../../docs/generator/documented.ts'
import { SAMPLES } from '../../docs/generator/error-samples.ts'
import { TEXTS } from '../../docs/generator/error-texts.ts'
import { generatedPages } from '../../docs/generator/pages.ts'
import { builtInPlugins } from '../../docs/generator/plugins.ts'
import * as errors from '../../src/base/errors.ts'
import { splitWords } from '../../src/config/lexer.ts'
import type { Entry } from '../../src/kernel/directive/directive.ts'
import { constant } from '../../src/kernel/variable/template.ts'
import * as plugin from '../../src/plugin.ts'
import * as testing from '../../src/testing/index.ts'
import { pageText } from './pages.ts'

const words = chapters(await builtInPlugins()).flatMap((chapter) => chapter.words)

describe('generated pages', () => {
  test('are fresh; npm run docs writes them', async () => {
    for (const [name, text] of await generatedPages()) {
      expect(readFileSync(`docs/reference/${name}`, 'utf8'), name).toBe(text)
    }
  })

  test('every directive has a sentence and says where it may stand', () => {
    const bad = words.filter(({ directive, contexts }) => {
      return !/^[A-Z].{10,}\.$/s.test(directive.doc) || contexts.length === 0
    })
    expect(bad.flatMap(({ names }) => names)).toEqual([])
  })

  test('every default that is shown is what the directive reads from it', () => {
    for (const { names, directive } of words) {
      const [name = ''] = names
      const text = defaultText(name, directive)
      if (text === undefined || !isWritten(name)) continue
      const read = directive.read(entryOf(name, splitWords(text)), undefined)
      expect(comparable(read), name).toEqual(comparable(directive.initial))
    }
  })

  test('every variable has a sentence', () => {
    const page = pageText('docs/reference/variables.md')
    const rows = [...page.matchAll(/^\| `\$.*$/gm)].map(String)
    expect(rows.filter((row) => !/ \| .{3,}[.)] \|$/.test(row))).toEqual([])
  })

  test('every error has its section', () => {
    const makers = Object.entries(errors).filter(([name]) => name !== 'GatewayError')
    expect(Object.keys(SAMPLES).sort()).toEqual(makers.map(([name]) => name).sort())
    const codes = new Set(Object.values(SAMPLES).map((make) => make().code))
    expect(Object.keys(TEXTS).sort()).toEqual([...codes].sort())
  })
})

describe('the page of the plugin API', () => {
  test.each([
    ['gateway/plugin', 'src/plugin.ts', plugin],
    ['gateway/testing', 'src/testing/index.ts', testing],
  ])('names all of %s, and nothing else', (name, file, module) => {
    const page = pageText('docs/reference/plugin-api.md')
    const part = page.split(/^## /m).find((each) => each.startsWith(`\`${name}\``)) ?? ''
    const named = [...part.matchAll(/^\| `(\w+)`/gm)].map(([, word]) => word)
    const exported = new Set([...Object.keys(module), ...typesIn(readFileSync(file, 'utf8'))])
    expect(named.sort()).toEqual([...exported].sort())
  })
})

test('tables of limits show the defaults there are', () => {
  const wrong = ['SECURITY.md', 'docs/guide/operating.md'].flatMap((page) => {
    return [...pageText(page).matchAll(/^\| `([a-z_]+)` \| ([^|]*) \|/gm)].filter(
      ([, name, shown]) => {
        const word = words.find(({ names, contexts }) => {
          return names.includes(name ?? '') && !contexts.includes('upstream')
        })
        return !word || (defaultText(name ?? '', word.directive) ?? '-') !== shown?.trim()
      },
    )
  })
  expect(wrong.map(String)).toEqual([])
})

/** A directive's occurrence, as far as a default can need it. */
function entryOf(name: string, args: readonly string[]): Entry {
  const fail = (text: string) => {
    throw new Error(`${name}: ${text}`)
  }
  return {
    name,
    args,
    mark: { file: 'test', line: 1, column: 1 },
    scope: 'http',
    template: constant,
    path: (text: string) => text,
    fail,
  } as unknown as Entry
}

/** Functions are the same when they come from the same source. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (_, each: unknown) => {
      return each instanceof Map || each instanceof Set ? [...each] : each
    }),
  )
}

/** Names of types a module exports; Vite leaves none of them at run time. */
function typesIn(source: string): string[] {
  const listed = [...source.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, all, list]) => {
    const names = (list ?? '').split(',').map((name) => name.trim())
    return names
      .filter((name) => all || name.startsWith('type '))
      .map((name) => name.replace('type ', ''))
  })
  const own = [...source.matchAll(/^export (?:interface|type) (\w+)[ <]/gm)].map(
    ([, name]) => name ?? '',
  )
  return [...listed, ...own].filter((name) => name !== '')
}
