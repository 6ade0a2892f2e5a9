import { readFileSync } from 'node:fs'
import { type Agent, request } from 'node:http'
import { UsageError } from '../usage-error.ts'
import type { ScriptWords } from './script-words.ts'

/** A request. */
export interface Question {
  readonly method: string
  readonly target: string
  /** Names and values in turn, Host among them. */
  readonly headers: readonly string[]
  readonly body: Uint8Array | undefined
  readonly agent?: Agent
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly reason: string
  /** Names and values in turn, as they were sent. */
  readonly headers: readonly string[]
  readonly body: Buffer
  /** Whether it ended before its end. */
  readonly isCut: boolean
}

/** The request that the words of the command line describe. Throws `UsageError`. */
export function questionOf({ url, method, headers, body }: ScriptWords): Question {
  const { host, pathname, search } = urlOf(url)
  const bytes = body === undefined ? undefined : bodyOf(body)
  const lines = headers.flatMap(fieldOf)
  const hasHost = lines.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  return {
    method: (method ?? (bytes ? 'POST' : 'GET')).toUpperCase(),
    target: pathname + search,
    headers: [
      ...(hasHost ? [] : ['Host', host]),
      ...lines,
      ...(bytes ? ['Content-Length', `${bytes.length}`] : []),
    ],
    body: bytes,
  }
}

/** Asks whoever listens on a unix socket. */
export function ask(socketPath: string, question: Question): Promise<Answer> {
  const { method, target: path, headers, body, agent = false } = question
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, agent }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('error', () => {})
      answer.once('close', () => {
        const { statusCode: status = 0, statusMessage: reason = '', rawHeaders, complete } = answer
        const whole = Buffer.concat(chunks)
        resolve({ status, reason, headers: rawHeaders, body: whole, isCut: !complete })
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

function urlOf(text: string): URL {
  const whole = text.startsWith('/') ? `http://localhost${text}` : text
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  if (url?.protocol === 'http:') return url
  throw new UsageError(`--url ${text}: write http://host/path or /path`)
}

function fieldOf(text: string): readonly string[] {
  const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):\s*([^\r\n]*)$/.exec(text) ?? []
  if (name === '') throw new UsageError(`-H ${text}: write -H 'Name: value'`)
  return [name, value]
}

function bodyOf(text: string): Uint8Array {
  if (!text.startsWith('@')) return Buffer.from(text)
  try {
    return readFileSync(text.slice(1))
  } catch (error) {
    throw new UsageError(`--body ${text}: ${(error as Error).message}`)
  }
}
