import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import * as ops from '../border/ops.ts'
import { bootstrapOf } from './bootstrap.ts'
import type { PartName } from './part-names.ts'

/** The web API, `parts` included, as an engine evaluates it; see {@link bootstrapOf}. */
export async function bootstrap(parts: readonly PartName[] = []): Promise<readonly string[]> {
  const sources = parts.map(async (name) => [name, await partSource(name)] as const)
  const modules = await moduleSources()
  return bootstrapOf({ modules, parts: Object.fromEntries(await Promise.all(sources)) }, parts)
}

/** The modules that are in every image, each an expression that is a function which makes it. */
export async function moduleSources(): Promise<readonly string[]> {
  return [...(await compiled()).values()]
}

/** The source of one part, for `Op.part`: an expression that is a function which makes it. */
export async function partSource(name: PartName): Promise<string> {
  const modules = await compiled()
  const text = await compile(`part-${name}.ts`, (file) => modules.has(file))
  const body = imported(text).replace(EXPORT, (_, names) => `return{${renamed(names, 'swapped')}}`)
  return making(body)
}

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
  return making(body)
}

/** A function of the host and of the table in which modules find each other. */
function making(body: string): string {
  return `(function(gatewayHost,gatewayModules){"use strict";${body}})`
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
