import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { CryptResult, CryptTask } from './crypt-thread.ts'

/** So many passwords wait for the thread; who comes then is told to come again (503). */
const MOST_WAITING = 1024

type Waiting = (made: string | undefined) => void

let thread: Worker | undefined
let lastId = 0
const waiting = new Map<number, Waiting>()

/** What `crypt` says, made in a thread of its own: one password may take a second. */
export function crypting(
  password: string,
  stored: string,
): Promise<string | undefined> | 'too many' {
  if (waiting.size >= MOST_WAITING) return 'too many'
  thread ??= start()
  const task: CryptTask = { id: ++lastId, password, stored }
  return new Promise((resolve) => {
    waiting.set(task.id, resolve)
    thread?.ref()
    thread?.postMessage(task)
  })
}

function start(): Worker {
  const worker = makeWorker()
  worker.on('message', ({ id, made }: CryptResult) => {
    const resolve = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
    resolve?.(made)
  })
  worker.on('error', () => {
    thread = undefined
    const left = [...waiting.values()]
    waiting.clear()
    for (const resolve of left) resolve(undefined)
  })
  return worker
}

/** As built it stands beside this plugin. */
function makeWorker(): Worker {
  const own = fileURLToPath(import.meta.url)
  const main = new URL(`./crypt-thread${extname(own)}`, import.meta.url)
  const options = { env: {}, execArgv: [] }
  if (extname(own) !== '.ts') return new Worker(main, options)
  // Node 20 reads no TypeScript by itself; only developers need it to.
  const loader = createRequire(import.meta.url)
    .resolve('tsx/esm/api')
    .replace(/cjs$/, 'mjs')
  const code = `import(${JSON.stringify(pathToFileURL(loader).href)}).then(({ register }) => {
    register()
    return import(${JSON.stringify(main.href)})
  })`
  return new Worker(code, { ...options, eval: true })
}
