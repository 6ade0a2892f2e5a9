import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import * as ops from '../border/ops.ts'
import type { PartName } from './part-names.ts'

/**
 * The web API, `parts` included, as scripts to be evaluated in this order: they take the global
 * `host`, and leave `enter`, `settle` and `load`. Scripts with the same parts share a base.
 *
 * Each module is a script: what the compiler needs for a moment has the size of the largest module
 * then, not of all, and it is part of the image for good.
 */
export async function bootstrap(parts: readonly PartName[] = []): Promise<readonly string[]> {
  const included = await Promise.all(
    parts.map(async (name) => addPart(name, await partSource(name))),
  )
  const modules = [...(await compiled()).values()]
  return [`${MODULES}={__proto__:null}`, ...modules, ...included, `delete ${MODULES}`]
}

/** The source of one part, for `Op.part`: an expression that is a function which makes it. */
export async function partSource(name: PartName): Promise<string> {
  const modules = await compiled()
  const text = await compile(`part-${name}.ts`, (file) => modules.has(file))
  const body = imported(text).replace(EXPORT, (_, names) => `return{${renamed(names, 'swapped')}}`)
  return `(function(gatewayHost,gatewayModules){"use strict";${body}})`
}

/** Where modules find each other; it is gone before any script runs. */
const MODULES = 'globalThis.gatewayModules'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

let modules: Promise<Map<string, string>> | undefined

function compiled(): Promise<Map<string, string>> {
  modules ??= compileFrom('main.ts', new Map())
  return modules
}

/** A module and all it imports, each after those it needs. */
async function compileFrom(file: string, found: Map<string, string>): Promise<Map<string, string>> {
  const text = await compile(file, () => true)
  for (const [, from] of text.matchAll(IMPORT)) {
    if (!found.has(from as string)) await compileFrom(from as string, found)
  }
  return found.set(file, linked(file, text))
}

const IMPORT = /import(?:\{[^}]*\}from)?"([^"]+)";/g
const NAMED_IMPORT = /import\{([^}]*)\}from"([^"]+)";/g
const EXPORT = /export\{([^}]*)\};?$/

/** Imports and exports, as esbuild writes them, to places in a table that all modules share. */
function linked(file: string, text: string): string {
  const body = imported(text).replace(EXPORT, (_, names) => {
    return `gatewayModules["${file}"]={${renamed(names, 'swapped')}};`
  })
  return `(function(gatewayHost,gatewayModules){"use strict";${body}})(host,${MODULES})`
}

function imported(text: string): string {
  return text
    .replace(
      NAMED_IMPORT,
      (_, names, from) => `const{${renamed(names)}}=gatewayModules["${from}"];`,
    )
    .replace(IMPORT, '')
}

/** `a as b` to `a:b`, or to `b:a`. */
function renamed(names: string, order: 'same' | 'swapped' = 'same'): string {
  return names
    .split(',')
    .map((each) => {
      const [from, to = from] = each.split(' as ')
      return order === 'same' ? `${from}:${to}` : `${to}:${from}`
    })
    .join()
}

function addPart(name: PartName, source: string): string {
  return `${MODULES}["parts.ts"].addPart(${JSON.stringify(name)},${source})`
}

async function compile(file: string, isApart: (file: string) => boolean): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, file)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    legalComments: 'none',
    plugins: [inlineOps, separately(isApart)],
  })
  return outputFiles[0]?.text.trim() ?? ''
}

/** The guest's modules stay apart; what they import from the border becomes part of each. */
function separately(isApart: (file: string) => boolean): Plugin {
  return {
    name: 'separate-modules',
    setup(plugins) {
      plugins.onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ path, kind }) => {
        const file = basename(path)
        return kind === 'entry-point' || !isApart(file) ? undefined : { path: file, external: true }
      })
    },
  }
}

/** Numbers of ops stand in the bundle as numbers: esbuild inlines enums, and no other constants. */
const inlineOps: Plugin = {
  name: 'inline-ops',
  setup(plugins) {
    plugins.onLoad({ filter: /border[\\/]ops\.ts$/ }, () => ({
      contents: Object.entries(ops).map(enumOf).join('\n'),
      loader: 'ts',
    }))
  },
}

function enumOf([name, value]: [string, number | Readonly<Record<string, number>>]): string {
  if (typeof value === 'number') return `export const ${name} = ${value}`
  const members = Object.entries(value).map(([member, number]) => `${member} = ${number}`)
  return `export const enum ${name} { ${members.join()} }`
}
