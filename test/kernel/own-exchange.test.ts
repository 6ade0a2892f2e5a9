import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { workInside } from '../../src/kernel/exchange/own-exchange.ts'
import { makeServer } from './hand-made-plan.ts'

const server = makeServer({
  locations: { '/answers': { handlers: [['content', (x) => x.respond(200, `for ${x.uri}`)]] } },
})
const stand = { server, location: server.own }
const none = () => undefined

describe('work inside of the gateway that no client asked for', () => {
  it('makes requests in its place, on behalf of an exchange of its own', async () => {
    const found = await workInside(stand, none, async (x) => {
      const { method, internal, client, parent } = x
      expect([method, internal, client.address, parent]).toEqual(['', true, 'unix:', undefined])
      const inner = x.subrequest('/answers')
      const own = x.rest({ method: 'GET', by: (made) => void made.respond(200, 'own') })
      const texts: string[] = []
      const into = { data: (chunk: Uint8Array) => void texts.push(`${Buffer.from(chunk)}`) }
      await inner.pour(into)
      await own.pour(into)
      return texts
    })
    expect(found).toEqual(['for /answers', 'own'])
  })

  it('is over with its exchange: what is under way is told, and what is to be freed is', async () => {
    const told: string[] = []
    const begin = async (x: Exchange): Promise<never> => {
      x.atEnd(() => told.push('freed'))
      x.rest({
        by: (made) => {
          made.onAbort = () => told.push('broken off')
        },
      })
      throw new Error('failed')
    }
    await expect(workInside(stand, none, begin)).rejects.toThrow('failed')
    expect(told).toEqual(['broken off', 'freed'])
  })
})
