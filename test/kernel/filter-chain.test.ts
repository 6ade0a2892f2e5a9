import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { responseTooShort } from '../../src/base/errors.ts'
import type { Exchange } from '../../src/kernel/exchange/exchange.ts'
import { replaceByStatus } from '../../src/kernel/filter/replacement.ts'
import type { Sink } from '../../src/kernel/filter/sink.ts'
import type { Filter } from '../../src/kernel/filter/stage.ts'
import { start } from '../../src/kernel/phase/run.ts'
import { KeptBody } from '../../src/kernel/socket/kept-body.ts'
import { Head } from '../../src/wire/head.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { type Filters, keptLog, makeServer } from './hand-made-plan.ts'
import { turns } from './loopback.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

function through(filters: Filters) {
  return makeExchange(makeServer({ filters }))
}

/** A sink that does nothing but hand on, with what is given instead. */
function passing(next: Sink, own: Partial<Sink>): Sink {
  return {
    head: (head) => next.head(head),
    data: (chunk) => next.data(chunk),
    end: () => next.end(),
    fail: (error) => next.fail(error),
    ...own,
  }
}

/** Adds its letter to the head and around the body. */
const letter =
  (name: string): Filter<undefined> =>
  (x, next) => {
    x.head?.fields.add('X-Order', name)
    return passing(next, {
      data: (chunk) => next.data(bytes(`${name}(${Buffer.from(chunk).toString('latin1')})`)),
      end: () => {
        next.data(bytes(name))
        return next.end()
      },
    })
  }

const declines =
  (seen: string[], name: string): Filter<undefined> =>
  (_, next) => {
    seen.push(name)
    return next
  }

describe('a response', () => {
  it('without filters goes straight to the end', () => {
    const { x, end } = through([])
    const sink = x.send(new Head(200))
    expect(sink).toBe(end)
    expect(x.direct).toBe(true)
    expect(end.calls).toEqual(['head'])
  })

  it('whose filters all decline goes straight to the end', () => {
    const seen: string[] = []
    const { x, end } = through([
      ['receive', declines(seen, 'a')],
      ['edit', declines(seen, 'b')],
    ])
    const head = new Head(200)
    head.seek = () => undefined
    expect(x.send(head)).toBe(end)
    expect(seen).toEqual(['a', 'b'])
    expect(x.direct).toBe(true)
    expect(head.seek).toBeDefined()
  })

  it('meets its filters in order, head and body', () => {
    const seen: string[] = []
    const { x, end } = through([
      ['receive', letter('a')],
      ['store', declines(seen, 'none')],
      ['edit', letter('b')],
      ['slice', letter('c')],
    ])
    const sink = x.send(new Head(200))
    sink.data(bytes('1'))
    sink.end()
    expect(x.direct).toBe(false)
    expect(end.got?.fields.all('x-order')).toEqual(['a', 'b', 'c'])
    expect(end.text).toBe('c(b(a(1)))c(b(a))c(b)c')
    expect(end.calls.filter((call) => call !== 'data')).toEqual(['head', 'end'])
  })

  it.each([
    ['a kept one, straight to the end', [], KeptBody, true],
    ['a kept one, to a filter that may keep it', [['edit', letter('a')]], KeptBody, false],
    ['one given away, to a filter', [['edit', letter('a')]], undefined, true],
  ] as const)('is copied for who may keep it: %s', (_, filters, Kept, same) => {
    const { x, end } = through(filters)
    const given = bytes('body')
    const kept = Kept && new Kept(given)
    const body = kept?.bytes ?? given
    const seen: Uint8Array[] = []
    const send = x.send.bind(x)
    x.send = (head) => {
      const sink = send(head)
      const data = sink.data.bind(sink)
      sink.data = (chunk) => {
        seen.push(chunk)
        return data(chunk)
      }
      return sink
    }
    expect(x.respond(200, kept ?? given)).toBe('done')
    expect(seen).toEqual([body])
    expect(seen[0] === body).toBe(same)
    expect(end.text).toContain('body')
  })

  it('is seen by each filter as the ones before have left it', () => {
    const seen: (number | undefined)[] = []
    const { x } = through([
      [
        'receive',
        (y, next) => {
          seen.push(y.head?.status)
          return passing(next, {
            head: (head) => {
              head.status = 201
              next.head(head)
            },
          })
        },
      ],
      [
        'edit',
        (y, next) => {
          seen.push(y.head?.status)
          return next
        },
      ],
    ])
    x.send(new Head(200)).end()
    expect(seen).toEqual([200, 201])
    expect(x.head?.status).toBe(201)
  })

  it('whose head a filter holds back reaches the filters behind it later', () => {
    const seen: string[] = []
    const late: Filter<undefined> = (_, next) => {
      const parts: Uint8Array[] = []
      let held: Head
      return {
        head: (head) => {
          held = head
        },
        data: (chunk) => void parts.push(chunk),
        end: () => {
          const whole = Buffer.concat(parts)
          held.length = whole.length
          next.head(held)
          next.data(whole)
          return next.end()
        },
        fail: (error) => next.fail(error),
      }
    }
    const { x, end } = through([
      ['edit', late],
      ['encode', declines(seen, 'behind')],
    ])
    const sink = x.send(new Head(200))
    sink.data(bytes('one '))
    sink.data(bytes('two'))
    expect([seen, end.calls]).toEqual([[], []])
    sink.end()
    expect(seen).toEqual(['behind'])
    expect(end.calls).toEqual(['head', 'data', 'end'])
    expect(end.got?.length).toBe(7)
    expect(end.text).toBe('one two')
  })

  it('may be replaced by a new head on its way', () => {
    const { x, end } = through([
      ['edit', (_, next) => passing(next, { head: () => next.head(new Head(503)) })],
    ])
    x.send(new Head(200)).end()
    expect(x.head?.status).toBe(503)
    expect(end.got?.status).toBe(503)
  })

  it('can begin anywhere only as long as no filter before slice takes its body', () => {
    for (const [stage, offered] of [
      ['edit', false],
      ['encode', false],
      ['slice', true],
    ] as const) {
      let seek: unknown
      const { x } = through([
        [
          stage,
          (_, next) =>
            passing(next, {
              head: (head) => {
                seek = head.seek
                next.head(head)
              },
            }),
        ],
      ])
      const head = new Head(200)
      head.seek = () => undefined
      x.send(head)
      expect(seek !== undefined).toBe(offered)
    }
  })

  it('waits for whoever is slow, through all filters', async () => {
    const { x, end } = through([
      ['receive', letter('a')],
      ['slice', (_, next) => passing(next, {})],
    ])
    end.slow = () => turns(3)
    const sink = x.send(new Head(200))
    let ready = false
    const waits = sink.data(bytes('1'))
    expect(waits).toBeInstanceOf(Promise)
    void Promise.resolve(waits).then(() => {
      ready = true
    })
    await turns(1)
    expect(ready).toBe(false)
    await turns(5)
    expect(ready).toBe(true)
  })

  it('that fails is failed through the filters that have it, once', () => {
    const told: string[] = []
    const teller =
      (name: string): Filter<undefined> =>
      (_, next) =>
        passing(next, {
          fail: (error) => {
            told.push(name)
            next.fail(error)
          },
        })
    const { x, end } = through([
      ['receive', teller('a')],
      ['edit', declines(told, 'none')],
      ['encode', teller('b')],
    ])
    x.send(new Head(200)).data(bytes('1'))
    told.length = 0
    const error = responseTooShort(1)
    x.cut(error)
    expect(told).toEqual(['a', 'b'])
    expect(end.failure).toBe(error)
    expect(end.calls).toEqual(['head', 'data', 'fail'])
  })

  it('that fails while a filter holds its head back fails at the very end', () => {
    const { x, end } = through([
      ['edit', (_, next) => passing(next, { head: () => undefined })],
      ['encode', letter('not reached')],
    ])
    const sink = x.send(new Head(200))
    sink.fail(responseTooShort(1))
    expect(end.calls).toEqual(['fail'])
  })

  it('may not be sent twice', () => {
    const { x, end } = through([])
    x.respond(200, 'one')
    expect(() => x.respond(200, 'two')).toThrow('sent already')
    expect(end.text).toBe('one')
  })

  it('sent in one call has a length and the default type', () => {
    const { x, end } = through([])
    expect(x.respond(200, 'h\xe4')).toBe('done')
    expect(end.got).toMatchObject({ length: 3, type: 'text/plain' })
    const empty = through([])
    empty.x.respond(200)
    expect(empty.end.got).toMatchObject({ length: 0, type: undefined })
    const none = through([])
    none.x.respond(204)
    expect(none.end.got).toMatchObject({ length: undefined })
  })

  it('sent in one call is done when it is taken', async () => {
    const { x, end } = through([])
    end.slow = () => turns(2)
    const done = x.respond(200, 'later')
    expect(done).toBeInstanceOf(Promise)
    expect(end.ended).toBe(false)
    expect(await done).toBe('done')
    expect(end.ended).toBe(true)
  })

  it('may be replaced by a status and its page', () => {
    const { x, end } = through([['edit', (y, next) => replaceByStatus(y, next, 416)]])
    const head = new Head(200)
    head.fields.add('ETag', '"1"')
    let sought: unknown
    head.seek = (parts) => {
      sought = parts
    }
    head.length = 100
    const sink = x.send(head)
    sink.data(bytes('not this'))
    sink.end()
    expect(end.got?.status).toBe(416)
    expect(end.got?.fields.get('etag')).toBeUndefined()
    expect(end.text).toContain('416 Requested Range Not Satisfiable')
    expect(end.got?.length).toBe(end.text.length)
    expect(sought).toEqual([])
  })
})

describe('a filter that throws', () => {
  const throwing = () => {
    throw new Error('broken')
  }
  const answered = async (when: string, filter: Filter<undefined>) => {
    const server = makeServer({
      settings: { error_log: keptLog().log },
      filters: [['edit', filter]],
      handlers: [
        [
          'content',
          (x: Exchange) =>
            when === 'now' ? x.respond(200, 'hi') : turns(1).then(() => x.respond(200, 'hi')),
        ],
      ],
    })
    const { x, end } = makeExchange(server)
    start(x)
    await turns(5)
    return end
  }

  it.each(['now', 'later'])('before the head is through is answered with 500, %s', async (when) => {
    const heads: Filter<undefined> = (_, next) => passing(next, { head: throwing })
    for (const filter of [throwing, heads]) {
      const end = await answered(when, filter)
      expect(end.got?.status).toBe(500)
      expect(end.calls.filter((call) => call === 'head')).toHaveLength(1)
      expect(end.text).toContain('500 Internal Server Error')
      expect(end.failure).toBeUndefined()
    }
  })

  it.each(['now', 'later'])('behind the head cuts what has begun, %s', async (when) => {
    const end = await answered(when, (_, next) => passing(next, { data: throwing }))
    expect(end.calls).toEqual(['head', 'fail'])
    expect(end.failure?.message).toContain('broken')
  })
})
