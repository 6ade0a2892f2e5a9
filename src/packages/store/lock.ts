import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../../base/system-error.ts'
import type { OrderRules } from '../../kernel/plugin-record.ts'
import { LIMITS } from '../limits.ts'
import { Checker } from '../manifest/checker.ts'
import { PLUGIN } from '../manifest/description.ts'
import { ISOLATIONS, type Isolation, NAME, readPermissions, VERSION } from '../manifest/manifest.ts'
import { checkOrder } from '../manifest/order.ts'
import type { Permissions } from '../manifest/permissions.ts'
import { lockBroken, type Problem } from '../package-error.ts'
import type { Provenance } from '../provenance/provenance.ts'

/** An installed plugin: what was fetched, what was made of it, and what it was granted. */
export interface Locked {
  readonly version: string
  /** As whoever installed it has written; `update` asks it again. */
  readonly source: string
  /** What was fetched. */
  readonly resolved: string
  /** `sha512-…` of the archive; folders and git have none. */
  readonly integrity?: string
  /** Who has built it, where that was signed: verified when it was installed. */
  readonly provenance?: Provenance
  /** `sha256-…` of the package's files. */
  readonly files: string
  /** `sha256-…` of the bundle that is run. */
  readonly bundle: string
  /** What made the bundle. */
  readonly bundler: string
  /** The plugin's own name. */
  readonly plugin: string
  /** Its directives and variables: where none is written, it is not loaded. Undefined: it always is. */
  readonly words?: readonly string[]
  /** The range of gateway versions it works with. */
  readonly engine: string
  readonly apiVersion: number
  readonly isolation: Isolation
  readonly order: OrderRules
  /** What the operator has granted. */
  readonly permissions: Permissions
}

/** The installed plugins by the names of their packages, in the order of these. */
export type Lock = ReadonlyMap<string, Locked>

/** The file beside the configuration. */
export const LOCK_FILE = 'gateway.lock'
/** The form of the file; a gateway reads no other. */
const FORMAT = 1
const HASH = /^sha(?:256|512)-[A-Za-z0-9+/]+=*$/
const ANY = /^[^\0]+$/

/** Reads the lock of a configuration's folder; where there is none, nothing is installed. */
export function readLock(folder: string): Lock {
  const file = join(folder, LOCK_FILE)
  const text = readWhole(file)
  if (text === undefined) return new Map()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw lockBroken(file, `is not JSON (${(error as Error).message})`)
  }
  const problems: Problem[] = []
  const root = new Checker(json, '', problems)
  if (root.wholeNumber('lockVersion', '') !== FORMAT) {
    throw lockBroken(file, `"lockVersion" is not ${FORMAT}: another gateway has written it`)
  }
  const plugins = root.inner('plugins', '')
  const entries = plugins.fields.map((name) => {
    if (!NAME.test(name)) throw lockBroken(file, `"${name}" is no name of a package`)
    return [name, readLocked(plugins.inner(name, ''))] as const
  })
  const [problem] = problems
  if (problem) throw lockBroken(file, `"${problem.field}" ${problem.fault}`)
  return new Map(entries)
}

/** The text of a lock: one line for each fact, in an order that does not depend on anything. */
export function lockText(lock: Lock): string {
  const names = [...lock.keys()].sort()
  const plugins = Object.fromEntries(names.map((name) => [name, inOrder(lock.get(name) as Locked)]))
  return `${JSON.stringify({ lockVersion: FORMAT, plugins }, undefined, 2)}\n`
}

const FIELDS = [
  'version',
  'source',
  'resolved',
  'integrity',
  'provenance',
  'files',
  'bundle',
  'bundler',
  'plugin',
  'words',
  'engine',
  'apiVersion',
  'isolation',
  'order',
  'permissions',
] as const satisfies readonly (keyof Locked)[]

function inOrder(locked: Locked): object {
  return Object.fromEntries(FIELDS.map((field) => [field, locked[field]]))
}

function readWhole(file: string): string | undefined {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw lockBroken(file, (error as Error).message)
  }
  try {
    if (fstatSync(fd).size > LIMITS.lock) throw lockBroken(file, 'is too large')
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

function readLocked(checker: Checker): Locked {
  const integrity = checker.has('integrity')
    ? { integrity: checker.text('integrity', HASH, '') }
    : undefined
  const provenance = checker.has('provenance')
    ? { provenance: readProvenance(checker.inner('provenance', '')) }
    : undefined
  const words = checker.has('words') ? { words: checker.list('words') } : undefined
  return {
    version: checker.text('version', VERSION, ''),
    source: checker.text('source', ANY, ''),
    resolved: checker.text('resolved', ANY, ''),
    ...integrity,
    ...provenance,
    files: checker.text('files', HASH, ''),
    bundle: checker.text('bundle', HASH, ''),
    bundler: checker.text('bundler', ANY, ''),
    plugin: checker.text('plugin', PLUGIN, ''),
    ...words,
    engine: checker.range('engine', ''),
    apiVersion: checker.wholeNumber('apiVersion', ''),
    isolation: checker.oneOf('isolation', ISOLATIONS, 'native'),
    order: checkOrder(checker.inner('order', '')),
    permissions: readPermissions(checker),
  }
}

function readProvenance(checker: Checker): Provenance {
  const maybe = (field: string) => (checker.has(field) ? checker.text(field, ANY, '') : undefined)
  return {
    signer: checker.text('signer', ANY, ''),
    issuer: checker.anyText('issuer'),
    repository: maybe('repository'),
    commit: maybe('commit'),
  }
}
