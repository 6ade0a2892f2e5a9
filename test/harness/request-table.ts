import { request } from './raw-client.ts'

/** What requests are made of; a table has many of their combinations. */
export interface Ingredients {
  readonly methods: readonly string[]
  readonly targets: readonly string[]
  /** By name: values, of which a request has one, or none. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  readonly bodies?: readonly string[]
}

/** So many requests, the same with every run; each closes its connection. */
export function requestTable(count: number, ingredients: Ingredients): readonly string[] {
  const { bodies = [''], fields, methods, targets } = ingredients
  const random = generator(count)
  const any = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  return Array.from({ length: count }, () => {
    const method = any(methods)
    const version = random() < ONE_IN_EIGHT ? '1.0' : '1.1'
    const headers: Record<string, string> = { Connection: 'close' }
    for (const [name, values] of Object.entries(fields)) {
      if (random() < HALF) headers[name] = any(values)
    }
    const body = method === 'GET' || method === 'HEAD' ? '' : any(bodies)
    return request(`${method} ${any(targets)} HTTP/${version}`, headers, body)
  })
}

const HALF = 0.5
const ONE_IN_EIGHT = 0.125

/** Mulberry32: numbers from 0 to below 1 that follow from the seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
