import {
  directive,
  type Entry,
  flag,
  type Getter,
  type NextCondition,
  number,
  readBind,
  size,
  type Template,
  time,
  type Upstream,
} from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const
const MOST_FLAG = 2 ** 31 - 1

/** Who is asked, and by which key. */
export interface MemcachedPass {
  /** Made of variables, it names an upstream of the configuration. */
  readonly to: Upstream | Template
  readonly key: Getter
}

/** nginx's words, and what the gateway calls the same. */
const CONDITIONS: Readonly<Record<string, NextCondition>> = {
  error: 'error',
  timeout: 'timeout',
  invalid_response: 'invalid_header',
  not_found: 'http_404',
}
const WORDS = [...Object.keys(CONDITIONS), 'off']
const PORT = 11211

export const directives = {
  memcached_pass: directive<MemcachedPass | undefined>({
    in: ['location', 'if'],
    default: undefined,
    doc: 'Answers with what a memcached server or upstream has under the key $memcached_key, which has to be set; 404 where that is nothing.',
    usage: 'address',
    min: 1,
    max: 1,
    inherits: 'never',
    claims: 'content',
    read: readPass,
  }),
  memcached_bind: directive({
    in: scopes,
    default: undefined,
    doc: 'The address of this machine that connections to memcached come from, as proxy_bind.',
    usage: 'address | off',
    min: 1,
    max: 2,
    kind: 'template',
    read: readBind,
  }),
  memcached_socket_keepalive: flag({
    in: scopes,
    default: false,
    doc: 'Whether the system probes a connection to memcached that was silent for two hours (SO_KEEPALIVE).',
  }),
  memcached_connect_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest time it may take to connect to memcached.',
  }),
  memcached_send_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest pause between two writes to memcached.',
  }),
  memcached_read_timeout: time({
    in: scopes,
    default: 60_000,
    doc: 'The longest pause between two reads from memcached.',
  }),
  memcached_buffer_size: size({
    in: scopes,
    default: 4096,
    doc: 'How long the first line of an answer of memcached may be.',
  }),
  memcached_gzip_flag: number({
    in: scopes,
    default: 0,
    most: MOST_FLAG,
    doc: 'The bit of the flags of a value that says that it is compressed: then the answer has Content-Encoding: gzip.',
  }),
  memcached_next_upstream: directive<ReadonlySet<NextCondition>>({
    in: scopes,
    default: new Set<NextCondition>(['error', 'timeout']),
    doc: 'When the next memcached is asked.',
    usage: WORDS.join(' | '),
    min: 1,
    max: WORDS.length,
    kind: 'enum',
    words: WORDS,
    read: readNext,
  }),
  memcached_next_upstream_tries: number({
    in: scopes,
    default: 0,
    doc: 'How many of them one request may ask; 0 for all.',
  }),
  memcached_next_upstream_timeout: time({
    in: scopes,
    default: 0,
    doc: 'How long a request may ask further ones; 0 for no limit.',
  }),
}

function readPass(entry: Entry): MemcachedPass {
  const [address = ''] = entry.args
  const key = entry.variable('memcached_key')
  if (address.includes('$')) return { to: entry.template(address), key }
  return { to: entry.upstream(address, PORT), key }
}

function readNext(entry: Entry): ReadonlySet<NextCondition> {
  const wrong = entry.args.find((word) => !WORDS.includes(word))
  if (wrong !== undefined) entry.fail(`invalid value "${wrong}"`, WORDS.join(', '))
  return new Set(entry.args.flatMap((word) => CONDITIONS[word] ?? []))
}
