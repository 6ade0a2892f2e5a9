import { underTest } from 'gateway/testing'
import { expect, it } from 'vitest'
import plugin from '../../src/plugins/cors/index.ts'

it('keeps the rules of filters', async () => {
  const setup = { directives: { cors_allow_origins: 'https://a.example' } }
  expect(await underTest(plugin, setup).filterFaults({ body: 'hello world' })).toEqual([])
})

it('says Vary once, and what a peer has said of CORS not at all', async () => {
  const { head } = await underTest(plugin, {
    directives: { cors_allow_origins: 'https://a.example' },
  }).respond(
    { fields: { Vary: 'Accept, ORIGIN', 'Access-Control-Allow-Origin': 'https://evil.example' } },
    { headers: { Origin: 'https://other.example' } },
  )
  expect([...(head?.fields ?? [])]).toEqual([['Vary', 'Accept, ORIGIN']])
})
