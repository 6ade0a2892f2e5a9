import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { defaultText, isWritten } from '../../docs/generator/default-text.ts'
import { chapters } from '../../docs/generator/documented.ts'
import { SAMPLES } from '../../docs/generator/error-samples.ts'
import { TEXTS } from '../../docs/generator/error-texts.ts'
import { generatedPages } from '../../docs/generator/pages.ts'
import { builtInPlugins } from '../../docs/generator/plugins.ts'
import { compile, readConfig } from '../../src/config/index.ts'
import { splitWords } from '../../src/config/lexer.ts'
import type { Entry } from '../../src/kernel/directive/directive.ts'
import * as errors from '../../src/kernel/errors.ts'
import { beginLogFiles } from '../../src/kernel/log/log-file.ts'
import * as plugin from '../../src/kernel/plugin.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import * as testing from '../../src/kernel/testing.ts'
import { constant } from '../../src/kernel/variable/template.ts'
import { type Example, examplesOn, PAGES, pageText } from './pages.ts'

const builtIn = await builtInPlugins()
const words = chapters(builtIn).flatMap((chapter) => chapter.words)

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
    ['gateway/plugin', 'src/kernel/plugin.ts', plugin],
    ['gateway/testing', 'src/kernel/testing.ts', testing],
  ])('names all of %s, and nothing else', (name, file, module) => {
    const page = pageText('docs/reference/plugin-api.md')
    const part = page.split(/^## /m).find((each) => each.startsWith(`\`${name}\``)) ?? ''
    const named = [...part.matchAll(/^\| `(\w+)`/gm)].map(([, word]) => word)
    const exported = new Set([...Object.keys(module), ...typesIn(readFileSync(file, 'utf8'))])
    expect(named.sort()).toEqual([...exported].sort())
  })
})

describe('configurations on the pages are right', () => {
  const folder = join('.gateway', `docs-${process.pid}`)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(PAGES)('%s', async (page) => {
    const examples = examplesOn(page)
    const plugins = [...builtIn, ...(await pluginsOn(examples, join(folder, basename(page))))]
    const files = new Map(examples.filter(isFile).map(({ label, text }) => [label, text]))
    for (const example of examples) {
      if (example.language === 'yaml') check(example, files, plugins)
    }
  })

  function check(
    { page, line, label, text }: Example,
    files: ReadonlyMap<string, string>,
    plugins: readonly AnyPlugin[],
  ): void {
    // Files that are included are checked where they are.
    if (label.includes('/')) return
    const overlay = new Map([...files].map(([name, content]) => [resolve('/conf', name), content]))
    overlay.set('/conf/gateway.yaml', whole(label, withoutPatterns(text, files)))
    beginLogFiles()
    const work = () =>
      compile(readConfig('/conf/gateway.yaml', { prefix: '/prefix', overlay }), plugins)
    expect(work, `${page}:${line}`).not.toThrow()
  }
})

test('links lead somewhere', () => {
  const dead = PAGES.flatMap((page) => {
    const links = [...pageText(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)]
    return links
      .map(([, target = '']) => target.split('#') as [path: string, anchor?: string])
      .filter(([path, anchor]) => !leads(path === '' ? page : join(dirname(page), path), anchor))
      .map((target) => `${page}: ${target.join('#')}`)
  })
  expect(dead).toEqual([])
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

function isFile({ language, label }: Example): boolean {
  return language === 'yaml' && /\.yaml$/.test(label)
}

/** Plugins a page shows as files; of one that is shown twice, the later. */
async function pluginsOn(examples: readonly Example[], folder: string): Promise<AnyPlugin[]> {
  const files = examples.filter(({ language, label }) => {
    return language === 'ts' && label.endsWith('.ts') && !label.endsWith('.test.ts')
  })
  const names = [...new Set(files.map(({ label }) => label))]
  if (names.length > 0) mkdirSync(folder, { recursive: true })
  for (const { label, text } of files) writeFileSync(join(folder, label), text)
  const modules = names.map((name) => import(/* @vite-ignore */ resolve(folder, name)))
  return (await Promise.all(modules)).map((module: { default: AnyPlugin }) => module.default)
}

/** A piece of YAML in the blocks it stands in. */
function whole(label: string, text: string): string {
  if (label === 'http') return `http:\n${indented(text, 2)}`
  if (label === 'server') return `http:\n  server:\n    -\n${indented(text, 6)}`
  return text
}

function indented(text: string, depth: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(depth))
}

/** Patterns look into real folders: here the files of the page stand for what they find. */
function withoutPatterns(text: string, files: ReadonlyMap<string, string>): string {
  return text.replace(/^(\s*include:) .*\*.*$/gm, (_, word: string) => {
    return `${word} [${[...files.keys()].filter((name) => name.includes('/')).join(', ')}]`
  })
}

function leads(path: string, anchor: string | undefined): boolean {
  if (!existsSync(path)) return false
  if (anchor === undefined || anchor === '') return true
  const text = pageText(path)
  if (text.includes(`<a id="${anchor}">`)) return true
  return [...text.matchAll(/^#+ (.*)$/gm)].some(([, title = '']) => slug(title) === anchor)
}

/** The anchor of a heading, as hosts of Markdown make it. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
