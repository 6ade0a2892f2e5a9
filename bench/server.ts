import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort } from '../test/harness/ports.ts'
import type { Launch } from './contenders/contender.ts'
import { type Cores, LOAD_CORE, pinned, SERVER_CORE } from './cores.ts'
import { answers } from './probe.ts'
import { workersOf } from './usage.ts'

/** A server process that the bench has started. */
export class Server {
  readonly name: string
  readonly port: number
  readonly dir: string
  /** Milliseconds from the start of the process to its first answer. */
  readonly startTime: number
  readonly #child: ChildProcess

  constructor(facts: {
    name: string
    port: number
    dir: string
    startTime: number
    child: ChildProcess
  }) {
    this.name = facts.name
    this.port = facts.port
    this.dir = facts.dir
    this.startTime = facts.startTime
    this.#child = facts.child
  }

  /** The processes that serve: the workers, or the only one. */
  get workers(): number[] {
    return workersOf(this.#child.pid ?? 0)
  }

  /** Ends it in order; what is left after five seconds is killed. */
  async stop(): Promise<void> {
    await endGroup(this.#child)
  }
}

/** Starts a server on its processor and resolves when it answers. */
export async function startServer(
  name: string,
  folder: string,
  launch: (port: number, dir: string) => Launch,
  options: { readonly core?: Cores; readonly path?: string } = {},
): Promise<Server> {
  const port = await freePort()
  const dir = path.join(folder, `${name.replace(/\W+/g, '-')}-${port}`)
  mkdirSync(dir)
  const { command, args, files } = launch(port, dir)
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(dir, file), text)
  const line = pinned(options.core ?? SERVER_CORE, command, args)
  const from = performance.now()
  const child = spawn(line.command, line.args, {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  running.add(child)
  let complaint = ''
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-4000)
  })
  while (!(await answers(port, options.path ?? '/'))) {
    if (child.exitCode !== null || performance.now() - from > 30_000) {
      await endGroup(child)
      throw new Error(`${name} did not start: ${complaint}`)
    }
  }
  return new Server({ name, port, dir, startTime: performance.now() - from, child })
}

/** Starts something that works for the load side. */
export function startOnLoadCore(
  name: string,
  folder: string,
  launch: (port: number, dir: string) => Launch,
): Promise<Server> {
  return startServer(name, folder, launch, { core: LOAD_CORE })
}

const running = new Set<ChildProcess>()

/** Ends whatever is still running, for a bench that is interrupted. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(endGroup))
}

async function endGroup(child: ChildProcess): Promise<void> {
  running.delete(child)
  const pid = child.pid
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), 5000)
  await exited
  clearTimeout(timer)
}
