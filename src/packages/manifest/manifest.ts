import type { OrderRules } from '../../kernel/plugin-record.ts'
import { fileRefused, type Problem } from '../package-error.ts'
import { Checker } from './checker.ts'
import { parseFile } from './json.ts'
import { checkOrder } from './order.ts'
import { LISTED, LISTED_TEXT, type Permissions, PLAIN, sortedPermissions } from './permissions.ts'

/** Where the code of a plugin may run. */
export const ISOLATIONS = ['native', 'sandbox', 'either'] as const
export type Isolation = (typeof ISOLATIONS)[number]

/** What the package.json of a plugin says. */
export interface Manifest {
  /** The package's: `rate-limit`, `@acme/rate-limit`. */
  readonly name: string
  readonly version: string
  readonly description: string | undefined
  /** The range of gateway versions it works with. */
  readonly engine: string
  readonly apiVersion: number
  /** Its source file; paths are relative to the package, with slashes. */
  readonly entry: string
  /** The description of its directives. */
  readonly schema: string
  readonly isolation: Isolation
  readonly permissions: Permissions
  readonly testData: string | undefined
  readonly order: OrderRules
}

/** The file a manifest stands in. */
export const MANIFEST = 'package.json'
/** The keyword by which registries find plugins. */
export const KEYWORD = 'gateway-plugin'

/** As npm has them, without its legacy: lower case, a scope or none. */
export const NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/
/** SemVer 2.0.0, section 9 and 10, with what stands behind a plus. */
export const VERSION =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/
/** Relative, with slashes, and without a part that leads upwards or is empty. */
const PATH = /^(?:\.\/)?(?!\.{1,2}(?:\/|$))[^/\\\0]+(?:\/(?!\.{1,2}(?:\/|$))[^/\\\0]+)*$/

const FIELDS = [
  'apiVersion',
  'entry',
  'schema',
  'isolation',
  'permissions',
  'testData',
  'order',
] as const

/**
 * Reads the manifest of a plugin, of which nothing is run. Throws `PackageError` with every field
 * that is wrong. `source` names the plugin as long as its own name is not known.
 */
export function readManifest(text: string, source: string): Manifest {
  const problems: Problem[] = []
  const json = parseFile(text, source, MANIFEST, 'correct it')
  const root = new Checker(json, '', problems)
  const name = root.text('name', NAME, 'write the package\'s name: "name": "my-plugin"')
  const version = root.text('version', VERSION, 'write a version of three numbers: "1.0.0"')
  const description = root.has('description') ? root.anyText('description') : undefined
  checkKeywords(root)
  const engine = root
    .inner('engines', 'write "engines": { "gateway": ">=0.1.0" }')
    .range('gateway', 'say which gateways it works with, as a range: ">=0.1.0"')
  const gateway = root.inner(
    'gateway',
    'write "gateway": { "apiVersion": 1, "entry": "plugin.ts" … }',
  )
  gateway.onlyKnown(FIELDS)
  const manifest: Manifest = {
    name,
    version,
    description,
    engine,
    apiVersion: gateway.wholeNumber('apiVersion', 'write the version of the plugin API it uses: 1'),
    entry: filePath(gateway, 'entry', 'name the file that exports the plugin: "plugin.ts"'),
    schema: filePath(
      gateway,
      'schema',
      'name the file that "gateway plugin describe" has written: "schema.json"',
    ),
    isolation: gateway.oneOf('isolation', ISOLATIONS, 'native'),
    permissions: readPermissions(gateway),
    testData: gateway.has('testData')
      ? filePath(gateway, 'testData', 'name the file with test cases: "test-data.json"')
      : undefined,
    order: gateway.has('order') ? checkOrder(gateway.inner('order', 'leave it out')) : {},
  }
  if (problems.length > 0) throw fileRefused(name || source, MANIFEST, problems)
  return Object.freeze(manifest)
}

function checkKeywords(root: Checker): void {
  if (root.list('keywords').includes(KEYWORD)) return
  root.problem('keywords', `lacks "${KEYWORD}"`, `write "keywords": ["${KEYWORD}"]`)
}

function filePath(checker: Checker, field: string, mend: string): string {
  return checker.text(field, PATH, `${mend}, inside of the package`).replace(/^\.\//, '')
}

/** Reads `permissions` of a manifest or a lock. */
export function readPermissions(gateway: Checker): Permissions {
  if (!gateway.has('permissions')) return {}
  const checker = gateway.inner('permissions', 'write an object, or leave it out')
  checker.onlyKnown([...LISTED, ...PLAIN])
  const listed = LISTED.filter((name) => checker.has(name)).map((name) => {
    return [name, checker.list(name, LISTED_TEXT)] as const
  })
  const plain = PLAIN.filter((name) => checker.has(name)).map((name) => {
    return [name, checker.flag(name)] as const
  })
  return sortedPermissions(Object.fromEntries<readonly string[] | boolean>([...listed, ...plain]))
}
