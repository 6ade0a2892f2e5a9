import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'

/** The program, beside what is imported as `gateway/testing`. */
const PROGRAM = fileURLToPath(
  import.meta.url.endsWith('.ts')
    ? new URL('../../dist/main.js', import.meta.url)
    : new URL('../main.js', import.meta.url),
)
/** A port of the test's, in the text of a configuration. */
const PORT = /%%PORT(?:_\d)?%%/g
/** How often a start is looked at, and how long it may take, in milliseconds. */
const LOOK_EVERY = 5
const PATIENCE = 20_000

/** What a real gateway serves. */
export interface RealGatewayOptions {
  /** A whole configuration but for `pid`; `%%PORT%%` and `%%PORT_1%%`… are free ports. */
  readonly yaml: string
  /** What its relative paths are relative to: the plugin's folder. */
  readonly folder: string
}

/** Starts the real gateway on free ports of this machine; settles when it serves. */
export async function startRealGateway({ folder, yaml }: RealGatewayOptions): Promise<RealGateway> {
  const ports = new Map<string, number>()
  for (const [mark] of yaml.matchAll(PORT)) {
    if (!ports.has(mark)) ports.set(mark, await freePort())
  }
  const own = mkdtempSync(join(tmpdir(), 'gateway-test-'))
  // Beside the plugin, so that it is found as in its own configuration.
  const file = join(folder, `.gateway-test-${process.pid}-${ports.values().next().value}.yaml`)
  writeFileSync(
    file,
    yaml.replace(PORT, (mark) => String(ports.get(mark))),
  )
  const gateway = new RealGateway(file, own, ports)
  await gateway.serving()
  return gateway
}

/** A gateway in processes of its own; `await using` stops it. */
export class RealGateway implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #file: string
  readonly #folder: string
  readonly #ports: ReadonlyMap<string, number>
  readonly #exited: Promise<unknown>
  #log = ''

  constructor(file: string, folder: string, ports: ReadonlyMap<string, number>) {
    this.#file = file
    this.#folder = folder
    this.#ports = ports
    const globals = `pid ${this.#pid};`
    const words = [PROGRAM, '-c', file, '-e', 'stderr', '-g', globals]
    this.#child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#exited = once(this.#child, 'exit')
    this.#child.stderr?.on('data', (text) => {
      this.#log += text
    })
  }

  /** Where `%%PORT%%` is: `http://127.0.0.1:40123`. */
  get url(): string {
    return `http://127.0.0.1:${this.port()}`
  }

  /** What it has said so far: its error log, unless its configuration puts that elsewhere. */
  get log(): string {
    return this.#log
  }

  /** The port behind `%%PORT%%`, or `%%PORT_1%%`… */
  port(number?: number): number {
    const mark = number === undefined ? '%%PORT%%' : `%%PORT_${number}%%`
    const port = this.#ports.get(mark)
    if (port === undefined) throw new Error(`the configuration has no ${mark}`)
    return port
  }

  /** Settles when it serves; rejects with what it says where it does not. */
  async serving(): Promise<void> {
    const until = performance.now() + PATIENCE
    // Written when every worker accepts.
    while (!existsSync(this.#pid)) {
      const isOver = this.#isOver
      if (isOver || performance.now() > until) {
        await this.stop()
        throw new Error(isOver ? this.#log.trim() : 'the gateway does not start')
      }
      await pause(LOOK_EVERY)
    }
  }

  /** Ends it, and leaves nothing behind. */
  async stop(): Promise<void> {
    if (!this.#isOver) this.#child.kill('SIGTERM')
    await this.#exited
    rmSync(this.#file, { force: true })
    rmSync(this.#folder, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  get #pid(): string {
    return join(this.#folder, 'pid')
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}
