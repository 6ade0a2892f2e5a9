import { expect } from 'vitest'
import { TestScript } from './harness.ts'

/** Runs any code it is sent, so that one image serves a whole file of tests. */
const runner = new TestScript(`export default { async fetch(request) {
  const AsyncFunction = (async () => {}).constructor
  const { code, values } = JSON.parse(await request.text())
  let result
  try {
    result = { value: await new AsyncFunction('values', code)(values) }
  } catch (error) {
    result = { thrown: error?.name ?? String(error), message: error?.message, stack: error?.stack }
  }
  return new Response(JSON.stringify(result))
} }`)

/** What the body of an async function returns in a guest, by way of JSON; it has \`values\`. */
export async function inGuest(code: string, values: unknown = null): Promise<unknown> {
  const body = JSON.stringify({ code, values })
  const outcome = await runner.run({ request: { method: 'POST', body } })
  if (outcome.kind !== 'answered') throw new Error(JSON.stringify(outcome))
  return JSON.parse(outcome.body)
}

/** The same in Node. */
export async function inNode(code: string, values: unknown = null): Promise<unknown> {
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  try {
    const value = await new AsyncFunction('values', code)(values)
    return JSON.parse(JSON.stringify({ value }))
  } catch (error) {
    return { thrown: (error as Error).name }
  }
}

/** Expects a guest to do what Node does: the same value, or an error of the same name. */
export async function same(code: string, values: unknown = null): Promise<void> {
  const [guest, node] = await Promise.all([inGuest(code, values), inNode(code, values)])
  const { message, stack, ...told } = guest as { message?: string; stack?: string }
  expect(told, `${code}\n${message}\n${stack}`).toEqual(node)
}
