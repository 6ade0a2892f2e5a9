import { definePlugin, directive, type Entry } from 'gateway/plugin'

/** The methods whose requests are served as without the block. */
interface Exception {
  readonly methods: ReadonlySet<string>
  readonly branch: Entry['branch']
}

/** Those nginx knows by name. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'MKCOL',
  'COPY',
  'MOVE',
  'OPTIONS',
  'PROPFIND',
  'PROPPATCH',
  'LOCK',
  'UNLOCK',
  'PATCH',
])

/** Has rules of its own for most methods, such as `deny all` for all that changes something. */
export default definePlugin({
  name: 'limit-except',
  doc: 'Has other settings count for all methods but a few.',
  transient: true,
  directives: {
    limit_except: directive<Exception | undefined>({
      in: ['location'],
      default: undefined,
      inherits: 'never',
      opens: { location: 'limit_except' },
      doc: 'What counts in the location for all methods but these; with GET, HEAD is one of them. As in nginx, the `rewrite` rules of the location do not count there.',
      usage: 'method ... { ... }',
      min: 1,
      max: METHODS.size,
      kind: 'block',
      read: (entry) => ({ methods: readMethods(entry), branch: entry.branch }),
    }),
  },
  prepare: ({ limit_except }) => limit_except,
  rewrite: (x, { methods, branch }) => {
    if (methods.has(x.method)) return 'next'
    branch?.take(x)
    return 'pass'
  },
})

function readMethods(entry: Entry): ReadonlySet<string> {
  const methods = new Set<string>()
  for (const word of entry.args) {
    const method = word.toUpperCase()
    if (!METHODS.has(method)) entry.fail(`invalid method "${word}"`)
    methods.add(method)
    if (method === 'GET') methods.add('HEAD')
  }
  return methods
}
