import type { ConfigOf, Entry } from '../directive/directive.ts'
import { directive, number, readNumber, readSize, readTime, time } from '../directive/readers.ts'
import { type PeerTarget, parsePeerTarget } from '../upstream/peer-target.ts'

const scopes = ['upstream'] as const

/** One `server` line: an address or name with its parameters. Times in milliseconds. */
export interface ServerLine {
  /** As written. */
  readonly name: string
  readonly target: PeerTarget
  readonly weight: number
  readonly maxConns: number
  readonly maxFails: number
  readonly failTimeout: number
  readonly backup: boolean
  readonly down: boolean
}

/** What a `server` line without parameters says. */
export const PEER_DEFAULTS = {
  weight: 1,
  maxConns: 0,
  maxFails: 1,
  failTimeout: 10_000,
  backup: false,
  down: false,
} as const

const PARAMETERS = [
  'weight=',
  'max_conns=',
  'max_fails=',
  'fail_timeout=',
  'backup',
  'down',
] as const

function readServer(entry: Entry): ServerLine {
  const [name = '', ...parameters] = entry.args
  const target = parsePeerTarget(name, 80)
  if (typeof target === 'string')
    return entry.fail(target, 'write host:port, [::1]:port or unix:/path')
  const line: { -readonly [K in keyof ServerLine]: ServerLine[K] } = {
    ...PEER_DEFAULTS,
    name,
    target,
  }
  for (const parameter of parameters) {
    const [key = '', value = ''] = splitParameter(parameter)
    switch (key) {
      case 'weight=':
        line.weight = readNumber(entry, value)
        if (line.weight === 0) entry.fail('weight is 0', 'write "down" to keep a peer out')
        break
      case 'max_conns=':
        line.maxConns = readNumber(entry, value)
        break
      case 'max_fails=':
        line.maxFails = readNumber(entry, value)
        break
      case 'fail_timeout=':
        line.failTimeout = readTime(entry, value)
        break
      case 'backup':
        line.backup = true
        break
      case 'down':
        line.down = true
        break
      default:
        entry.fail(`unknown parameter "${parameter}"`, `known are ${PARAMETERS.join(', ')}`)
    }
  }
  return line
}

/** `weight=3` as `weight=` and `3`; a flag as it is. */
function splitParameter(parameter: string): [key: string, value?: string] {
  const equals = parameter.indexOf('=')
  if (equals < 0) return [parameter]
  return [parameter.slice(0, equals + 1), parameter.slice(equals + 1)]
}

/** Directives of the kernel in an `upstream` block. Balancers are directives of plugins. */
export const upstreamDirectives = {
  server: directive<readonly ServerLine[]>({
    in: scopes,
    default: [],
    doc: 'A peer: address, name or unix socket. A name with several addresses is several peers.',
    usage: 'address [weight=n] [max_conns=n] [max_fails=n] [fail_timeout=time] [backup] [down]',
    min: 1,
    max: 7,
    kind: 'params',
    words: PARAMETERS,
    repeat: true,
    inherits: 'never',
    read: (entry, before = []) => [...before, readServer(entry)],
  }),
  keepalive: number({
    in: scopes,
    default: 32,
    doc: 'How many idle connections to this upstream a worker keeps; 0 keeps none. The least recently used are closed first.',
  }),
  keepalive_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'How long an idle connection to a peer stays open.',
  }),
  keepalive_requests: number({
    in: scopes,
    default: 1000,
    least: 1,
    doc: 'How many requests one connection to a peer may carry.',
  }),
  keepalive_time: time({
    in: scopes,
    default: 3_600_000,
    doc: 'After this time a connection to a peer is closed with its next response.',
  }),
  zone: directive<string | undefined>({
    in: scopes,
    default: undefined,
    doc: 'Names the zone in which the workers share the health of the peers; without it they share it under the name of the upstream. The size is accepted and not needed.',
    usage: 'name [size]',
    min: 1,
    max: 2,
    read: (entry) => {
      if (entry.args[1] !== undefined) readSize(entry, entry.args[1])
      return entry.args[0]
    },
  }),
}

export type UpstreamSettings = ConfigOf<typeof upstreamDirectives>
