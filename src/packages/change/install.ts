import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Fetched, fetchPackage } from '../archive/fetch.ts'
import { readSource, type Source, sourceText } from '../archive/source.ts'
import { addedPermissions } from '../manifest/permissions.ts'
import { cannot, PackageError } from '../package-error.ts'
import { type Lock, type Locked, readLock } from '../store/lock.ts'
import { takeTurn } from '../store/turn.ts'
import { tryOut } from '../trial/trial.ts'
import { type Candidate, makeCandidate } from './candidate.ts'
import type { Request, Workshop } from './workshop.ts'

/** What came of one plugin. */
export interface Change {
  readonly name: string
  readonly from: string | undefined
  readonly to: string | undefined
  readonly locked: Locked | undefined
}

/**
 * Installs plugins, all of them or none. Whatever fails, and whenever the process ends: lock and
 * installed plugins stay as they were until one rename puts the new lock in its place.
 */
export async function install(
  sources: readonly string[],
  workshop: Workshop,
): Promise<readonly Change[]> {
  const read = sources.map((each) => readSource(each, workshop.cwd))
  return changing(workshop, async (lock, staging) => {
    const candidates = await makeAll(read, staging, workshop)
    refuseTwins(candidates)
    const changes = candidates.map((each) => changeOf(each, lock))
    await workshop.ask(candidates.map((each) => requestOf(each, lock)))
    await enact(candidates, lock, workshop)
    return changes
  })
}

/** Does something to the installed plugins while no other command does. */
export async function changing<T>(
  { store, tell }: Workshop,
  work: (lock: Lock, staging: string) => Promise<T>,
): Promise<T> {
  using _turn = await takeTurn(store.path, () => tell('another command changes plugins; waiting'))
  const staging = store.stage()
  try {
    return await work(readLock(store.folder), staging)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Tries the candidates out with all that stays installed, and makes them count. */
export async function enact(
  candidates: readonly Candidate[],
  lock: Lock,
  { store, program, mode }: Workshop,
): Promise<void> {
  const next = new Map([...lock, ...candidates.map(({ name, locked }) => [name, locked] as const)])
  // Nobody has granted anything yet: no code of theirs runs.
  if (mode === 'dry-run') return
  await tryOut(next, candidates, store, program)
  for (const { home, name, locked } of candidates) store.adopt(home, name, locked)
  store.commit(next)
}

/** What somebody is to agree to. */
export function requestOf({ name, locked, provenance }: Candidate, lock: Lock): Request {
  const { version, resolved, isolation, permissions } = locked
  const before = lock.get(name)
  const added = addedPermissions(before?.permissions ?? {}, permissions)
  const provenanceBefore = before?.provenance
  const built = { provenance, provenanceBefore }
  return {
    name,
    version,
    before: before?.version,
    ...built,
    resolved,
    isolation,
    permissions,
    added,
  }
}

/** What a candidate changes. */
export function changeOf({ name, locked }: Candidate, lock: Lock): Change {
  return { name, from: lock.get(name)?.version, to: locked.version, locked }
}

/** Fetches, checks and bundles; tells of all that cannot be. */
async function makeAll(
  sources: readonly Source[],
  staging: string,
  workshop: Workshop,
): Promise<readonly Candidate[]> {
  const made: Candidate[] = []
  const reasons: string[] = []
  for (const [i, source] of sources.entries()) {
    try {
      made.push(await makeOne(source, join(staging, `${i}`), workshop))
    } catch (error) {
      if (!(error instanceof PackageError)) throw error
      reasons.push(...error.reasons)
    }
  }
  if (reasons.length > 0) throw new PackageError(reasons)
  return made
}

/** Fetches a source and makes a candidate of it in a new folder. */
export async function makeOne(
  source: Source,
  home: string,
  { store: { folder }, registry, trustRoot }: Workshop,
  locked?: { readonly resolved: string; readonly integrity: string | undefined },
): Promise<Candidate> {
  mkdirSync(home)
  const scratch = join(home, '.fetched')
  const options = { folder, registry, scratch, trustRoot, ...(locked ? { locked } : {}) }
  const fetched: Fetched = await fetchPackage(source, options)
  rmSync(scratch, { recursive: true, force: true })
  return makeCandidate(fetched, sourceText(source, folder), home)
}

function refuseTwins(candidates: readonly Candidate[]): void {
  const seen = new Set<string>()
  for (const { name } of candidates) {
    if (seen.has(name)) throw cannot(`plugin "${name}" is there twice`, 'name one source of it')
    seen.add(name)
  }
}
