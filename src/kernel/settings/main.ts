import type { ConfigOf } from '../directive/directive.ts'
import { directive, flag, number, readNumber, size, text, time } from '../directive/readers.ts'
import { errorLogDirective } from './error-log.ts'
import { pluginsDirective } from './plugin-use.ts'

const scopes = ['main'] as const
/** Longer than any code may block that is to serve others, too; in milliseconds. */
const STUCK_TIMEOUT = 30_000

/** Directives about processes. */
export const mainDirectives = {
  worker_processes: directive<number | 'auto'>({
    in: scopes,
    default: 1,
    doc: 'How many workers; auto is one for each processor.',
    usage: 'number | auto',
    min: 1,
    max: 1,
    kind: 'number',
    words: ['auto'],
    read: (entry) => {
      const word = entry.args[0] ?? ''
      if (word === 'auto') return 'auto'
      const count = readNumber(entry, word)
      return count >= 1 && count <= 512 ? count : entry.fail(`${count} workers; 1 to 512 can run`)
    },
  }),
  worker_priority: directive({
    in: scopes,
    default: 0,
    doc: 'Scheduling priority of the workers, from -20 (first) to 20, as nice.',
    usage: 'number',
    min: 1,
    max: 1,
    kind: 'number',
    read: (entry) => {
      const word = entry.args[0] ?? ''
      const value = /^[-+]?\d{1,2}$/.test(word) ? Number(word) : Number.NaN
      return value >= -20 && value <= 20 ? value : entry.fail(`"${word}" is not between -20 and 20`)
    },
  }),
  worker_cpu_affinity: directive<readonly string[]>({
    in: scopes,
    default: [],
    doc: 'The processors each worker may run on, as bit masks, or auto. Set with taskset.',
    usage: 'auto [mask] | mask ...',
    min: 1,
    max: 512,
    read: (entry) => {
      for (const [i, word] of entry.args.entries()) {
        if (!(i === 0 && word === 'auto') && !/^[01]{1,1024}$/.test(word)) {
          entry.fail(`"${word}" is not a mask of 0 and 1`)
        }
      }
      return entry.args
    },
  }),
  worker_shutdown_timeout: time({
    in: scopes,
    default: 0,
    doc: 'How long a worker that was told to quit may take before it closes what is left; 0 waits.',
  }),
  worker_memory_limit: size({
    in: scopes,
    default: 0,
    doc: 'A worker with more resident memory than this is replaced without losing a request; 0 is no limit.',
  }),
  worker_stuck_timeout: time({
    in: scopes,
    default: STUCK_TIMEOUT,
    doc: 'A worker whose event loop has not moved for so long is killed and replaced; 0 waits for ever.',
  }),
  daemon: flag({
    in: scopes,
    default: false,
    doc: 'Whether the gateway goes to the background.',
  }),
  master_process: flag({
    in: scopes,
    default: true,
    doc: 'Whether workers are processes of their own; off runs everything in one, for debugging.',
  }),
  pid: text({
    in: scopes,
    default: 'gateway.pid',
    usage: 'file',
    doc: 'The file that holds the process id of the master. Relative to the prefix.',
  }),
  error_log: errorLogDirective,
  user: directive<{ user: string; group: string | undefined } | undefined>({
    in: scopes,
    default: undefined,
    doc: 'User and group of the workers, when the master runs as root.',
    usage: 'user [group]',
    min: 1,
    max: 2,
    read: (entry) => ({ user: entry.args[0] ?? '', group: entry.args[1] }),
  }),
  env: directive<ReadonlyMap<string, string | undefined>>({
    in: scopes,
    default: new Map(),
    doc: 'An environment variable the workers keep (by default only TZ), or get: name=value.',
    usage: 'variable[=value]',
    min: 1,
    max: 1,
    repeat: true,
    read: (entry, before) => {
      const word = entry.args[0] ?? ''
      const equals = word.indexOf('=')
      const kept = new Map(before)
      if (equals < 0) kept.set(word, undefined)
      else kept.set(word.slice(0, equals), word.slice(equals + 1))
      return kept
    },
  }),
  plugins: pluginsDirective,
}

/** Directives of the `events` block. */
export const eventsDirectives = {
  worker_connections: number({
    in: ['events'],
    default: 512,
    least: 1,
    most: 1_000_000,
    doc: 'How many connections a worker holds at once, to clients and to upstreams together.',
  }),
  accept_mutex: flag({
    in: ['events'],
    default: true,
    doc: 'Whether a worker that has more than its share of connections leaves new ones to the others.',
  }),
  accept_mutex_delay: time({
    in: ['events'],
    default: 500,
    doc: 'The longest a worker leaves new connections to the others before it accepts again.',
  }),
  multi_accept: flag({
    in: ['events'],
    default: false,
    doc: 'Whether a worker accepts several connections at a time, up to 16; else it does one.',
  }),
  use: directive<'epoll'>({
    in: ['events'],
    default: 'epoll',
    doc: 'How sockets are polled: epoll, the only way there is on Linux.',
    usage: 'epoll',
    min: 1,
    max: 1,
    words: ['epoll'],
    read: (entry) => {
      const word = entry.args[0] ?? ''
      if (word === 'epoll') return 'epoll'
      if (METHODS.has(word)) {
        return entry.fail(`"${word}" is refused: Node polls with epoll on Linux, and only so`)
      }
      return entry.fail(`invalid event type "${word}"`, 'write epoll, or leave it out')
    },
  }),
}

/** nginx's other methods of polling. */
const METHODS = new Set(['select', 'poll', 'kqueue', 'eventport', '/dev/poll', 'rtsig'])

export type MainSettings = ConfigOf<typeof mainDirectives>
export type EventsSettings = ConfigOf<typeof eventsDirectives>
