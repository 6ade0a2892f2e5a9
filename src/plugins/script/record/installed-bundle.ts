import { alternativeTo } from '../../../../sandbox/bundle/alternatives.ts'
import { BundleMap, type Position } from '../../../../sandbox/bundle/source-map.ts'
import { ABSENT } from './portable.ts'
import { notAPlugin } from './record-error.ts'

/** The bundle of an installed plugin, as the sandbox evaluates it. */
export interface InstalledScript {
  /** Its value is the module. Lines are those of the bundle. */
  readonly source: string
  /** The bundle's own source map, JSON. */
  readonly map: string
}

/** As esbuild ends a module: what it exports, and its map. */
const EXPORTS = /\nexport \{\n([^}]*)\n\};\s*$/
const DEFAULT = /^\s*([\w$]+) as default,?$/m
const MAP = /\n\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/

/**
 * Makes a script of an installed bundle without a change to its code: of a module that needs nothing
 * of Node, only its last statement is no script. Throws with each place that needs what the sandbox
 * has not.
 */
export function installedScript(bundle: string): InstalledScript {
  const map = new BundleMap(mapIn(bundle))
  const module = bundle.replace(MAP, '')
  const lacks = lacking(module, map)
  if (lacks.length > 0) throw notAPlugin(lacks.join('\n'))
  const [whole = '', list = ''] = EXPORTS.exec(module) ?? []
  const name = DEFAULT.exec(list)?.[1]
  if (name === undefined) {
    throw notAPlugin('has no default export; a plugin ends in "export default definePlugin({ … })"')
  }
  const code = module.slice(0, module.length - whole.length)
  return {
    source: `(()=>{"use strict";${code}\nreturn {default:${name}}})()`,
    map: map.json,
  }
}

function mapIn(bundle: string): string {
  const [, encoded] = MAP.exec(bundle) ?? []
  if (encoded === undefined) throw notAPlugin('is no bundle of this gateway: install it again')
  return Buffer.from(encoded, 'base64').toString()
}

/** What a bundle says where it needs something: a pattern whose group names it, and why it is absent. */
interface Lack {
  readonly pattern: RegExp
  why(found: string): string | undefined
}

const NO_MODULE = (name: string): string => {
  const plain = name.replace(/^node:/, '')
  return `${name} is not there: ${alternativeTo(plain)}`
}

const LACKS: readonly Lack[] = [
  { pattern: /^import (?:[\w$*{},\s]+? from )?"([^"\n]+)";$/gm, why: NO_MODULE },
  { pattern: /\bimport\("([^"\n]+)"\)/g, why: NO_MODULE },
  { pattern: /\b__require\d*\("([^"\n]+)"\)/g, why: NO_MODULE },
  {
    pattern: /^(?!import ).*\b__plugin(Url|File|Folder)\b/gm,
    why: () => 'import.meta tells of no file: there is no file system in the sandbox',
  },
]

/** A sentence with its place for each. */
function lacking(module: string, map: BundleMap): string[] {
  const all = [...LACKS, ...absentNames(module)]
  return all.flatMap(({ pattern, why }) => {
    return [...module.matchAll(pattern)].flatMap((match) => {
      const text = why(match[1] ?? '')
      return text === undefined ? [] : [`${placeOf(module, match.index, map)}: ${text}`]
    })
  })
}

/** Names of `gateway/plugin` that the sandbox has not, wherever the bundle uses its import of it. */
function absentNames(module: string): readonly Lack[] {
  const made = /var ([\w$]+) = __commonJS\(\{\s*"gateway:gateway\/plugin"\(/.exec(module)?.[1]
  if (made === undefined) return []
  const imports = new RegExp(`\\b([\\w$]+) = __toESM\\(${escaped(made)}\\(\\)`, 'g')
  return [...module.matchAll(imports)].map(([, name = '']) => ({
    pattern: new RegExp(`\\b${escaped(name)}\\.([\\w$]+)`, 'g'),
    why: (found) => {
      if (!Object.hasOwn(ABSENT, found)) return undefined
      return `"${found}" of gateway/plugin is not there in the sandbox: ${ABSENT[found]}`
    },
  }))
}

function escaped(name: string): string {
  return name.replaceAll('$', '\\$')
}

function placeOf(module: string, index: number, map: BundleMap): string {
  const before = module.slice(0, index)
  const line = before.split('\n').length
  const column = index - before.lastIndexOf('\n')
  return shownPlace(map.positionOf(line, column) ?? { file: 'plugin.mjs', line, column })
}

function shownPlace({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}
