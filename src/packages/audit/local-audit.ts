import { relative } from 'node:path'
import { type Bundle, bundlePackage } from '../bundle/bundle.ts'
import { neededBy, undeclaredUses } from '../bundle/uses.ts'
import { readInstalled } from '../change/verify.ts'
import { checkGateway, fitting } from '../installed.ts'
import { LISTED, type Permissions } from '../manifest/permissions.ts'
import { PackageError } from '../package-error.ts'
import { LOCK_FILE, type Locked } from '../store/lock.ts'
import { faultOfHome, packagePath, readFiles, type Store } from '../store/store.ts'
import { type Content, contentsOf } from './contents.ts'
import type { Fault } from './finding.ts'

/** What the files of an installed plugin and the lock tell; nobody else is asked. */
export interface LocalAudit {
  readonly contents: readonly Content[]
  readonly faults: readonly Fault[]
}

/** Looks at an installed plugin. Nothing of it is run, and nothing changed. */
export async function auditLocally(
  name: string,
  locked: Locked,
  store: Store,
): Promise<LocalAudit> {
  const home = store.home(name, locked)
  const fault = faultOfHome(home, locked)
  if (fault) {
    const about = relative(store.folder, fault.file)
    const mend = '"gateway plugin install" without more words restores it'
    const changed: Fault = { kind: 'files', severity: 'critical', about, fault: fault.fault, mend }
    return { contents: [], faults: [changed] }
  }
  const contents = contentsOf(readFiles(packagePath(home)))
  const faults = [
    ...contents.flatMap(licenceFault),
    ...(await apiFaults(name, locked)),
    ...provenanceFaults(locked),
    ...(await permissionFaults(name, locked, store)),
  ]
  return { contents, faults }
}

function licenceFault({ licence, name, version }: Content): Fault[] {
  if (licence !== undefined && !/^(?:UNLICENSED|SEE LICENSE)/i.test(licence)) return []
  const fault = licence === undefined ? 'says no licence' : `is not free to use ("${licence}")`
  const mend = 'ask its author what you may do with it'
  return [{ kind: 'licence', severity: 'low', about: `${name}@${version}`, fault, mend }]
}

async function apiFaults(name: string, locked: Locked): Promise<Fault[]> {
  try {
    checkGateway(name, locked, LOCK_FILE, await fitting())
    return []
  } catch (error) {
    if (!(error instanceof PackageError)) throw error
    const fault = error.reasons.join('; ')
    const mend = `"gateway plugin update ${name}"`
    return [{ kind: 'api', severity: 'high', about: 'gateway.apiVersion', fault, mend }]
  }
}

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/)/

/** Whether somebody else could tell what was installed, and get the same again. */
function provenanceFaults({ integrity, resolved }: Locked): Fault[] {
  const about = resolved
  if (resolved.startsWith('http:') && !LOOPBACK.test(resolved)) {
    const fault = 'was fetched without TLS'
    const mend = 'install it from a registry by https'
    return [{ kind: 'provenance', severity: 'moderate', about, fault, mend }]
  }
  if (integrity !== undefined) return []
  const fault = 'is no archive, and has no integrity: the hash of its files is all that is pinned'
  const mend = 'install a release of it, by name or as an archive ("gateway plugin pack")'
  return [{ kind: 'provenance', severity: 'low', about, fault, mend }]
}

async function permissionFaults(name: string, locked: Locked, store: Store): Promise<Fault[]> {
  const { permissions } = locked
  const { manifest } = readInstalled(name, locked, store)
  const { places, uses } = await bundlePackage(store.home(name, locked), manifest.entry, name)
  const lacking = undeclaredUses(uses, permissions, places).map((fault): Fault => {
    const mend = `"gateway plugin update ${name}" asks for what it needs`
    return { kind: 'permission', severity: 'high', about: 'permissions', fault, mend }
  })
  return [...lacking, ...unusedPermissions(uses, permissions), ...wide(permissions)]
}

/** Granted, and nothing in the code that would need it. */
function unusedPermissions(uses: Bundle['uses'], permissions: Permissions): Fault[] {
  const needed = new Set(uses.map(neededBy))
  const scanned = ['net', 'fs', 'env', 'native'] as const
  return scanned
    .filter((each) => permissions[each] && !needed.has(each))
    .map((about) => {
      const fault = 'is granted, and nothing in its code needs it'
      const mend = 'ask its author to leave it out'
      return { kind: 'permission', severity: 'low', about, fault, mend }
    })
}

function wide(permissions: Permissions): Fault[] {
  const all: string[] = LISTED.filter((name) => permissions[name]?.includes('*'))
  if (permissions.native) all.push('native')
  return all.map((about) => {
    const fault = about === 'native' ? 'may do all that the gateway can' : 'is granted as a whole'
    const mend = 'have it run by "isolation: sandbox" where it can'
    return { kind: 'permission', severity: 'info', about, fault, mend }
  })
}
