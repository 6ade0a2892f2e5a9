import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { examplesOn } from '../repository/pages.ts'

// Runs the tests that guides show, against the plugins that they show.

const GUIDES = ['filters', 'balancers', 'testing', 'upstream-protocols', 'from-lua'] as const

// Inside the package, so that `gateway/testing` means this one.
const folder = join(import.meta.dirname, '..', '..', '.gateway', `guides-${process.pid}`)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tests = GUIDES.flatMap((guide) => {
  const own = join(folder, guide)
  mkdirSync(own, { recursive: true })
  const files = examplesOn(join('docs', 'guide', `${guide}.md`)).filter(
    ({ language, label, text }) => {
      return language === 'ts' && label.endsWith('.ts') && !text.includes("'gateway/script'")
    },
  )
  for (const { label, text } of files) writeFileSync(join(own, label), text)
  return files
    .filter(({ label }) => label.endsWith('.test.ts'))
    .map(({ label }) => join(own, label))
})

describe('the tests on guides', async () => {
  expect(tests.length).toBe(3)
  for (const file of tests) await import(/* @vite-ignore */ file)
})

test('the plugins on guides have no type errors', () => {
  const config = { extends: '../../tsconfig.json', include: ['**/*.ts'], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const tsc = join(dirname(typescript), 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  // Of the gateway itself, `npm run types` tells.
  expect(stdout.split('\n').filter((line) => line.includes('guides-'))).toEqual([])
})
