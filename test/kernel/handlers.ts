import type { Handlers } from './hand-made-plan.ts'
import type { Gate } from './serve.ts'

/** Answers at once. */
export const hello: Handlers = [['content', (x) => x.respond(200, `hello ${x.uri}`)]]

/** Says what it got, the body included. */
export const echo: Handlers = [
  ['content', async (x) => x.respond(200, `${x.uri}:${await x.body.bytes()}`)],
]

/** Answers without a look at the body. */
export const heedless: Handlers = [['content', (x) => x.respond(200, x.uri)]]

/** Answers when the gate opens. */
export function gated(gate: Gate): Handlers {
  return [['content', (x) => gate.pass(x).then(() => x.respond(200, 'late'))]]
}
