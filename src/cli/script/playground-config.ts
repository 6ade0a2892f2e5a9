import { join, resolve } from 'node:path'
import { UsageError } from '../usage-error.ts'
import type { ScriptWords } from './script-words.ts'

/** The servers of a playground: one with all logs, and three that are measured. */
export const SERVERS = ['shown', 'fresh', 'reuse', 'bare'] as const
export type ServerName = (typeof SERVERS)[number]

/** Files of a playground, below its folder. */
export const FILES = { config: 'gateway.yaml', log: 'error.log' } as const

const HANDLER = 'handler'

/** The path of a server's socket. */
export function socketIn(folder: string, server: ServerName | typeof HANDLER): string {
  return join(folder, `${server}.sock`)
}

/** The configuration of a gateway that serves one script, in YAML (of which JSON is a part). */
export function playgroundConfig(folder: string, words: ScriptWords): string {
  const options = {
    file: quoted(resolve(words.file)),
    env: Object.fromEntries(words.env.map(envOf)),
    ...Object.fromEntries(words.set.map(optionOf)),
  }
  const pass = /^http:\/\/\S+$/.test(words.handler)
    ? words.handler
    : `http://unix:${socketIn(folder, HANDLER)}:`
  const scripted = (script: object) => ({ '/': { script, proxy_pass: pass } })
  const server = (name: ServerName | typeof HANDLER, location: object, more: object = {}) => ({
    listen: `unix:${socketIn(folder, name)}`,
    location,
    ...more,
  })
  const log = quoted(join(folder, FILES.log))
  const measured = [
    server('fresh', scripted({ ...options, state: 'fresh' }), QUIET),
    server('reuse', scripted({ ...options, state: 'reuse' }), QUIET),
    server('bare', { '/': { return: 204 } }),
  ]
  return JSON.stringify({
    master_process: 'off',
    pid: quoted(join(folder, 'pid')),
    error_log: `${log} warn`,
    http: {
      client_max_body_size: 0,
      access_log: 'off',
      server: [
        server('shown', scripted(options), { error_log: `${log} debug` }),
        ...(words.action === 'bench' ? measured : []),
        server(HANDLER, { '/': { return: `200 ${quoted(words.handler)}` } }),
      ],
    },
  })
}

/** What is measured would measure the log, too. */
const QUIET = { error_log: '/dev/null emerg' }

function envOf(text: string): readonly [string, string] {
  const [name, value] = assignment('--env', text)
  return [name, quoted(value)]
}

/** What is not a word is written as JSON: `bindings={"CACHE": "kv:sessions"}`. */
function optionOf(text: string): readonly [string, unknown] {
  const [name, value] = assignment('--set', text)
  if (!/^[[{]/.test(value)) return [name, value]
  try {
    return [name, JSON.parse(value)]
  } catch {
    throw new UsageError(`--set ${text}: what begins with a bracket is JSON`)
  }
}

function assignment(option: string, text: string): readonly [string, string] {
  const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new UsageError(`${option} ${text}: write ${option} NAME=value`)
  return [name, value]
}

/** One word of a configuration. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
