// All of CI, stage by stage: style, types, unit tests, build, end to end. `--fast` stops before
// the build. Ends with a line `N passed, N failed`.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

const fast = process.argv.includes('--fast')
const END_TO_END = ['test/e2e', 'test/process']
const SOAK = ['test/soak', 'test/fuzz']
/** Every processor has its share of test files. */
const SHARED = `--maxWorkers=${availableParallelism()}`
const folder = mkdtempSync(join(tmpdir(), 'gateway-check-'))
const total = { passed: 0, failed: 0, skipped: 0 }

const bin = (name) => join('node_modules', '.bin', name)

if (!fast) {
  await stage('style', bin('biome'), ['check'])
  await stage('types', bin('tsc'), ['-p', 'tsconfig.json'])
}
const outside = [...END_TO_END, ...SOAK]
await tests('unit', [SHARED, ...outside.flatMap((each) => ['--exclude', `${each}/**`])])
if (!fast) {
  await stage('build', process.execPath, ['build.mjs'])
  await tests('end to end', [SHARED, ...END_TO_END])
  // These take a machine to its limits: one by one.
  await tests('soak', ['--maxWorkers=1', ...SOAK])
}

rmSync(folder, { recursive: true, force: true })
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

async function stage(name, command, args) {
  const code = await run(name, command, args)
  count(name, code === 0 ? { passed: 1 } : { failed: 1 })
}

async function tests(name, args) {
  const report = join(folder, `${name.replaceAll(' ', '-')}.json`)
  const code = await run(name, process.execPath, [
    join('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ])
  if (!existsSync(report)) {
    count(name, { failed: 1 })
    return
  }
  const result = JSON.parse(readFileSync(report, 'utf8'))
  const failed = result.numFailedTests + failedToLoad(result)
  count(name, {
    passed: result.numPassedTests,
    // An error outside any test fails the run as well.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  })
}

/** Test files in which nothing could run. */
function failedToLoad(result) {
  return result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
}

function count(name, { passed = 0, failed = 0, skipped = 0 }) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  console.log(`== ${name}: ${passed} ok, ${failed} not ok\n`)
}

function run(name, command, args) {
  console.log(`== ${name}`)
  const child = spawn(command, args, { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
