import { type HttpOrigin, httpOrigin } from './http-origin.ts'

/** An origin whose answers all wait until they are released. */
export interface HeldOrigin extends HttpOrigin {
  release(): void
}

/** Starts an origin that keeps its clients waiting; what it says at last is `in the end`. */
export async function heldOrigin(): Promise<HeldOrigin> {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const backend = await httpOrigin(async () => {
    await held
    return { body: 'in the end' }
  })
  return Object.assign(backend, { release: () => release() })
}
