import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readOptions } from '../../src/cli/options.ts'
import type { Compiled } from '../../src/config/compile.ts'
import { explain } from '../../src/config/explain/explain.ts'
import { printExplanation } from '../../src/config/explain/print.ts'
import { readQuestion } from '../../src/config/explain/question.ts'
import { compile, dumpConfig, formatErrors, readConfig } from '../../src/config/index.ts'
import { splitWords } from '../../src/config/lexer.ts'
import { printPlan } from '../../src/config/print-plan.ts'
import type { ConfigTree } from '../../src/config/tree.ts'
import type { AnyPlugin } from '../../src/kernel/plugin-record.ts'
import { BUILT_IN_PLUGINS } from '../../src/plugins/index.ts'
import variables from '../../src/plugins/variables/index.ts'
import { testPlugins } from './plugins.ts'

// Each file is compiled; beside it stands its plan, or what is wrong with it.
// UPDATE_GOLDEN=1 writes them anew.

const UPDATE = process.env.UPDATE_GOLDEN === '1'
const GOLDEN = fileURLToPath(new URL('golden/', import.meta.url))

/** Folders and the plugins their files are compiled with. */
const SUITES: readonly [folder: string, plugins: readonly AnyPlugin[]][] = [
  [GOLDEN, [variables, ...testPlugins]],
  [fileURLToPath(new URL('golden/built-in/', import.meta.url)), await builtInPlugins()],
  [fileURLToPath(new URL('golden/nginx-conf/', import.meta.url)), await builtInPlugins()],
]

describe.each(SUITES)('%s', (folder, plugins) => {
  test.each(filesIn(folder))('%s', (name) => {
    const result = outcome(folder, name, plugins)
    const expected = beside(folder + name, result.kind)
    const other = beside(folder + name, result.kind === 'plan' ? 'error' : 'plan')
    if (UPDATE) {
      writeFileSync(expected, result.text)
      rmSync(other, { force: true })
    }
    expect(existsSync(other), `${name} had another kind of outcome`).toBe(false)
    expect(result.text).toBe(readFileSync(expected, 'utf8'))
  })
})

test('there are enough of them', () => expect(filesIn(GOLDEN).length).toBeGreaterThanOrEqual(40))

test('dumps every file once', () => {
  const tree = readConfig(`${GOLDEN}include-glob.yaml`, { prefix: GOLDEN })
  const paths = dumpConfig(tree).match(/^# configuration file .*:$/gm)
  expect(paths?.map((each) => each.slice(0, -1).split('/').at(-1))).toEqual([
    'include-glob.yaml',
    'one.yaml',
    'shared.yaml',
    'two.yaml',
  ])
})

interface Outcome {
  readonly kind: 'plan' | 'error'
  readonly text: string
}

function outcome(folder: string, name: string, plugins: readonly AnyPlugin[]): Outcome {
  const file = folder + name
  // "# -g text" in the first line stands for the command line.
  const globals = /^# -g (.*)/.exec(readFileSync(file, 'utf8'))?.[1]
  try {
    const tree = readConfig(file, { prefix: folder, globals })
    // What a worker gets went through JSON.
    const compiled = compile(JSON.parse(JSON.stringify(tree)) as ConfigTree, plugins)
    const warnings = formatErrors(compiled.warnings, tree)
    const told = warnings === '' ? '' : `warnings\n${warnings}\n`
    const asked = explanations(readFileSync(file, 'utf8'), compiled, folder)
    const plan = printPlan(compiled, file) + told + asked
    return { kind: 'plan', text: plan.replaceAll(folder, '') }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConfigErrors') throw error
    return { kind: 'error', text: `${error.message}\n`.replaceAll(folder, '') }
  }
}

/** "# explain GET /x" in a file asks what the configuration does with that request. */
function explanations(text: string, compiled: Compiled, folder: string): string {
  const asked = [...text.matchAll(/^# (explain .*)/gm)].map(([, words = '']) => {
    const { question } = readOptions(splitWords(words)).asked
    if (!question) throw new Error(`"${words}" asks nothing`)
    const told = printExplanation(explain(compiled, readQuestion(question)), folder)
    return `\n${words}\n${told.replace(/^(?=.)/gm, '  ')}`
  })
  return asked.join('')
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /\.(yaml|json|conf)$/.test(name))
}

function beside(file: string, kind: Outcome['kind']): string {
  return file.replace(/\.(yaml|json|conf)$/, `.${kind}`)
}

function builtInPlugins(): Promise<AnyPlugin[]> {
  const imports = BUILT_IN_PLUGINS.map(async (name) => {
    const module = (await import(`../../src/plugins/${name}/index.ts`)) as { default: AnyPlugin }
    return module.default
  })
  return Promise.all(imports)
}
