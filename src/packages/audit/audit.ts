import { PackageError } from '../package-error.ts'
import type { Lock, Locked } from '../store/lock.ts'
import { STORE, type Store } from '../store/store.ts'
import { type Advisory, advisoriesOf } from './advisories.ts'
import type { Content } from './contents.ts'
import { type Fault, type Finding, sorted } from './finding.ts'
import { auditLocally } from './local-audit.ts'

/** What an audit has found, and looked at. */
export interface Audit {
  /** The worst first. */
  readonly findings: readonly Finding[]
  /** The packages that were looked at, and in which plugin they are. */
  readonly packages: readonly (Content & { readonly plugin: string })[]
  /** Why a registry has not told what is known of them. */
  readonly unasked: readonly string[]
}

/** What is audited, and who is asked. */
export interface AuditOrder {
  readonly plugins: readonly (readonly [name: string, locked: Locked])[]
  /** All that is installed. */
  readonly lock: Lock
  readonly store: Store
  /** The registry for all of them; else each plugin's own is asked, or npm's. */
  readonly registry: string | undefined
  /** `offline` asks nobody. */
  readonly ask: 'registries' | 'offline'
}

/** Looks at installed plugins and the packages in them. Runs and changes nothing. */
export async function audit({ ask, lock, plugins, registry, store }: AuditOrder): Promise<Audit> {
  const findings: Finding[] = []
  const packages: (Content & { readonly plugin: string })[] = []
  const note = (plugin: string, { version }: Locked, faults: readonly Fault[]) => {
    findings.push(...faults.map((fault) => ({ plugin, version, ...fault })))
  }
  for (const [plugin, locked] of plugins) {
    const { contents, faults } = await auditLocally(plugin, locked, store)
    packages.push(...contents.map((each) => ({ plugin, ...each })))
    note(plugin, locked, faults)
  }
  for (const folder of store.unused(lock)) findings.push(unlocked(folder))
  const unasked: string[] = []
  for (const [from, owners] of byRegistry(ask === 'offline' ? [] : plugins, registry)) {
    try {
      const asked = packages.filter(({ plugin }) => owners.has(plugin))
      const known = await advisoriesOf(versionsIn(asked), from === '' ? undefined : from)
      for (const [plugin, locked] of owners) note(plugin, locked, advised(plugin, asked, known))
    } catch (error) {
      if (!(error instanceof PackageError)) throw error
      unasked.push(...error.reasons)
    }
  }
  return { findings: sorted(findings), packages, unasked }
}

const FROM_REGISTRY = /^(https?:\/\/.+?)\/(?:@[^/]+\/)?[^/]+\/-\//

/** A plugin's packages are named to the registry it is from: others need not know of them. */
function byRegistry(plugins: AuditOrder['plugins'], registry: string | undefined) {
  const groups = new Map<string, Map<string, Locked>>()
  for (const [name, locked] of plugins) {
    const from = registry ?? FROM_REGISTRY.exec(locked.resolved)?.[1] ?? ''
    const group = groups.get(from) ?? new Map<string, Locked>()
    groups.set(from, group.set(name, locked))
  }
  return groups
}

function versionsIn(packages: readonly Content[]): ReadonlyMap<string, ReadonlySet<string>> {
  const asked = new Map<string, Set<string>>()
  for (const { name, version } of packages) {
    asked.set(name, (asked.get(name) ?? new Set()).add(version))
  }
  return asked
}

function advised(
  plugin: string,
  packages: Audit['packages'],
  known: readonly Advisory[],
): readonly Fault[] {
  return packages
    .filter((each) => each.plugin === plugin)
    .flatMap(({ name, version }) => {
      const hits = known.filter((each) => each.name === name && each.versions.includes(version))
      return hits.map(({ severity, title, url, vulnerable }): Fault => {
        const where = url === undefined ? '' : ` (${url})`
        const mend = `"gateway plugin update ${plugin}", or ask its author for one with another version`
        const fault = `${title}${where}; versions ${vulnerable}`
        return { kind: 'advisory', severity, about: `${name}@${version}`, fault, mend }
      })
    })
}

function unlocked(folder: string): Finding {
  const [, plugin = folder, version = ''] = /^(.+)@(.+)-[0-9a-f]+$/.exec(folder) ?? []
  return {
    plugin: plugin.replace('+', '/'),
    version,
    kind: 'files',
    severity: 'info',
    about: `${STORE}/${folder}`,
    fault: 'is no plugin of gateway.lock',
    mend: '"gateway plugin prune" deletes it',
  }
}
