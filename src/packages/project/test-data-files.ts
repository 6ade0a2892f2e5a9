import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Isolation } from '../../kernel/settings/plugin-use.ts'
import { LIMITS, megabytes } from '../limits.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { cannot } from '../package-error.ts'
import { readTestData, type TestCase } from '../trial/test-data.ts'
import { runCases } from '../trial/test-run.ts'
import type { TestResult } from './test-result.ts'

/** By what a manifest says: a portable plugin has to answer the same in both. */
const RUNS: Readonly<Record<Manifest['isolation'], readonly Isolation[]>> = {
  native: ['native'],
  sandbox: ['sandbox'],
  either: ['native', 'sandbox'],
}

/** Runs the test data of a project in gateways that are thrown away, as an installation does. */
export async function runTestData(
  folder: string,
  manifest: Manifest,
  program: string,
): Promise<readonly TestResult[]> {
  const { entry, isolation, name, testData: file } = manifest
  if (file === undefined) return []
  const cases = readTestData(textOf(join(folder, file)), name, file)
  const plugin = resolve(folder, entry)
  const results: TestResult[] = []
  for (const each of RUNS[isolation]) {
    for (const { fault, name: of } of await runIn(each, cases, plugin, program)) {
      const state = fault === '' ? 'passed' : 'failed'
      results.push({ file, isolation: each, name: of, state, fault })
    }
  }
  return results
}

async function runIn(
  isolation: Isolation,
  cases: readonly TestCase[],
  plugin: string,
  program: string,
) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-data-'))
  try {
    const main = { plugins: [{ use: plugin, isolation }] }
    return await runCases(cases, { folder, program, main })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function textOf(file: string): string {
  try {
    if (statSync(file).size <= LIMITS.testData) return readFileSync(file, 'utf8')
  } catch (error) {
    throw cannot(`${file} cannot be read`, 'correct "gateway.testData" of package.json', error)
  }
  throw cannot(`${file} is larger than ${megabytes(LIMITS.testData)}`, 'make it smaller')
}
