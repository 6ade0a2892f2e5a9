import { type Registry, readFromRegistry } from '../archive/registry-json.ts'
import { LIMITS } from '../limits.ts'
import { cannot } from '../package-error.ts'
import { SEVERITIES, type Severity } from './finding.ts'

/** A known vulnerability of versions of a package. */
export interface Advisory {
  /** A package that was asked for. */
  readonly name: string
  /** The versions that were asked for and have it. */
  readonly versions: readonly string[]
  readonly title: string
  readonly severity: Severity
  /** Where it is described; undefined where the registry says none. */
  readonly url: string | undefined
  /** A range. */
  readonly vulnerable: string
}

/** Versions by the names of packages. */
export type Asked = ReadonlyMap<string, ReadonlySet<string>>

const BULK = '/-/npm/v1/security/advisories/bulk'
const LONGEST = 300

/** Asks a registry what is known of packages (npm's bulk endpoint). Throws `PackageError`. */
export async function advisoriesOf(asked: Asked, registry: Registry): Promise<readonly Advisory[]> {
  if (asked.size === 0) return []
  const answer = await post(asked, registry)
  const { default: satisfies } = await import('semver/functions/satisfies.js')
  return [...asked].flatMap(([name, versions]) => {
    const list = Object.hasOwn(answer, name) ? answer[name] : []
    if (!Array.isArray(list)) return []
    return list.slice(0, LIMITS.advisories).flatMap((each: unknown) => {
      const read = readAdvisory(Object(each) as Readonly<Record<string, unknown>>)
      const hit = [...versions].filter((version) => satisfies(version, read.vulnerable))
      return hit.length > 0 ? [{ name, versions: hit, ...read }] : []
    })
  })
}

async function post(asked: Asked, registry: Registry): Promise<Readonly<Record<string, unknown>>> {
  const body = Object.fromEntries([...asked].map(([name, versions]) => [name, [...versions]]))
  try {
    return Object(await readFromRegistry(BULK, registry, body))
  } catch (error) {
    const [text = ''] = (error as Error).message.split('\n', 1)
    const mend = 'see that the registry can be reached ("--registry"), or audit with "--offline"'
    throw cannot(`advisories of ${registry ?? "npm's registry"} cannot be fetched: ${text}`, mend)
  }
}

/** What a registry says may be anything. */
function readAdvisory(
  json: Readonly<Record<string, unknown>>,
): Pick<Advisory, 'title' | 'severity' | 'url' | 'vulnerable'> {
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, LONGEST) : undefined)
  return {
    title: text(json.title) ?? 'an advisory without a title',
    // One whose severity is not known is not taken lightly.
    severity: SEVERITIES.find((each) => each === json.severity) ?? 'high',
    url: text(json.url),
    vulnerable: text(json.vulnerable_versions) ?? '*',
  }
}
