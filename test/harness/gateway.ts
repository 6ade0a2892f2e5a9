import type { ChildProcess } from 'node:child_process'
import { writeConfig } from './config-file.ts'
import { type Expected, errorLines, unexpectedLines } from './error-lines.ts'
import { childrenOf, findProcesses, isAlive, signal } from './processes.ts'
import type { Ports } from './template.ts'
import { until } from './wait.ts'
import type { Workspace } from './workspace.ts'

/** How `reload` knows that it is done. */
export type ReloadUntil = 'replaced' | 'started' | 'sent'

/** What a started gateway is made of. */
export interface GatewayFacts {
  readonly workspace: Workspace
  readonly ports: Ports
  readonly pid: number
  readonly child: ChildProcess
  readonly expected: readonly Expected[]
  readonly output: readonly string[]
  /** The configuration's file name. */
  readonly name: string
}

/** The built command, running as real processes with a configuration of the test's. */
export class Gateway {
  readonly workspace: Workspace
  readonly ports: Ports
  /** The master. */
  readonly pid: number
  readonly #child: ChildProcess
  readonly #expected: Expected[]
  readonly #output: readonly string[]
  readonly #name: string

  constructor(facts: GatewayFacts) {
    this.workspace = facts.workspace
    this.ports = facts.ports
    this.pid = facts.pid
    this.#child = facts.child
    this.#expected = [...facts.expected]
    this.#output = facts.output
    this.#name = facts.name
  }

  get dir(): string {
    return this.workspace.dir
  }

  /** The port behind `%%PORT%%` (0) or `%%PORT_n%%`. */
  port(number = 0): number {
    const port = this.ports.get(number)
    if (port === undefined) throw new Error(`the configuration has no %%PORT_${number}%%`)
    return port
  }

  /** The processes the master has started: its workers. */
  workers(): number[] {
    return childrenOf(this.pid)
  }

  errorLog(): string {
    return this.workspace.read('error.log')
  }

  accessLog(name = 'access.log'): string {
    return this.workspace.read(name)
  }

  /** What the command printed. */
  output(): string {
    return this.#output.join('')
  }

  /** Declares an error-log line at level error or above to be part of the test. */
  expect(...lines: Expected[]): void {
    this.#expected.push(...lines)
  }

  /** Waits until each of these workers has heard that it is to leave. */
  async draining(workers: readonly number[]): Promise<void> {
    for (const pid of workers) {
      await this.logged(new RegExp(`\\b${pid}#\\d+: gracefully shutting down`))
    }
  }

  /** Resolves with the first error-log line that matches. */
  logged(pattern: RegExp, patience?: number): Promise<string> {
    return until(
      `${pattern} in the error log`,
      () => errorLines(this.errorLog()).find((line) => pattern.test(line)),
      patience,
    )
  }

  /** Replaces the configuration; `reload` makes it count. */
  async configure(yaml: string): Promise<void> {
    await writeConfig(this.workspace, this.#name, yaml, this.ports)
  }

  /**
   * Sends HUP. Waits by default until every worker from before is gone; `started` until new ones
   * are there, for tests that hold connections open; `sent` for configurations that are refused.
   */
  async reload(wait: ReloadUntil = 'replaced'): Promise<void> {
    const before = this.workers()
    this.signal('SIGHUP')
    if (wait === 'sent') return
    await until('new workers', () => this.workers().some((pid) => !before.includes(pid)))
    if (wait === 'started') return
    await until('the old workers to leave', () => !before.some(isAlive), 20_000)
  }

  signal(name: NodeJS.Signals): void {
    signal(this.pid, name)
  }

  /** Quits in order and waits until nothing is left. */
  async stop(patience = 15_000): Promise<void> {
    this.signal('SIGQUIT')
    await this.exited(patience)
  }

  /** Kills the master with -9; what becomes of the workers is the test's subject. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await until('the master to be gone', () => !isAlive(this.pid))
  }

  /** Resolves when neither the master nor any process it started is there. */
  async exited(patience?: number): Promise<void> {
    await until('the gateway to exit', () => this.processes().length === 0, patience)
  }

  /** Every living process of this gateway. */
  processes(): number[] {
    const group = this.#child.pid
    return findProcesses((facts) => facts.group === group || facts.group === this.pid)
  }

  /** Ends everything, then complains about what should not have been there. */
  async finish(): Promise<void> {
    const complaints: string[] = []
    if (this.processes().length > 0) {
      this.signal('SIGTERM')
      await this.exited(5000).catch(() => complaints.push(`still running after TERM`))
    }
    for (const pid of this.processes()) signal(pid, 'SIGKILL')
    const lines = unexpectedLines(this.errorLog(), this.#expected)
    if (lines.length > 0) complaints.push(`in the error log:\n${lines.slice(0, 20).join('\n')}`)
    this.workspace.remove()
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
  }
}
