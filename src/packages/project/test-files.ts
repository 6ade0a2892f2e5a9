import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { glob } from 'tinyglobby'
import { bundlePlugins } from '../../loader/bundle.ts'
import { LIMITS } from '../limits.ts'
import { cannot } from '../package-error.ts'
import type { TestResult } from './test-result.ts'

/** Where tests stand, and where nobody looks for them. */
const TESTS = '**/*.test.{ts,mts,js,mjs}'
const NOT_TESTS = ['**/node_modules/**', '**/.*/**', '**/dist/**']
/** Milliseconds a test may take. */
const PATIENCE = 60_000

/** What the reporter below tells of Node's test runner, a line of JSON each. */
interface Told {
  readonly type: 'start' | 'pass' | 'fail' | 'stdout' | 'stderr'
  readonly name: string
  readonly nesting: number
  readonly file: string
  readonly kind: 'suite' | undefined
  readonly skipped: boolean
  /** What was printed. */
  readonly text: string
  readonly failure: string | undefined
  readonly fault: string
}

const REPORTER = `export default async function* (events) {
  for await (const { type, data } of events) {
    const { name, nesting, file, skip, todo, message, details } = data
    const error = details?.error
    yield JSON.stringify({
      type: type.slice('test:'.length), name, nesting, file, kind: details?.type,
      skipped: Boolean(skip ?? todo), text: message, failure: error?.failureType,
      fault: error ? String(error.cause?.stack ?? error.cause ?? error.message) : '',
    }) + '\\n'
  }
}`

/**
 * Runs the test files of a folder with Node's own runner; `gateway/plugin` and `gateway/testing`
 * are this program's. What they print goes to `tell`. Throws where they cannot be bundled.
 */
export async function runTestFiles(
  folder: string,
  tell: (text: string) => void,
): Promise<readonly TestResult[]> {
  const found = await glob(TESTS, { cwd: folder, ignore: NOT_TESTS })
  if (found.length === 0) return []
  const sources = found.sort().map((file) => join(folder, file))
  const bundles = await bundlePlugins(sources, join(folder, '.gateway', 'cache'))
  const files = new Map(bundles.map(({ path, source }) => [path, relative(folder, source)]))
  const reader = new Reader(folder, files, tell)
  await runNode([...files.keys()], folder, (told) => reader.take(told))
  // They run side by side.
  return reader.results.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
}

async function runNode(
  bundles: readonly string[],
  folder: string,
  take: (told: Told) => void,
): Promise<void> {
  const reporter = `data:text/javascript,${encodeURIComponent(REPORTER)}`
  const words = [`--test-timeout=${PATIENCE}`, `--test-reporter=${reporter}`, ...bundles]
  // Of a test that runs this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, ['--enable-source-maps', '--test', ...words], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) take(JSON.parse(line) as Told)
  }
  const [code, signal] = (await ended) as [number | null, string | null]
  if (code === null) throw cannot(`the tests were ended by ${signal}`, 'run them again')
}

/** Makes results of what the runner tells. */
class Reader {
  readonly results: TestResult[] = []
  readonly #folder: string
  /** Names of test files by the paths of their bundles. */
  readonly #files: ReadonlyMap<string, string>
  readonly #tell: (text: string) => void
  /** The tests that are under way, outermost first. */
  readonly #open: string[] = []
  #errors = ''

  constructor(folder: string, files: ReadonlyMap<string, string>, tell: (text: string) => void) {
    this.#folder = folder
    this.#files = files
    this.#tell = tell
  }

  take(told: Told): void {
    switch (told.type) {
      case 'start':
        this.#open.splice(told.nesting, Number.POSITIVE_INFINITY, told.name)
        return
      case 'stderr':
        this.#errors = (this.#errors + told.text).slice(-LIMITS.output)
        return
      case 'stdout':
        this.#tell(told.text.trimEnd())
        return
      case 'pass':
      case 'fail':
        this.#end(told)
    }
  }

  #end({ failure, fault, file, kind, name, nesting, skipped, type }: Told): void {
    // What is wrong with those inside of it was told there.
    if (failure === 'subtestsFailed' || (kind === 'suite' && type === 'pass')) return
    const state = skipped ? 'skipped' : type === 'pass' ? 'passed' : 'failed'
    // A file that fails as a whole bears its path for a name, and has said why.
    const isFile = resolve(this.#folder, name) === file
    const names = [...this.#open.slice(0, nesting), isFile ? 'loads' : name]
    this.results.push({
      file: this.#files.get(file) ?? relative(this.#folder, file),
      isolation: undefined,
      name: names.join(' > '),
      state,
      fault: state === 'failed' ? shortened(isFile ? this.#errors || fault : fault) : '',
    })
  }
}

/** Without the lines of the runner itself. */
function shortened(fault: string): string {
  const lines = fault
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:(?:internal|async_hooks)\b/.test(line))
  return lines.filter((line) => line.trim() !== '').join('\n')
}
