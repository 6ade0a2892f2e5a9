// All of CI, stage by stage: style, types, unit tests, build, end to end. `--fast` stops before
// the build. Ends with a line `N passed, N failed`.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

const fast = process.argv.includes('--fast')
const END_TO_END = ['test/e2e', 'test/process', 'test/soak', 'test/fuzz']
const folder = mkdtempSync(join(tmpdir(), 'gateway-check-'))
const total = { passed: 0, failed: 0, skipped: 0 }

const bin = (name) => join('node_modules', '.bin', name)

if (!fast) {
  await stage('style', bin('biome'), ['check'])
  await stage('types', bin('tsc'), ['-p', 'tsconfig.json'])
}
// Every processor has its share of these; those with processes of their own come one by one.
await tests('unit', [
  `--maxWorkers=${availableParallelism()}`,
  '--exclude',
  ...END_TO_END.flatMap((each) => [`${each}/**`, '--exclude']).slice(0, -1),
])
if (!fast) {
  await stage('build', process.execPath, ['build.mjs'])
  await tests(
    'end to end',
    END_TO_END.filter((each) => existsSync(each)),
  )
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
