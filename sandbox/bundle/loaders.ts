import { extname } from 'node:path'
import type { Refusal } from './diagnostic.ts'

/** How esbuild reads a file. */
export type Loader = 'ts' | 'tsx' | 'js' | 'jsx' | 'json' | 'text'

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.json': 'json',
  '.txt': 'text',
  '.html': 'text',
  '.md': 'text',
  '.css': 'text',
  '.svg': 'text',
}

const REASONS: Readonly<Record<string, string>> = {
  '.node': 'native addons do not run in the sandbox: use a build of the package in JavaScript',
  '.wasm': 'the engine has no WebAssembly: use a build of the package in JavaScript',
  '.bin': 'binary files cannot be bundled: write it as base64 into a .txt file, and use atob()',
}

const KNOWN = 'TypeScript, JavaScript, .json, .txt, .html, .md, .css and .svg can be imported'

/** How a file is read, by its name and the `type` its import asks for; or why it is not. */
export function loaderOf(path: string, type: string | undefined): Loader | Refusal {
  const extension = extname(path).toLowerCase()
  const loader = LOADERS[extension]
  const what = extension === '' ? 'a file without an extension' : `a ${extension} file`
  if (!loader) return refuse(`${what} cannot be imported`, REASONS[extension] ?? KNOWN)
  if (type === undefined) return loader
  if (type === 'text') return 'text'
  if (type === 'json' && loader === 'json') return loader
  return refuse(`${what} cannot be imported with type "${type}"`, KNOWN)
}

/** Whether a file can be a script. */
export function isProgram(path: string): boolean {
  const loader = loaderOf(path, undefined)
  return loader === 'ts' || loader === 'tsx' || loader === 'js' || loader === 'jsx'
}

function refuse(text: string, hint: string): Refusal {
  return { code: 'import-type', text, hint }
}
