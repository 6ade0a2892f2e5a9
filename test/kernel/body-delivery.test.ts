import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientClosed, type GatewayError } from '../../src/base/errors.ts'
import {
  type BodyReceiver,
  type BodySource,
  NO_BODY,
  RequestBody,
} from '../../src/kernel/exchange/request-body.ts'
import { chunked } from '../harness/raw-client.ts'
import { turns } from './loopback.ts'

/** A wire that feeds a body only while it may, as a connection does. */
class Wire implements BodySource {
  body!: RequestBody
  reading = true
  #rest: Buffer[]
  /** Bytes that were not the body's. */
  over = ''

  constructor(pieces: readonly Buffer[]) {
    this.#rest = [...pieces]
  }

  resumeBody(): void {
    this.reading = true
  }

  pauseBody(): void {
    this.reading = false
  }

  /** Delivers what can be delivered; whether anything could. */
  deliver(): boolean {
    if (!this.reading || this.#rest.length === 0) return false
    const piece = Buffer.from(this.#rest.shift() as Buffer)
    const stop = this.body.complete ? 0 : this.body.feed(piece, 0, piece.length)
    this.over += piece.toString('latin1', stop)
    // The memory was only lent.
    piece.fill('#')
    return true
  }

  /** Delivers everything, as receivers let it. */
  async run(): Promise<void> {
    for (let idle = 0; idle < 5; idle++) {
      while (this.deliver()) idle = 0
      await turns(1)
    }
  }
}

/** Takes a body with pauses where `wait` says so. */
class Reader implements BodyReceiver {
  readonly chunks: Buffer[] = []
  readonly calls: string[] = []
  failure: GatewayError | undefined
  readonly #wait: (chunk: number) => boolean
  #busy = false

  constructor(wait: (chunk: number) => boolean = () => false) {
    this.#wait = wait
  }

  data(chunk: Buffer): Promise<void> | undefined {
    expect(this.#busy).toBe(false)
    this.chunks.push(chunk)
    if (!this.#wait(this.chunks.length)) return undefined
    this.#busy = true
    return turns(1).then(() => {
      this.#busy = false
    })
  }

  end(): void {
    expect(this.#busy).toBe(false)
    this.calls.push('end')
  }

  fail(error: GatewayError): void {
    this.calls.push('fail')
    this.failure = error
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }
}

function bodyOf(wire: Wire, length: number | undefined): RequestBody {
  wire.body = new RequestBody(wire, length)
  return wire.body
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [...new Set([0, ...cuts.map((each) => each % bytes.length), bytes.length])]
  edges.sort((a, b) => a - b)
  return edges.slice(1).map((to, i) => bytes.subarray(edges[i], to))
}

function encode(chunks: readonly string[]): string {
  return chunked(...chunks.filter((each) => each !== ''))
}

describe('a body in any pieces', () => {
  const text = fc.string({ unit: 'binary-ascii', maxLength: 40 })

  it('reaches its reader whole and in order, and takes nothing of what follows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 6 }),
        fc.boolean(),
        fc.array(fc.nat(400), { maxLength: 10 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        fc.nat(3),
        async (chunks, chunked, cuts, waits, late) => {
          const plain = chunks.join('')
          fc.pre(chunked || plain !== '')
          const wired = Buffer.from(`${chunked ? encode(chunks) : plain}NEXT`, 'latin1')
          const wire = new Wire(cut(wired, cuts))
          const body = bodyOf(wire, chunked ? undefined : plain.length)
          const reader = new Reader((chunk) => waits[chunk % waits.length] === true)
          for (let i = 0; i < late; i++) wire.deliver()
          body.pour(reader)
          await wire.run()
          expect(reader.text).toBe(plain)
          expect(reader.calls).toEqual(['end'])
          expect(wire.over).toBe('NEXT')
          expect(body).toMatchObject({ complete: true, failed: false, received: plain.length })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('fails once and for all beyond its limit, wherever the pieces are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(200), { maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        fc.nat(3),
        async (cuts, limit, slow, late) => {
          const chunks = ['0123456789', 'abcdefghij', 'ABCDEFGHIJ']
          const wire = new Wire(cut(Buffer.from(encode(chunks)), cuts))
          const body = bodyOf(wire, undefined)
          const reader = new Reader(() => slow)
          for (let i = 0; i < late; i++) wire.deliver()
          body.limit = limit
          body.pour(reader)
          await wire.run()
          if (limit >= 30) expect([reader.text, ...reader.calls]).toEqual([chunks.join(''), 'end'])
          else {
            expect(reader.calls).toEqual(['fail'])
            expect(reader.failure?.status).toBe(413)
            expect(reader.text.length).toBeLessThanOrEqual(limit)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('a request body', () => {
  it('that is fed while nobody reads stops the wire after one piece', () => {
    const wire = new Wire([Buffer.from('12345'), Buffer.from('67890')])
    const body = bodyOf(wire, 10)
    expect(wire.deliver()).toBe(true)
    expect(wire.reading).toBe(false)
    expect(body.received).toBe(5)
  })

  it('does not stop the wire once it is complete', () => {
    const wire = new Wire([Buffer.from('12345')])
    bodyOf(wire, 5)
    wire.deliver()
    expect(wire.reading).toBe(true)
  })

  it('stops the wire while its reader is busy, and no longer', async () => {
    const wire = new Wire([Buffer.from('12345'), Buffer.from('67890')])
    const body = bodyOf(wire, 10)
    body.pour(new Reader((chunk) => chunk === 1))
    wire.deliver()
    expect(wire.reading).toBe(false)
    await turns(3)
    expect(wire.reading).toBe(true)
  })

  it('gives its reader chunks that stay what they are', async () => {
    const wire = new Wire([Buffer.from('12345'), Buffer.from('67890')])
    const body = bodyOf(wire, 10)
    const bytes = body.bytes()
    await wire.run()
    expect((await bytes).toString()).toBe('1234567890')
  })

  it('tells a failure after the chunk its reader is busy with', async () => {
    const wire = new Wire([Buffer.from('12345')])
    const body = bodyOf(wire, 10)
    const reader = new Reader(() => true)
    body.pour(reader)
    wire.deliver()
    body.fail(clientClosed('sending its request body'))
    expect(reader.calls).toEqual([])
    await turns(3)
    expect(reader.calls).toEqual(['fail'])
    body.fail(clientClosed('again'))
    expect(reader.calls).toEqual(['fail'])
  })

  it('tells a failure that came before its reader, after what had come', async () => {
    const wire = new Wire([Buffer.from('12345')])
    const body = bodyOf(wire, 10)
    wire.deliver()
    body.fail(clientClosed('sending its request body'))
    const reader = new Reader()
    body.pour(reader)
    await wire.run()
    expect([reader.text, ...reader.calls]).toEqual(['12345', 'fail'])
    await expect(new RequestBody(wire, 5).bytes.call(failed(wire))).rejects.toThrow('closed')
  })

  it('that was discarded is swallowed to its end', async () => {
    const wire = new Wire([Buffer.from('123'), Buffer.from('45'), Buffer.from('678NEXT')])
    const body = bodyOf(wire, 8)
    wire.deliver()
    expect(wire.reading).toBe(false)
    body.discard()
    await wire.run()
    expect(body.complete).toBe(true)
    expect(wire.over).toBe('NEXT')
  })

  it('that was discarded while its reader was busy is swallowed as well', async () => {
    const wire = new Wire([Buffer.from('123'), Buffer.from('45'), Buffer.from('678NEXT')])
    const body = bodyOf(wire, 8)
    const reader = new Reader(() => true)
    body.pour(reader)
    wire.deliver()
    body.discard()
    await wire.run()
    expect(body.complete).toBe(true)
    expect([reader.text, ...reader.calls]).toEqual(['123'])
    expect(wire.over).toBe('NEXT')
  })

  it.each(['throws', 'rejects'])(
    'whose reader %s tells it so and swallows the rest',
    async (how) => {
      const wire = new Wire([Buffer.from('123'), Buffer.from('45NEXT')])
      const body = bodyOf(wire, 5)
      const failures: string[] = []
      body.pour({
        data: () => {
          if (how === 'throws') throw new Error('no room')
          return Promise.reject(new Error('no room'))
        },
        end: () => failures.push('end'),
        fail: (error) => failures.push(error.message.split('\n')[0] as string),
      })
      await wire.run()
      expect(failures).toHaveLength(1)
      expect(failures[0]).toContain('no room')
      expect(body.complete).toBe(true)
      expect(wire.over).toBe('NEXT')
    },
  )

  it('may be read once', () => {
    const body = bodyOf(new Wire([]), 5)
    body.pour(new Reader())
    expect(() => body.pour(new Reader())).toThrow('being read already')
  })

  it('that is none may be read by every request', async () => {
    for (let i = 0; i < 3; i++) {
      expect((await NO_BODY.bytes()).length).toBe(0)
      const reader = new Reader()
      NO_BODY.pour(reader)
      expect(reader.calls).toEqual(['end'])
      NO_BODY.discard()
    }
    expect(NO_BODY).toMatchObject({ empty: true, complete: true, failed: false })
  })

  it('takes trailers', async () => {
    const wired = '5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-more: 2\r\n\r\nNEXT'
    for (let at = 1; at < wired.length; at++) {
      const wire = new Wire(cut(Buffer.from(wired), [at]))
      const body = bodyOf(wire, undefined)
      const bytes = body.bytes()
      await wire.run()
      expect((await bytes).toString()).toBe('hello')
      expect(body.trailers && [...body.trailers]).toEqual([
        ['X-Sum', '1'],
        ['x-more', '2'],
      ])
      expect(wire.over).toBe('NEXT')
    }
  })

  it('that is no chunked body fails with 400 at the first wrong byte, and takes all that follows', async () => {
    for (const wired of [
      'x',
      '5\r\nhelloX',
      '5\nhello',
      '0\r\nbad trailer\r\n\r\n',
      '\r\n',
      '5;\x01\r\n',
    ]) {
      const wire = new Wire(cut(Buffer.from(`${wired}\r\nGET / HTTP/1.1\r\n\r\n`), [1, 3, 9]))
      const body = bodyOf(wire, undefined)
      const reader = new Reader()
      body.pour(reader)
      await wire.run()
      expect(reader.calls).toEqual(['fail'])
      expect(reader.failure?.status).toBe(400)
      expect(wire.over).toBe('')
      expect(body).toMatchObject({ complete: false, failed: true })
    }
  })
})

/** A body that has failed before anyone read it. */
function failed(wire: Wire): RequestBody {
  const body = new RequestBody(wire, 5)
  body.fail(clientClosed('sending its request body'))
  return body
}
