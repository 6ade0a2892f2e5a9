import { join, relative, resolve } from 'node:path'
import { testProject } from '../../packages/project/test-project.ts'
import type { TestResult } from '../../packages/project/test-result.ts'
import { say } from '../output.ts'

/** What came of the tests of some folders. */
export interface Tested {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly tests: readonly TestResult[]
}

const MARKS: Readonly<Record<TestResult['state'], string>> = {
  passed: 'ok   ',
  failed: 'FAIL ',
  skipped: 'skip ',
}

/** `gateway plugin test`: runs the tests of projects, one after the other. */
export async function testPlugins(folders: readonly string[], program: string): Promise<Tested> {
  const tests: TestResult[] = []
  for (const folder of folders) {
    const results = await testProject(resolve(folder), program, say)
    tests.push(...results.map((each) => ({ ...each, file: shown(folder, each.file) })))
  }
  const count = (state: TestResult['state']) => tests.filter((each) => each.state === state).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    tests,
  }
}

/** A line for each test below its file, what is wrong with it, and how many there are. */
export function testedText({ failed, passed, skipped, tests }: Tested): string {
  const titles = new Set(tests.map(titleOf))
  const groups = [...titles].map((title) => {
    const lines = tests.filter((each) => titleOf(each) === title).flatMap(linesOf)
    return [title, ...lines].join('\n')
  })
  const rest = skipped > 0 ? `, ${skipped} skipped` : ''
  return [...groups, `${passed} passed, ${failed} failed${rest}`].join('\n\n')
}

function titleOf({ file, isolation }: TestResult): string {
  return isolation === undefined ? file : `${file}, ${isolation}`
}

function linesOf({ fault, name, state }: TestResult): string[] {
  const faults = fault === '' ? [] : fault.split('\n').map((line) => `        ${line}`)
  return [`  ${MARKS[state]} ${name}`, ...faults]
}

function shown(folder: string, file: string): string {
  return relative(process.cwd(), join(resolve(folder), file))
}
