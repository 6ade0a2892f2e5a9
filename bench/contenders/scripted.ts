import { COMPOSE, RULES } from '../sandbox/scripts.ts'
import { GREETING } from '../work.ts'

/** What a script does in a row: nothing but answering, or routing and composing 1.8 KB of JSON. */
export type Scripted = 'trivial' | 'json'

/** The same as functions of plain JavaScript, for engines without a web API. */
const HANDLERS: Readonly<Record<Scripted, string>> = {
  trivial: `function handle() { return { status: 200, headers: {}, body: '${GREETING}' } }`,
  json: `${RULES}${COMPOSE}
  function handle(path, header) {
    const upstream = upstreamFor(path, header)
    const id = (header('x-request-id') || 'none') + '-1'
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-upstream': upstream, 'x-request-id': id },
      body: compose(upstream),
    }
  }`,
}

/** Source of `handle(path, header)`, which gives status, headers and body. */
export function handlerOf(scripted: Scripted): string {
  return HANDLERS[scripted]
}

/** The same as a module with a `fetch`, for those that have one. */
export function moduleOf(scripted: Scripted): string {
  if (scripted === 'trivial') {
    return `export default { fetch() { return new Response('${GREETING}') } }`
  }
  return `${handlerOf(scripted)}
  export default { fetch(request) {
    const { body, ...init } = handle(pathOf(request.url), (name) => request.headers.get(name))
    return new Response(body, init)
  } }`
}
