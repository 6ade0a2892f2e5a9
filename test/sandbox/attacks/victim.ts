import { LANGUAGE_ATTACKS } from './language-corpus.ts'
import { PROBE } from './probe.ts'
import { WEB_ATTACKS } from './web-corpus.ts'

/** All that is possible where there is a web API. */
export const GATEWAY_ATTACKS = [...LANGUAGE_ATTACKS, ...WEB_ATTACKS]

/** What `env` holds, and no error may tell. */
export const SECRET = 'hunter2-hunter2'

/**
 * A script that attacks: the request's field `x-attack` says by its number how. Without the field it
 * answers with what it sees of its world.
 */
export const VICTIM = `
${PROBE}
const attacks = ${JSON.stringify(GATEWAY_ATTACKS.map(({ source }) => source))}
const AsyncFunction = (async () => {}).constructor, { Response } = globalThis
Object.assign(globalThis, { zeros, floats, table, list })
async function attack(number, request, env, ctx) {
  const result = await new AsyncFunction('request', 'env', 'ctx', attacks[number])(request, env, ctx)
  return typeof result === 'string' ? new Response(result) : result
}
export default {
  fetch(request, env, ctx) {
    const number = request.headers.get('x-attack')
    return number === null ? new Response(probe()) : attack(number, request, env, ctx)
  },
}
`
