import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JOIN_LIMIT } from '../../src/kernel/socket/joint.ts'
import { KeptBody } from '../../src/kernel/socket/kept-body.ts'
import { Stream } from '../../src/kernel/socket/stream.ts'
import type { StreamUser } from '../../src/kernel/socket/stream-user.ts'
import { until } from '../harness/wait.ts'
import { connectPaused, listenRaw, readAll, turns } from './loopback.ts'

/** A user that keeps what it is told. */
class Keeper implements StreamUser {
  stream!: Stream
  readonly received: Buffer[] = []
  readonly told: string[] = []

  onBytes(memory: Buffer, size: number): void {
    this.received.push(Buffer.from(memory.subarray(0, size)))
  }

  onEnd(): void {
    this.told.push('end')
  }

  onDrain(): void {
    this.told.push('drain')
  }

  onBroken(code: string): void {
    this.told.push(code)
  }

  get text(): string {
    return Buffer.concat(this.received).toString('latin1')
  }
}

/** A connected pair: our stream, and a plain socket that reads when told to. */
async function pair<U extends StreamUser & { stream: Stream }>(
  user: U,
): Promise<{ user: U; stream: Stream; socket: Socket }> {
  let stream: Stream | undefined
  const port = listenRaw((handle) => {
    stream = new Stream(handle, user)
    user.stream = stream
  })
  const socket = await connectPaused(port)
  await until('the accepted connection', () => stream)
  return { user, stream: stream as unknown as Stream, socket }
}

/** More than loopback takes at once, so that writes must wait. */
const MUCH = 8 * 2 ** 20

function pattern(size: number, seed: number): Buffer {
  const block = createHash('sha512').update(`${seed}`).digest()
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += block.length) block.copy(bytes, at)
  return bytes
}

describe('reading', () => {
  it('begins with resume, stops with pause, and loses nothing in between', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    socket.write('one')
    await turns(20)
    expect(user.text).toBe('')
    stream.resume()
    await until('the first bytes', () => user.text === 'one')
    stream.pause()
    stream.pause()
    socket.write('two')
    await turns(20)
    expect(user.text).toBe('one')
    stream.resume()
    await until('the next bytes', () => user.text === 'onetwo')
    expect(stream.received).toBe(6)
    socket.end()
    await until('the end', () => user.told.includes('end'))
    expect(user.told).toEqual(['end'])
    stream.close()
  })

  it('may go into memory of its own that stays valid', async () => {
    const own = Buffer.alloc(1024)
    const seen: Buffer[] = []
    const user = new Keeper()
    user.onBytes = (memory, size) => {
      seen.push(memory)
      user.received.push(Buffer.from(memory.subarray(0, size)))
      if (seen.length === 1) user.stream.readInto(own)
      if (seen.length === 2) user.stream.readInto(undefined)
    }
    const { stream, socket } = await pair(user)
    stream.resume()
    for (const text of ['one', 'two', 'three']) {
      socket.write(text)
      await until(text, () => user.text.endsWith(text))
    }
    expect(seen[1]).toBe(own)
    expect(own.toString('latin1', 0, 3)).toBe('two')
    expect(seen[2]).toBe(seen[0])
    stream.close()
  })

  it('takes pieces of any size through small memory of its own', async () => {
    const user = new Keeper()
    const onBytes = user.onBytes.bind(user)
    user.onBytes = (memory, size) => {
      onBytes(memory, size)
      user.stream.readInto(Buffer.alloc(7))
    }
    const { stream, socket } = await pair(user)
    stream.resume()
    const sent = pattern(20_000, 1)
    socket.write('x')
    await until('the first byte', () => user.received.length > 0)
    socket.write(sent)
    socket.end()
    await until('the end', () => user.told.includes('end'))
    expect(Buffer.concat(user.received).subarray(1).equals(sent)).toBe(true)
    expect(user.received[1]?.length).toBeLessThanOrEqual(7)
    stream.close()
  })

  it('tells of a peer that reset the connection', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    stream.resume()
    socket.resetAndDestroy()
    await until('the break', () => user.told.length > 0)
    expect(user.told).toEqual(['ECONNRESET'])
    expect(stream.closed).toBe(true)
    stream.close()
    stream.resume()
    stream.end()
    expect(stream.writeText('late')).toBe(false)
    await turns()
    expect(user.told).toEqual(['ECONNRESET'])
  })
})

describe('writing', () => {
  it('that nobody has to wait for is done at once', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    expect(stream.writeText('a\xff')).toBe(false)
    expect(stream.write(Buffer.from('b'))).toBe(false)
    expect(stream.writeAround('<', Buffer.from('c'), '>')).toBe(false)
    expect(stream.write(Buffer.alloc(0))).toBe(false)
    expect(stream).toMatchObject({ pending: 0, sent: 6 })
    stream.end()
    expect((await readAll(socket)).toString('latin1')).toBe('a\xffb<c>')
    expect(user.told).toEqual([])
    stream.close()
  })

  it('keeps the order of bytes however they are written, to a slow reader', async () => {
    const piece = fc.record({
      how: fc.constantFrom('text', 'bytes', 'around', 'kept'),
      size: fc.oneof(
        fc.nat(2000),
        fc.integer({ min: JOIN_LIMIT - 20, max: JOIN_LIMIT + 20 }),
        fc.constantFrom(MUCH, 300_000),
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (pieces) => {
        const { user, stream, socket } = await pair(new Keeper())
        const expected: Buffer[] = []
        pieces.forEach(({ how, size }, i) => {
          const bytes = pattern(size, i)
          expected.push(bytes)
          if (how === 'text') stream.writeText(bytes.toString('latin1'))
          else if (how === 'bytes') stream.write(bytes)
          else if (how === 'kept') {
            const one = Math.trunc(size / 20)
            const body = new KeptBody(bytes.subarray(one))
            stream.writeKept(bytes.subarray(0, one).toString('latin1'), body)
          } else {
            const [one, two] = [Math.trunc(size / 10), Math.trunc(size / 2)]
            const [before, after] = [bytes.subarray(0, one), bytes.subarray(two)]
            stream.writeAround(
              before.toString('latin1'),
              bytes.subarray(one, two),
              after.toString('latin1'),
            )
          }
        })
        const waited = stream.pending > 0
        stream.end()
        const all = Buffer.concat(expected)
        expect(stream.sent).toBe(all.length)
        expect((await readAll(socket)).equals(all)).toBe(true)
        await until('nothing to wait', () => stream.pending === 0)
        expect(user.told.filter((each) => each !== 'drain')).toEqual([])
        if (!waited) expect(user.told).toEqual([])
        stream.close()
        socket.destroy()
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  it('tells once when everything has left', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    expect(stream.write(pattern(MUCH, 1))).toBe(true)
    expect(stream.writeText('tail')).toBe(true)
    expect(stream.pending).toBe(MUCH + 4)
    await turns(20)
    expect(user.told).toEqual([])
    const all = readAll(socket)
    await until('the drain', () => user.told.length > 0)
    expect(user.told).toEqual(['drain'])
    expect(stream.pending).toBe(0)
    stream.end()
    expect((await all).length).toBe(MUCH + 4)
    expect(user.told).toEqual(['drain'])
    stream.close()
  })

  it('does not reuse the memory it joins small writes in while some of it waits', async () => {
    const { stream, socket } = await pair(new Keeper())
    const expected: string[] = []
    // Fills what the sockets hold with joined writes until one of them has to wait.
    for (let i = 0; stream.pending === 0; i++) {
      const body = pattern(20_000, i)
      expected.push(`<${i}>`, body.toString('latin1'), '!')
      stream.writeAround(`<${i}>`, body, '!')
    }
    // The joint memory of another stream must be another one by now.
    const other = await pair(new Keeper())
    other.stream.writeAround('#'.repeat(10_000), Buffer.alloc(20_000, '#'), '')
    other.stream.close()
    stream.end()
    expect((await readAll(socket)).toString('latin1')).toBe(expected.join(''))
    stream.close()
  })

  it.each([
    ['short', 500],
    ['long', 20_000],
  ])('of a kept body behind ever different heads keeps each as it was: %s', async (_, size) => {
    const bytes = pattern(size, 1)
    const body = new KeptBody(bytes)
    // Of changing length, and now and then too long to stand in front of the body.
    const headOf = (name: string, i: number) => `<${name} ${i}>`.padEnd((i % 7) * 400, '-')
    const text = bytes.toString('latin1')
    const slow = await pair(new Keeper())
    const sent: string[] = []
    for (let i = 0; slow.stream.pending === 0; i++) {
      const head = headOf('slow', i)
      sent.push(head, text)
      slow.stream.writeKept(head, body)
    }
    // What the slow one waits for must not change by what others are sent of the same body.
    const others = await Promise.all([pair(new Keeper()), pair(new Keeper())])
    for (const [i, { stream, socket }] of others.entries()) {
      const heads = [headOf(`other ${i}`, 1), headOf(`other ${i}`, 1), headOf('', 5)]
      for (const head of heads) stream.writeKept(head, body)
      stream.end()
      const expected = heads.map((head) => head + text).join('')
      expect((await readAll(socket)).toString('latin1')).toBe(expected)
      stream.close()
    }
    slow.stream.end()
    expect((await readAll(slow.socket)).toString('latin1')).toBe(sent.join(''))
    expect(Buffer.from(body.bytes).equals(bytes)).toBe(true)
    slow.stream.close()
  })

  it('closes the writing half after all of it, and reads on', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    stream.resume()
    stream.write(pattern(MUCH, 1))
    stream.end()
    stream.end()
    expect((await readAll(socket)).length).toBe(MUCH)
    socket.write('still here')
    await until('what was sent after the end', () => user.text === 'still here')
    socket.end()
    await until('the end', () => user.told.includes('end'))
    expect(user.told).toEqual(['end'])
    stream.close()
  })

  it('is given up when the stream is closed meanwhile', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    stream.write(pattern(MUCH, 1))
    stream.writeText('more')
    stream.close()
    stream.close()
    expect((await readAll(socket)).length).toBeLessThan(MUCH)
    await turns(20)
    expect(user.told).toEqual([])
  })

  it('breaks once when the peer resets the connection', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    stream.write(pattern(MUCH, 1))
    stream.writeText('more')
    socket.resetAndDestroy()
    await until('the break', () => user.told.length > 0)
    await turns(20)
    expect(user.told).toHaveLength(1)
    expect(user.told[0]).toMatch(/^(ECONNRESET|EPIPE)$/)
    expect(stream.closed).toBe(true)
  })

  it('to a peer that is gone fails later, once, and not inside of the write', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    socket.resetAndDestroy()
    await turns(50)
    for (let i = 0; i < 5; i++) {
      stream.writeText('x')
      stream.write(Buffer.from('y'))
      stream.writeAround('a', Buffer.from('b'), 'c')
    }
    expect(user.told).toEqual([])
    await until('the break', () => user.told.length > 0)
    await turns(20)
    expect(user.told).toHaveLength(1)
  })

  it('with a reset shows the peer an error', async () => {
    const { user, stream, socket } = await pair(new Keeper())
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
    socket.resume()
    stream.reset()
    stream.reset()
    expect((await failed).code).toBe('ECONNRESET')
    await turns()
    expect(user.told).toEqual([])
  })

  it('from inside of onDrain and onBytes goes on', async () => {
    const user = new Keeper()
    let rounds = 0
    user.onDrain = () => {
      rounds++
      if (rounds < 4) user.stream.write(pattern(MUCH, rounds))
      else user.stream.end()
    }
    user.onBytes = () => {
      user.stream.write(pattern(MUCH, 0))
    }
    const { stream, socket } = await pair(user)
    stream.resume()
    socket.write('go')
    const all = await readAll(socket)
    expect(rounds).toBe(4)
    expect(all.length).toBe(4 * MUCH)
    stream.close()
  })
})
