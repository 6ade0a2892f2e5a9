import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { onCleanup } from './cleanup.ts'

const BINARY = '/usr/bin/slowhttptest'

/** Why attacks by slowhttptest cannot run here; undefined when they can. For `test.skipIf`. */
export function slowHttpTestMissing(): string | undefined {
  return existsSync(BINARY) ? undefined : `${BINARY} is not installed: apt-get install slowhttptest`
}

/** Slow clients that go on until they are told to stop. */
export interface SlowClients {
  /** What it printed so far, for when something fails. */
  output(): string
  /** Ends it, and with it all of its connections. */
  stop(): Promise<void>
}

/** Starts Debian's slowhttptest; ended when the test is over. */
export function slowHttpTest(args: readonly string[]): SlowClients {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const pieces: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece) => pieces.push(String(piece)))
  }
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = () => {
    child.kill('SIGKILL')
    return exited
  }
  onCleanup(stop)
  return { output: () => pieces.join(''), stop }
}
