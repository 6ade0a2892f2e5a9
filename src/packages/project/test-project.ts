import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseFile } from '../manifest/json.ts'
import { MANIFEST, type Manifest, readManifest } from '../manifest/manifest.ts'
import { cannot } from '../package-error.ts'
import { runTestData } from './test-data-files.ts'
import { runTestFiles } from './test-files.ts'
import type { TestResult } from './test-result.ts'

/**
 * Runs all tests of a project: its test files, and the test data of its manifest where it has one.
 * Throws `PackageError` where there is nothing to run, or nothing that can be.
 */
export async function testProject(
  folder: string,
  program: string,
  tell: (text: string) => void,
): Promise<readonly TestResult[]> {
  const manifest = manifestIn(folder)
  // One behind the other: each has a time limit, on however busy a machine.
  const files = await runTestFiles(folder, tell)
  const data = manifest ? await runTestData(folder, manifest, program) : []
  if (files.length + data.length === 0) {
    const mend = 'write a plugin.test.ts, or test data ("gateway plugin create" makes both)'
    throw cannot(`"${folder}" has no tests`, mend)
  }
  return [...files, ...data]
}

/** A script is no package: its package.json says nothing of a gateway. */
function manifestIn(folder: string): Manifest | undefined {
  const file = join(folder, MANIFEST)
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const json = parseFile(text, folder, MANIFEST, 'correct it')
  const isPackage = typeof json === 'object' && json !== null && 'gateway' in json
  return isPackage ? readManifest(text, folder) : undefined
}
