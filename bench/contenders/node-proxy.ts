import { fileURLToPath } from 'node:url'
import type { Contender, ContenderName } from './contender.ts'

/** One of the Node proxies people use today, in a plain process of its own. */
export function nodeProxy(name: ContenderName, file: string): Contender {
  const script = fileURLToPath(new URL(`./node/${file}`, import.meta.url))
  return {
    name,
    missing: () => undefined,
    launch: (work, port) => {
      if (work.kind !== 'proxy') throw new Error(`${name} only proxies`)
      return {
        command: process.execPath,
        args: [script, String(port), String(work.origin)],
        files: {},
      }
    },
  }
}
