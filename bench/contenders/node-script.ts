import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Contender, ContenderName } from './contender.ts'
import { benchRequire, installPackage } from './packages.ts'
import { handlerOf } from './scripted.ts'

/** A sandbox people use in Node, behind a plain server; `specifier` where it must be installed. */
export function nodeScript(name: ContenderName, file: string, specifier?: string): Contender {
  const server = fileURLToPath(new URL(`./node/${file}`, import.meta.url))
  return {
    name,
    missing: () => (specifier === undefined ? undefined : installPackage(name, specifier)),
    launch: (work, port) => {
      if (work.kind !== 'script') throw new Error(`${name} only runs scripts`)
      const library = specifier === undefined ? name : benchRequire.resolve(name)
      const entry = specifier === undefined ? library : pathToFileURL(library).href
      return {
        command: process.execPath,
        args: ['--no-node-snapshot', server, String(port), entry],
        files: { 'tenant.js': handlerOf(work.script) },
      }
    },
  }
}
