import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { hashFiles, type PackageFiles, readArchive } from '../archive/archive.ts'
import type { Fetched } from '../archive/fetch.ts'
import { BUNDLE_FILE, bundlePackage, PACKAGE_FOLDER } from '../bundle/bundle.ts'
import { undeclaredUses } from '../bundle/uses.ts'
import { checkGateway, fitting } from '../installed.ts'
import { LIMITS } from '../limits.ts'
import { type Description, readDescription } from '../manifest/description.ts'
import { MANIFEST, type Manifest, readManifest } from '../manifest/manifest.ts'
import { fileRefused, undeclared } from '../package-error.ts'
import type { Locked } from '../store/lock.ts'
import { packagePath, writeFiles, writeSynced } from '../store/store.ts'
import { readTestData } from '../trial/test-data.ts'
import type { Tried } from '../trial/trial.ts'

/** A plugin that has been looked at and bundled, and is not installed. None of its code has run. */
export interface Candidate extends Tried {
  readonly manifest: Manifest
  readonly locked: Locked
  /** As it was found when it was fetched. */
  readonly provenance: Fetched['provenance']
}

/**
 * Checks a fetched package, in the order of what it costs, and bundles it in `home`, a new folder.
 * `source` is what the lock is to keep; it names the plugin while its own name is not known.
 */
export async function makeCandidate(
  { bytes, resolved, integrity, provenance }: Fetched,
  source: string,
  home: string,
): Promise<Candidate> {
  const files = readArchive(bytes, source)
  const manifest = readManifest(textOf(files, MANIFEST, LIMITS.manifest, source), source)
  const { name, version, entry, schema, testData, permissions, isolation } = manifest
  checkGateway(name, manifest, MANIFEST, await fitting())
  if (!files.has(entry)) throw absent(name, 'gateway.entry', entry)
  const text = (field: string, path: string, limit: number): string => {
    if (!files.has(path)) throw absent(name, field, path)
    return textOf(files, path, limit, name)
  }
  const described = text('gateway.schema', schema, LIMITS.description)
  const description = readDescription(described, name, schema)
  const tests =
    testData === undefined
      ? []
      : readTestData(text('gateway.testData', testData, LIMITS.testData), name, testData)
  mkdirSync(packagePath(home), { recursive: true })
  writeFiles(files, packagePath(home))
  const bundle = await bundlePackage(home, entry, name)
  const missing = undeclaredUses(bundle.uses, permissions, bundle.places)
  if (missing.length > 0) throw undeclared(name, missing)
  writeSynced(join(home, BUNDLE_FILE), bundle.code)
  const locked: Locked = {
    version,
    source,
    resolved,
    ...(integrity === undefined ? {} : { integrity }),
    ...(typeof provenance === 'object' ? { provenance } : {}),
    files: hashFiles(files),
    bundle: bundle.hash,
    bundler: bundle.bundler,
    plugin: description.plugin,
    ...wordsOf(description),
    engine: manifest.engine,
    apiVersion: manifest.apiVersion,
    isolation,
    order: manifest.order,
    permissions,
  }
  return {
    name,
    home,
    description,
    entry: shown(entry),
    schema: shown(schema),
    tests,
    isolation,
    manifest,
    locked,
    provenance,
  }
}

function wordsOf({ always, directives, variables }: Description): Pick<Locked, 'words'> {
  const words = [...Object.keys(directives), ...Object.keys(variables)]
  // The lock reads lists of so many: whoever has more is loaded.
  return always || words.length > MOST_WORDS ? {} : { words }
}

const MOST_WORDS = 200

function shown(path: string): string {
  return `${PACKAGE_FOLDER}/${path}`
}

function textOf(files: PackageFiles, path: string, limit: number, plugin: string): string {
  const bytes = files.get(path)
  if (!bytes) {
    const mend = `a plugin is a package with a ${path} that says so`
    throw fileRefused(plugin, path, [{ field: '', fault: 'is not in the package', mend }])
  }
  if (bytes.length > limit) {
    const fault = `is larger than ${limit} bytes`
    throw fileRefused(plugin, path, [{ field: '', fault, mend: 'make it smaller' }])
  }
  return new TextDecoder().decode(bytes)
}

function absent(name: string, field: string, path: string): Error {
  const mend = 'correct the path, or see that "files" of package.json holds it'
  return fileRefused(name, MANIFEST, [{ field, fault: `"${path}" is not in the package`, mend }])
}
