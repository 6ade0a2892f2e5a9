import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { LIMITS } from '../limits.ts'
import { type Description, descriptionFault } from '../manifest/description.ts'
import { type Isolation, MANIFEST } from '../manifest/manifest.ts'
import { trialFailed } from '../package-error.ts'
import { LOCK_FILE, type Lock, lockText } from '../store/lock.ts'
import { STORE, type Store } from '../store/store.ts'
import { reasonsIn, startGuarded, within } from './guarded-process.ts'
import type { TestCase } from './test-data.ts'
import { type CaseResult, runCases } from './test-run.ts'

/** A plugin that is to be tried. */
export interface Tried {
  readonly name: string
  /** Where its bundle and package lie now. */
  readonly home: string
  readonly description: Description
  readonly entry: string
  readonly schema: string
  readonly tests: readonly TestCase[]
  readonly isolation: Isolation
}

const MEND = 'nothing was changed; correct the plugin, or ask its author to'

/**
 * Loads what a lock says in a gateway of its own, which ends with it, and runs the test data there.
 * This is the first time that code of a plugin runs. Throws `PackageError` with what does not work.
 */
export async function tryOut(
  lock: Lock,
  candidates: readonly Tried[],
  store: Store,
  program: string,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-trial-'))
  try {
    layOut(folder, lock, candidates, store)
    await tryWith({}, candidates, folder, program)
    // Others run there as they do by default, which was tried before.
    const portable = candidates.filter(({ isolation }) => isolation === 'either')
    const plugins = portable.map(({ name: use }) => ({ use, isolation: 'sandbox' }))
    if (plugins.length > 0) await tryWith({ plugins }, portable, folder, program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `main` are further directives of the main block. */
async function tryWith(
  main: Readonly<Record<string, unknown>>,
  candidates: readonly Tried[],
  folder: string,
  program: string,
): Promise<void> {
  writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify({ ...main, http: {} }))
  const found = await describeAll(folder, candidates, program)
  for (const [i, candidate] of candidates.entries()) {
    const is = found[i]
    const fault = is && descriptionFault(candidate.description, is)
    if (fault === undefined) continue
    const mend = '"gateway plugin describe" writes it anew'
    throw trialFailed(candidate.name, [`${candidate.schema}: ${fault}; ${mend}`])
  }
  for (const { name, tests } of candidates) {
    const failures = failuresOf(await runCases(tests, { folder, program, main }))
    if (failures.length > 0) throw trialFailed(name, failures)
  }
}

/** A sentence for each fault, with all cases that have it. */
function failuresOf(results: readonly CaseResult[]): readonly string[] {
  const faults = new Set(results.map(({ fault }) => fault).filter((fault) => fault !== ''))
  return [...faults].map((fault) => {
    const names = results.filter((each) => each.fault === fault).map(({ name }) => `"${name}"`)
    return `test data ${names.join(', ')}: ${fault}; ${MEND}`
  })
}

/** The folder of a configuration in which all of the lock is installed. */
function layOut(folder: string, lock: Lock, candidates: readonly Tried[], store: Store): void {
  const homes = new Map(candidates.map(({ name, home }) => [name, home]))
  mkdirSync(join(folder, STORE), { recursive: true })
  writeFileSync(join(folder, LOCK_FILE), lockText(lock))
  for (const [name, locked] of lock) {
    const home = store.home(name, locked)
    symlinkSync(homes.get(name) ?? home, join(folder, STORE, basename(home)))
  }
}

async function describeAll(
  folder: string,
  candidates: readonly Tried[],
  program: string,
): Promise<readonly Description[]> {
  const names = candidates.map(({ name }) => name)
  const words = ['plugin', 'describe', '--json', '-c', join(folder, 'gateway.yaml'), ...names]
  using process = startGuarded(program, words, folder)
  const code = await within(LIMITS.load, process.ended)
  if (code === undefined) throw hangs(candidates)
  if (code === 0) return JSON.parse(process.stdout().trimEnd().split('\n').at(-1) ?? '[]')
  const reasons = reasonsIn(process.stderr(), folder)
  const said = reasons.length > 0 ? reasons : [endOf(code, process.stderr())]
  const files = `${MANIFEST} and ${candidates.map(({ entry }) => entry).join(', ')}`
  throw trialFailed(
    names.join(', '),
    said.map((each) => `${files}: ${each}; ${MEND}`),
  )
}

/** Node ends with this where a module awaits what nothing can bring any more. */
const UNSETTLED = 13

function endOf(code: number | null, stderr: string): string {
  if (code === UNSETTLED) return 'waits at the top of a module for what never comes'
  const [error] = /^(?:\w*Error\b|Uncaught ).*/m.exec(stderr) ?? []
  return `ends the gateway that loads it (exit code ${code})${error ? `: ${error}` : ''}`
}

function hangs(candidates: readonly Tried[]): Error {
  const names = candidates.map(({ name }) => name).join(', ')
  const files = candidates.map(({ entry }) => entry).join(', ')
  const seconds = LIMITS.load / 1000
  return trialFailed(names, [
    `${files}: has not loaded within ${seconds} s; nothing at the top of a module may wait or ` +
      `loop; ${MEND}`,
  ])
}
