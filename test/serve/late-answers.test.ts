import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { runLog, start } from '../../src/kernel/phase/run.ts'
import type { Verdict } from '../../src/kernel/phase/verdict.ts'
import { makeExchange } from '../kernel/hand-made-exchange.ts'
import { keptLog, makeServer, noting } from '../kernel/hand-made-plan.ts'
import { turns } from '../kernel/loopback.ts'
import { walk } from '../kernel/walk-request.ts'

describe('a late answer', () => {
  it.each(['next', 'pass', 'rerun', 200, 404, 444] as const)(
    'of %s from a handler whose client has left changes nothing',
    async (verdict) => {
      const seen: string[] = []
      const server = makeServer({
        handlers: [
          ['preaccess', () => turns(5).then((): Verdict => verdict)],
          ['content', noting(seen, 'content', 204)],
        ],
      })
      const { x, end, carrier } = makeExchange(server)
      start(x)
      x.aborted = true
      await turns(30)
      expect(seen).toEqual([])
      expect(end.calls).toEqual([])
      expect(carrier.asked).toEqual([])
    },
  )

  it('of an error from a handler whose client has left is no line in the log', async () => {
    const { log, lines } = keptLog('info')
    const server = makeServer({
      settings: { error_log: log },
      handlers: [['content', () => turns(5).then(() => Promise.reject(new Error('late')))]],
    })
    const { x, end } = makeExchange(server)
    start(x)
    x.aborted = true
    await turns(30)
    expect(end.calls).toEqual([])
    expect(lines).toEqual([])
  })

  it('after an answer that was given otherwise does not answer again', async () => {
    let saved: Exchange | undefined
    const { end } = await walk({
      handlers: [
        [
          'content',
          (x) => {
            saved = x
            void turns(2).then(() => x.respond(200, 'first'))
            return turns(5).then((): Verdict => 404)
          },
        ],
      ],
    })
    expect(saved?.head?.status).toBe(200)
    expect(end.calls.slice(0, 3)).toEqual(['head', 'data', 'end'])
    expect(end.chunks).toHaveLength(1)
  })
})

describe('the log phase', () => {
  it('asks everyone, whatever the others say or throw', async () => {
    const seen: string[] = []
    const { log, lines } = keptLog('info')
    const server = makeServer({
      settings: { error_log: log },
      handlers: [
        ['log', noting(seen, 'a', 'done')],
        [
          'log',
          () => {
            throw new Error('b')
          },
        ],
        ['log', () => Promise.reject(new Error('c'))],
        ['log', noting(seen, 'd', 500)],
      ],
    })
    runLog(makeExchange(server).x)
    await turns(5)
    expect(seen).toEqual(['a', 'd'])
    expect(lines).toHaveLength(2)
  })
})
