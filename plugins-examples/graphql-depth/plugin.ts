import {
  collectBody,
  definePlugin,
  type Exchange,
  Head,
  number,
  type TempFolder,
  type Verdict,
} from 'gateway/plugin'
import { depthOf } from './depth.ts'

interface Guard {
  readonly most: number
  readonly bodies: TempFolder
}

/** An access check: refuses GraphQL queries that are nested too deep. */
export default definePlugin({
  name: 'graphql-depth',
  doc: 'Refuses GraphQL queries that are nested too deep.',
  directives: {
    graphql_depth: number({
      in: ['http', 'server', 'location'],
      default: 0,
      least: 0,
      most: 1000,
      doc: 'How deep selections may be nested, fragments followed; 0 for any depth. Bodies beyond client_body_buffer_size are refused.',
    }),
  },
  prepare: ({ graphql_depth: most }, { bodyFolder: bodies }) =>
    most > 0 ? { most, bodies } : undefined,
  access: (x, guard: Guard) => {
    // Some servers take a query from the URL whatever the method is.
    for (const query of new URLSearchParams(x.args ?? '').getAll('query')) {
      const verdict = check(x, guard, query)
      if (verdict !== 'next') return verdict
    }
    if (x.method === 'GET') return 'next'
    // Read here, and still there for the backend.
    const collected = collectBody(x, guard.bodies)
    return collected instanceof Promise
      ? collected.then(() => checkBody(x, guard))
      : checkBody(x, guard)
  },
})

function checkBody(x: Exchange, guard: Guard): Verdict {
  const { empty, failed, whole } = x.body
  if (empty || failed) return 'next'
  if (!whole) return 413
  try {
    const sent = JSON.parse(whole.toString()) as unknown
    const queries = (Array.isArray(sent) ? sent : [sent]).map((each) => each?.query)
    for (const query of queries) {
      const verdict = check(x, guard, query)
      if (verdict !== 'next') return verdict
    }
    return 'next'
  } catch {
    return 400
  }
}

function check(x: Exchange, { most }: Guard, query: unknown): Verdict {
  if (typeof query !== 'string') return 'next'
  const depth = depthOf(query)
  if (depth <= most) return 'next'
  x.log('info', `a query is nested ${depth} deep, ${most} are allowed`)
  const head = new Head(400)
  head.type = 'application/json'
  const message = `The query is nested too deep: ${depth}, where ${most} is the most.`
  void x.respond(head, JSON.stringify({ errors: [{ message }] }))
  return 'done'
}
