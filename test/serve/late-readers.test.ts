import { expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { request } from '../harness/raw-client.ts'
import type { Handlers } from '../kernel/hand-made-plan.ts'
import { turns } from '../kernel/loopback.ts'
import { serve } from '../kernel/serve.ts'

const ENDED = 'the fields of a request are read after its end'

/** Sends two requests and tells what field X of the first is when both are answered. */
async function readLate(content: Handlers[number][1], transient: boolean): Promise<string> {
  const kept: Exchange[] = []
  const handlers: Handlers = [
    [
      'rewrite',
      (x) => {
        kept.push(x)
        return 'next'
      },
    ],
    ['content', content],
  ]
  const parts = { handlers, transient }
  const served = serve({ ...parts, locations: { '/': parts, '@other': parts } })
  const client = await served.client()
  await client.exchange(request('GET /', { X: 'first' }))
  await client.exchange(request('POST /another', { X: 'second' }))
  client.destroy()
  try {
    return kept[0]?.headers.get('x') ?? 'nothing'
  } catch (error) {
    return (error as Error).message
  }
}

it('fields can be read after the end where a plugin is not transient', async () => {
  expect(await readLate((x) => x.respond(200), false)).toBe('first')
})

it('fields that nobody read cannot be read late where all plugins are transient', async () => {
  expect(await readLate((x) => x.respond(200), true)).toBe(ENDED)
})

it('an exchange that waits keeps its fields', async () => {
  const content: Handlers[number][1] = (x) => turns(2).then(() => x.respond(200))
  expect(await readLate(content, true)).toBe('first')
})

it('an exchange that was in several places keeps its fields', async () => {
  const content: Handlers[number][1] = (x) =>
    x.redirects === 0 ? x.redirect('@other') : x.respond(200)
  expect(await readLate(content, true)).toBe('first')
})

it('an exchange whose fields a subrequest elsewhere shares keeps them', async () => {
  const content: Handlers[number][1] = (x) => {
    if (!x.parent) void x.subrequest('/another').pour()
    return x.respond(200)
  }
  expect(await readLate(content, true)).toBe('first')
})
