import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LIMITS, megabytes } from '../limits.ts'
import { fetchFailed, PackageError } from '../package-error.ts'
import { type Attested, type Provenance, verifyProvenance } from '../provenance/provenance.ts'
import { readTrustRoot, type TrustRoot } from '../provenance/trust-root.ts'
import { PackageTree } from './package-tree.ts'
import { type Source, sourceText } from './source.ts'

/** A package as it was fetched; nothing of it has been looked at. */
export interface Fetched {
  readonly bytes: Uint8Array
  /** What was fetched in the end, as a lock keeps it. */
  readonly resolved: string
  /** `sha512-…` of the bytes. Those of a folder are packed on the way and have none. */
  readonly integrity: string | undefined
  /** Who has built it, verified; a text says why what there is could not be. */
  readonly provenance?: Provenance | string
}

/** How sources are fetched. */
export interface FetchOptions {
  /** The URL of the registry for names; npm's own where it is undefined. */
  readonly registry: string | undefined
  /** A folder for what lies around meanwhile. */
  readonly scratch: string
  /** The folder of the lock. */
  readonly folder: string
  /** A file of whom provenance has to be signed by; else it is the public sigstore's. */
  readonly trustRoot?: string | undefined
  /** What has to come: from a lock. */
  readonly locked?: { readonly resolved: string; readonly integrity: string | undefined }
}

/**
 * Fetches a package as one archive, of `LIMITS.packed` at most. No script of it is run, and no
 * dependency fetched: a plugin brings what it needs.
 */
export function fetchPackage(source: Source, options: FetchOptions): Promise<Fetched> {
  const text = sourceText(source, options.folder)
  switch (source.kind) {
    case 'tarball':
      return Promise.resolve(readTarball(source.path, text))
    case 'folder':
      return packFolder(source.path, text, options)
    case 'git':
      return fromGit(source, text, options)
    case 'npm':
      return fromRegistry(source, text, options)
  }
}

function readTarball(path: string, text: string): Fetched {
  if (statSync(path).size > LIMITS.packed) throw tooLarge(text)
  const bytes = readFileSync(path)
  return { bytes, resolved: `file:${text}`, integrity: integrityOf(bytes) }
}

async function packFolder(path: string, text: string, options: FetchOptions): Promise<Fetched> {
  const bytes = await download(`file:${path}`, text, pacoteOptions(options))
  return { bytes, resolved: `file:${text}`, integrity: undefined }
}

async function fromGit(
  { path, ref }: Source & { kind: 'git' },
  text: string,
  options: FetchOptions,
): Promise<Fetched> {
  const spec = `git+${pathToFileURL(path).href}`
  const wanted = options.locked ? commitOf(options.locked.resolved) : ref
  const { resolve } = (await import('pacote')).default
  const settings = pacoteOptions(options)
  const exact = await reaching(text, () =>
    resolve(wanted === undefined ? spec : `${spec}#${wanted}`, settings),
  )
  const bytes = await download(exact, text, settings)
  const folder = relative(options.folder, path)
  return { bytes, resolved: `git+file:${folder}#${commitOf(exact)}`, integrity: undefined }
}

function commitOf(resolved: string): string | undefined {
  return resolved.split('#', 2)[1]
}

async function fromRegistry(
  { name, range }: Source & { kind: 'npm' },
  text: string,
  options: FetchOptions,
): Promise<Fetched> {
  const settings = pacoteOptions(options)
  const { locked } = options
  if (locked) return exactly(locked, text, settings)
  const { manifest } = (await import('pacote')).default
  const found = await reaching(text, () => manifest(`${name}@${range ?? ''}`, settings))
  const bytes = await download(`${name}@${found.version}`, text, {
    ...settings,
    resolved: found._resolved,
    ...(found._integrity === undefined ? {} : { integrity: found._integrity }),
  })
  const fetched = { bytes, resolved: found._resolved, integrity: integrityOf(bytes) }
  const url = found._attestations?.url
  if (typeof url !== 'string') return fetched
  const provenance = await provenanceOf({ name, version: found.version, bytes, url }, text, options)
  return provenance === undefined ? fetched : { ...fetched, provenance }
}

/** Throws where it does not hold. That nobody can tell is no reason: there need be none at all. */
async function provenanceOf(
  attested: Attested,
  text: string,
  { registry, scratch, trustRoot }: FetchOptions,
): Promise<Provenance | string | undefined> {
  let root: TrustRoot | undefined
  try {
    return await verifyProvenance(attested, registry, async () => {
      root = await readTrustRoot(trustRoot, join(scratch, 'trust'))
      return root
    })
  } catch (error) {
    const [fault = ''] = (error as Error).message.split('\n', 1)
    if (root === undefined) return fault
    const mend = 'what came is not what was built; do not install it before you know why'
    throw fetchFailed(text, `its provenance does not hold: ${fault}`, mend, error)
  }
}

/** What a lock names, wherever the registry of today would look for it. */
async function exactly(
  { resolved, integrity }: NonNullable<FetchOptions['locked']>,
  text: string,
  settings: ReturnType<typeof pacoteOptions>,
): Promise<Fetched> {
  if (!/^https?:\/\//.test(resolved) || integrity === undefined) {
    throw fetchFailed(
      text,
      `"${resolved}" in the lock is no archive of a registry`,
      'install it anew',
    )
  }
  const bytes = await download(resolved, text, { ...settings, integrity })
  return { bytes, resolved, integrity: integrityOf(bytes) }
}

/** The version a registry would give today. */
export async function newestVersion(
  { name, range }: Source & { kind: 'npm' },
  options: FetchOptions,
): Promise<string> {
  const { manifest } = (await import('pacote')).default
  const spec = `${name}@${range ?? ''}`
  const { version } = await reaching(spec, () => manifest(spec, pacoteOptions(options)))
  return version
}

async function download(spec: string, text: string, settings: object): Promise<Uint8Array> {
  const { tarball } = (await import('pacote')).default
  return reaching(text, () => tarball.stream(spec, (stream) => collect(stream, text), settings))
}

async function collect(stream: NodeJS.ReadableStream, text: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > LIMITS.packed) throw tooLarge(text)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function pacoteOptions({ registry, scratch }: FetchOptions) {
  return {
    ...(registry === undefined ? {} : { registry }),
    cache: scratch,
    ignoreScripts: true,
    Arborist: PackageTree,
    timeout: LIMITS.fetch,
    fetchRetries: 1,
    fetchRetryMintimeout: 500,
  }
}

function tooLarge(text: string): PackageError {
  const limit = megabytes(LIMITS.packed)
  return fetchFailed(text, `is larger than ${limit}`, 'ask its author for a smaller package')
}

/** Turns what libraries throw into a sentence. */
async function reaching<T>(text: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PackageError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const mend = MENDS[code ?? ''] ?? 'see that it can be reached, and try again'
    throw fetchFailed(text, (message.split('\n', 1)[0] ?? '').trim(), mend, error)
  }
}

const MENDS: Readonly<Record<string, string>> = {
  EINTEGRITY: 'what came is not what was published; do not install it before you know why',
  E404: 'see that the name is right, and the registry ("--registry")',
  ETARGET: 'ask for a version there is',
  ENOENT: 'see that there is a package.json',
}

/** `sha512-…`, as npm writes it. */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}
