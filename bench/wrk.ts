import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LOAD_CORE, pinned } from './cores.ts'

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url))

/** The requests of a row. */
export interface RequestLoad {
  readonly paths: readonly string[]
  readonly method?: 'GET' | 'POST'
  /** Bytes of the request body. */
  readonly body?: number
  /** Requests sent at once on each connection. */
  readonly depth?: number
  /** Whether every request has a connection of its own. */
  readonly close?: boolean
  /** Whether it is asked over TLS. */
  readonly tls?: boolean
  /** A name and a password, which every request tells. */
  readonly user?: string
  readonly connections?: number
  /** Milliseconds each connection waits between an answer and its next request. */
  readonly delay?: number
}

/** What a stretch of load saw. */
export interface LoadReport {
  readonly requests: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Requests that were not answered with a status below 400. */
  readonly failed: number
  /** Body bytes, where that is what counts. */
  readonly bytes: number
}

/** Loads a port with wrk for some seconds. */
export async function runWrk(
  port: number,
  load: RequestLoad,
  seconds: number,
): Promise<LoadReport> {
  const {
    paths,
    method = 'GET',
    body = 0,
    depth = 1,
    close = false,
    connections = 64,
    delay = 0,
    tls = false,
    user,
  } = load
  const words = [method, String(body), String(depth), close ? 'close' : 'keep', ...paths]
  const line = pinned(LOAD_CORE, 'wrk', [
    ...['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', SCRIPT],
    `${tls ? 'https' : 'http'}://127.0.0.1:${port}/`,
    '--',
    ...words,
  ])
  return parse(
    await output(line.command, line.args, {
      ...(delay > 0 && { WRK_DELAY: String(delay) }),
      ...(user && { WRK_USER: Buffer.from(user).toString('base64') }),
    }),
  )
}

function output(command: string, args: readonly string[], own: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...own },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (piece) => {
      text += piece
    })
    child.once('error', reject)
    child.once('close', () => resolve(text))
  })
}

function parse(text: string): LoadReport {
  const numbers = /^RESULT (.*)$/m.exec(text)?.[1]?.split(' ').map(Number)
  if (numbers === undefined) throw new Error(`wrk reported nothing:\n${text}`)
  const [requests = 0, duration = 0, p50 = 0, p99 = 0, ...errors] = numbers
  return {
    requests,
    seconds: duration / 1e6,
    p50: p50 / 1000,
    p99: p99 / 1000,
    failed: errors.reduce((sum, each) => sum + each, 0),
    bytes: 0,
  }
}
