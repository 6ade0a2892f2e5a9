import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ThreadStart } from './messages.ts'
import { standingBack } from './standing-back.ts'

/** What a thread runs, beside this module: `.ts` where this program runs from its sources, else `.js`. */
export const THREAD_MAIN = new URL(
  `./thread-main${extname(fileURLToPath(import.meta.url))}`,
  import.meta.url,
)

/**
 * The stack of a process's first thread is 984 KB, where V8 is not told otherwise, and Node keeps 192
 * of a thread's to itself. So a guest that recurses comes to the same end here as there.
 */
const STACK_MEGABYTES = (984 + 192) / 1024

/** Starts a thread, which sees nothing of our environment. */
export function startWorker(main: URL, workerData: ThreadStart): Worker {
  const resourceLimits = { stackSizeMb: STACK_MEGABYTES }
  const options = { env: {}, execArgv: [], resourceLimits, workerData }
  if (extname(main.pathname) !== '.ts') return standingBack(() => new Worker(main, options))
  return standingBack(() => new Worker(fromSource(main), { ...options, eval: true }))
}

/** Node 20 reads no TypeScript by itself; only developers need it to. */
function fromSource(main: URL): string {
  const loader = createRequire(import.meta.url).resolve('tsx/esm/api')
  const module = pathToFileURL(loader.replace(/cjs$/, 'mjs'))
  return `${importing(module)}.then(({ register }) => { register(); return ${importing(main)} })`
}

function importing({ href }: URL): string {
  return `import(${JSON.stringify(href)})`
}
