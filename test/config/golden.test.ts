import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { compile, dumpConfig, formatErrors, readConfig } from '../../src/config/index.ts'
import { printPlan } from '../../src/config/print-plan.ts'
import type { ConfigTree } from '../../src/config/tree.ts'
import { testPlugins } from './plugins.ts'

// Each file is compiled; beside it stands its plan, or what is wrong with it.
// UPDATE_GOLDEN=1 writes them anew.

const FOLDER = fileURLToPath(new URL('golden/', import.meta.url))
const UPDATE = process.env['UPDATE_GOLDEN'] === '1'
const names = readdirSync(FOLDER).filter((name) => /\.(yaml|json)$/.test(name))

test.each(names)('%s', (name) => {
  const file = FOLDER + name
  const result = outcome(file)
  const expected = file.replace(/\.(yaml|json)$/, `.${result.kind}`)
  const other = file.replace(/\.(yaml|json)$/, result.kind === 'plan' ? '.error' : '.plan')
  if (UPDATE) {
    writeFileSync(expected, result.text)
    rmSync(other, { force: true })
  }
  expect(existsSync(other), `${name} had another kind of outcome`).toBe(false)
  expect(result.text).toBe(readFileSync(expected, 'utf8'))
})

test('there are enough of them', () => expect(names.length).toBeGreaterThanOrEqual(40))

test('dumps every file once', () => {
  const tree = readConfig(`${FOLDER}include-glob.yaml`, { prefix: FOLDER })
  const paths = dumpConfig(tree).match(/^# configuration file .*:$/gm)
  expect(paths?.map((each) => each.slice(0, -1).split('/').at(-1))).toEqual([
    'include-glob.yaml',
    'one.yaml',
    'shared.yaml',
    'two.yaml',
  ])
})

function outcome(file: string): { kind: 'plan' | 'error'; text: string } {
  // "# -g text" in the first line stands for the command line.
  const globals = /^# -g (.*)/.exec(readFileSync(file, 'utf8'))?.[1]
  try {
    const tree = readConfig(file, { prefix: FOLDER, globals })
    // What a worker gets went through JSON.
    const compiled = compile(JSON.parse(JSON.stringify(tree)) as ConfigTree, testPlugins)
    const warnings = formatErrors(compiled.warnings, tree)
    const told = warnings === '' ? '' : `warnings\n${warnings}\n`
    return { kind: 'plan', text: (printPlan(compiled, file) + told).replaceAll(FOLDER, '') }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConfigErrors') throw error
    return { kind: 'error', text: `${error.message}\n`.replaceAll(FOLDER, '') }
  }
}
