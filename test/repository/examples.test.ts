import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { builtInPlugins } from '../../docs/generator/plugins.ts'
import { compile, readConfig } from '../../src/config/index.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { beginLogFiles } from '../../src/storage/log/log-file.ts'
import { certificate } from '../harness/certificates.ts'
import { type Example, examplesOn, PAGES } from './pages.ts'

// Every configuration on a page is compiled, with the plugins the page shows. A label says what a
// piece stands in (```yaml server), or that it is a file (```yaml sites/shop.yaml).

const builtIn = await builtInPlugins()
// Inside the package, so that `gateway/plugin` means this one.
const folder = join('.gateway', `docs-${process.pid}`)
const conf = resolve(folder, 'conf')
mkdirSync(conf, { recursive: true })
for (const [name, text] of Object.entries(certificates())) writeFileSync(join(conf, name), text)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(PAGES)('the configurations on %s are right', async (page) => {
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
  const overlay = new Map([...files].map(([name, content]) => [resolve(conf, name), content]))
  overlay.set(join(conf, 'gateway.yaml'), whole(label, withoutPatterns(text, files)))
  beginLogFiles()
  const work = () =>
    compile(readConfig(join(conf, 'gateway.yaml'), { prefix: '/prefix', overlay }), plugins)
  expect(work, `${page}:${line}`).not.toThrow()
}

function isFile({ language, label }: Example): boolean {
  return language === 'yaml' && /\.yaml$/.test(label)
}

/** Files that configurations with TLS name. */
function certificates(): Record<string, string> {
  const files: Record<string, string> = {
    'tickets.key': 'x'.repeat(80),
    'tickets-old.key': 'y'.repeat(48),
  }
  for (const [name, kind] of [
    ['shop', 'ec'],
    ['ecdsa', 'ec'],
    ['rsa', 'rsa'],
    ['staff-ca', 'ec'],
    ['api-ca', 'ec'],
    ['gateway', 'ec'],
  ] as const) {
    const { cert, key } = certificate({ subject: `/CN=${name}`, kind })
    files[`${name}.crt`] = cert
    files[`${name}.key`] = key
  }
  return files
}

/** Plugins a page shows as files; of one that is shown twice, the later. */
async function pluginsOn(examples: readonly Example[], folder: string): Promise<AnyPlugin[]> {
  const files = examples.filter(({ language, label, text }) => {
    const isFile = language === 'ts' && label.endsWith('.ts') && !label.endsWith('.test.ts')
    return isFile && text.includes("'gateway/plugin'")
  })
  const names = [...new Set(files.map(({ label }) => label))]
  if (names.length > 0) mkdirSync(folder, { recursive: true })
  for (const { label, text } of files) writeFileSync(join(folder, label), text)
  const plugins = names.filter((name) =>
    files.some(({ label, text }) => label === name && text.includes('export default definePlugin')),
  )
  const modules = plugins.map((name) => import(/* @vite-ignore */ resolve(folder, name)))
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
