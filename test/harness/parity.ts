import { cpSync, symlinkSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { ensureBuilt, ROOT } from './build.ts'
import { onCleanup } from './cleanup.ts'
import type { Gateway } from './gateway.ts'
import { type GatewayOptions, startGateway } from './start-gateway.ts'
import { Workspace } from './workspace.ts'

/** What a configuration says where the pair differs. */
const PLACEHOLDER = '%%ISOLATION%%'

/** Two gateways of one configuration: one runs its plugins natively, the other sandboxed. */
export interface Pair {
  readonly native: Gateway
  readonly sandboxed: Gateway
}

/** Starts both; `%%ISOLATION%%` in the configuration is how its plugins run. */
export async function startPair(options: GatewayOptions): Promise<Pair> {
  const start = (isolation: string) =>
    startGateway({ ...options, yaml: options.yaml.replaceAll(PLACEHOLDER, isolation) })
  return {
    native: await start('isolation=native'),
    sandboxed: await start('isolation=sandbox'),
  }
}

/**
 * What both answer to the same bytes, whatever differs by the time or the port. An age in an answer is
 * another one when a second has passed between them: then both are asked again.
 */
export async function answersOf(
  { native, sandboxed }: Pair,
  bytes: string,
  port = 0,
): Promise<readonly [native: string, sandboxed: string]> {
  for (let tries = 1; ; tries++) {
    const second = secondOf(Date.now())
    const answers = [
      settled(await rawAnswer(native.port(port), bytes), native),
      settled(await rawAnswer(sandboxed.port(port), bytes), sandboxed),
    ] as const
    const isTheSame = secondOf(Date.now()) === second && secondOf(Date.now() - TICK) === second
    if (answers[0] === answers[1] || isTheSame || tries === TRIES) return answers
  }
}

const TRIES = 100
/** By then a worker knows that a second has begun, in milliseconds. */
const TICK = 300

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

/** The fuel that each gateway's requests have burnt, by its `used.log` (`$script_fuel` a line). */
export function fuelOf({ workspace }: Gateway): readonly number[] {
  const lines = workspace.read('used.log').split('\n')
  return lines.filter((line) => line !== '').map((line) => (line === '-' ? 0 : Number(line)))
}

/** Sends bytes and reads until the connection is closed. */
function rawAnswer(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = net.connect({ port, host: '127.0.0.1' })
    socket.on('data', (chunk) => chunks.push(chunk))
    // An answer that breaks off may end so: what came of it counts.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET') reject(error)
    })
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}

function settled(text: string, gateway: Gateway): string {
  const whole = /^Transfer-Encoding: chunked\r$/m.test(text) ? joined(text) : text
  const now = Date.parse(/^Date: (.*)\r$/m.exec(text)?.[1] ?? '')
  return whole
    .replace(/^Date: .*\r$/m, 'Date: now\r')
    .replace(/^Expires: (.*GMT)\r$/m, (line, date: string) => {
      const seconds = (Date.parse(date) - now) / 1000
      // Years from now are a date of their own.
      return Math.abs(seconds) < 1e8 ? `Expires: ${seconds} s from now\r` : line
    })
    .replaceAll(/\b\d{20}\b/g, 'a boundary of its own')
    .replaceAll(new RegExp(`:${gateway.port()}\\b`, 'g'), ':port')
}

/** Chunks as one, and what stands behind them: where one ends is a matter of time. */
function joined(text: string): string {
  const start = text.indexOf('\r\n\r\n') + 4
  let at = start
  let body = ''
  for (;;) {
    const end = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, end), 16)
    if (!(size > 0)) break
    body += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
  return `${text.slice(0, start)}${body}\n${text.slice(at)}`
}

/**
 * The built program without some of its built-in plugins, whose sources a configuration can name as
 * files then; returns its command.
 */
export async function programWithout(names: readonly string[]): Promise<string> {
  await ensureBuilt()
  const workspace = new Workspace('program')
  onCleanup(() => workspace.remove())
  cpSync(path.join(ROOT, 'dist'), workspace.path('dist'), { recursive: true })
  cpSync(path.join(ROOT, 'package.json'), workspace.path('package.json'))
  symlinkSync(path.join(ROOT, 'node_modules'), workspace.path('node_modules'))
  for (const name of names) {
    workspace.write(`dist/plugins/${name}/index.js`, `export default { name: 'no-${name}' }\n`)
  }
  return workspace.path('dist/main.js')
}
