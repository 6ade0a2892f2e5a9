import { Buffer } from 'node:buffer'
import type { ListenPlan } from '../../kernel/phase/plan.ts'

/** What a request would be: taken apart, not yet checked as a request is. */
export interface Question {
  readonly method: string
  /** Path and arguments. */
  readonly target: string
  /** Host and port of the URL; undefined where it is a path. */
  readonly authority: string | undefined
  /** The port it names; undefined where it names none. */
  readonly port: number | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The address that was asked on, where several are listened on. */
  readonly listen: string | undefined
  /** The client's address. */
  readonly client: string
}

/** The words of a command line. */
export interface QuestionWords {
  readonly method: string
  /** `http://host/path`, `host/path` or `/path`. */
  readonly url: string
  /** Each `Name: value`. */
  readonly headers: readonly string[]
  readonly listen?: string | undefined
  readonly client?: string | undefined
}

/** Words that ask for no request. */
export class QuestionError extends Error {}

const DEFAULT_CLIENT = '127.0.0.1'

/** Understands the words of a command line. Throws `QuestionError`. */
export function readQuestion(words: QuestionWords): Question {
  const { method, url, headers, listen, client = DEFAULT_CLIENT } = words
  if (!/^\S+$/.test(method)) throw new QuestionError(`"${method}" is no method`)
  const parts = /^(?:http:\/\/)?([^/?#]*)([^#]*)/i.exec(url)
  const [, authority = '', rest = ''] = parts ?? []
  if (url === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(url.replace(/^http:\/\//i, ''))) {
    throw new QuestionError(`"${url}" is no URL; write http://host/path, host/path or /path`)
  }
  const port = /:(\d{1,5})$/.exec(authority)?.[1]
  return {
    method,
    target: escapeTarget(rest.startsWith('/') ? rest : `/${rest}`),
    authority: authority === '' ? undefined : authority,
    port: port === undefined ? undefined : Number(port),
    headers: headers.map(readHeader),
    listen,
    client,
  }
}

/** The head of the request as a client would send it. */
export function requestBytes(question: Question, { listen }: ListenPlan): Buffer {
  const { method, target, headers } = question
  const named = headers.some(([name]) => name.toLowerCase() === 'host')
  const host: Question['headers'] = named ? [] : [['Host', question.authority ?? hostOf(listen)]]
  const lines = [...host, ...headers].map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`)
}

/** As a client says it that knows nothing but the address. */
function hostOf({ address }: ListenPlan['listen']): string {
  if (address.kind === 'unix') return 'localhost'
  const { family, host, port } = address
  if (host === '0.0.0.0' || host === '::') return `localhost:${port}`
  return family === 6 ? `[${host}]:${port}` : `${host}:${port}`
}

/** As browsers do: what cannot stand in a request line is percent-encoded. */
function escapeTarget(target: string): string {
  return target.replace(/[^\x21-\x7e]+/gu, (text) => {
    const bytes = Buffer.from(text)
    return [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
}

function readHeader(text: string): readonly [string, string] {
  const parts = /^([^\s:]+):[ \t]*([^\r\n\0]*)$/.exec(text)
  if (!parts) throw new QuestionError(`"${text}" is no header; write "Name: value"`)
  return [parts[1] ?? '', parts[2] ?? '']
}
