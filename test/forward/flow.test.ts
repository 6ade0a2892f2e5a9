import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { Flow } from '../../src/forward/tunnel/flow.ts'
import type { Stream } from '../../src/kernel/socket/stream.ts'

/** A stream that takes `room` bytes and remembers what was done with it. */
function fakeStream(room = Number.POSITIVE_INFINITY) {
  const written: Uint8Array[] = []
  const stream = {
    pending: 0,
    reading: true,
    ended: false,
    memory: undefined as Buffer | undefined,
    written,
    pause: () => {
      stream.reading = false
    },
    resume: () => {
      stream.reading = true
    },
    end: () => {
      stream.ended = true
    },
    readInto: (memory: Buffer | undefined) => {
      stream.memory = memory
    },
    write: (bytes: Uint8Array) => {
      written.push(bytes)
      stream.pending = Math.max(0, stream.pending + bytes.length - room)
    },
    writeAround: (_: string, bytes: Uint8Array) => stream.write(Buffer.from(bytes)),
  }
  return stream
}

function flowOf(from: ReturnType<typeof fakeStream>, to: ReturnType<typeof fakeStream>): Flow {
  return new Flow(from as unknown as Stream, to as unknown as Stream)
}

test('reads nothing while something waits, and the end waits, too', () => {
  const [from, to] = [fakeStream(), fakeStream(3)]
  const flow = flowOf(from, to)
  flow.take(Buffer.from('hello'), 5)
  expect([from.reading, flow.blocked]).toEqual([false, true])
  flow.end()
  expect([to.ended, flow.over]).toEqual([false, false])
  to.pending = 0
  flow.drained()
  expect([to.ended, flow.over, flow.moved]).toEqual([true, true, 5])
})

test('memory that is lent is not kept', () => {
  const [from, to] = [fakeStream(), fakeStream(0)]
  const flow = flowOf(from, to)
  const lent = Buffer.from('hello')
  flow.take(lent, 5)
  flow.take(lent, 5)
  lent.fill('x')
  expect(to.written.map(String)).toEqual(['hello', 'hello'])
})

test('much at once is read into memory of its own, of which there is so much and no more', () => {
  const large = Buffer.alloc(65_536)
  const flows = Array.from({ length: 100 }, () => {
    const from = fakeStream()
    const flow = flowOf(from, fakeStream())
    flow.take(large, large.length)
    return { flow, from }
  })
  expect(flows.filter(({ from }) => from.memory).length).toBe(64)
  const [first] = flows
  first?.flow.take(first.from.memory as Buffer, 100)
  expect(first?.from.memory).toBeUndefined()
  for (const { flow } of flows) flow.close()
  const again = fakeStream()
  flowOf(again, fakeStream()).take(large, large.length)
  expect(again.memory).toBeDefined()
})
