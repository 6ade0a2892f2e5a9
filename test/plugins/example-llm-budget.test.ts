import { describe, expect, test } from 'vitest'
import { TokenCounter } from '../../plugins-examples/llm-budget/counter.ts'
import { EventReader } from '../../plugins-examples/llm-budget/events.ts'
import { Tokens } from '../../plugins-examples/llm-budget/tokens.ts'

const encoder = new TextEncoder()

/** The data of the events in these chunks. */
function eventsOf(chunks: readonly Uint8Array[]): string[] {
  const events: string[] = []
  const reader = new EventReader((data) => events.push(data))
  for (const chunk of chunks) reader.read(chunk)
  return events
}

describe('events', () => {
  const source =
    ': hi\r\ndata: {"a":"ü€😀"}\r\n\r\ndata:one\ndata: two\nid: 1\n\nevent: x\rdata:  three\r\r\n\ndata: no end'
  const expected = ['{"a":"ü€😀"}', 'one\ntwo', ' three']

  test('are the same however the bytes are cut', () => {
    const bytes = encoder.encode(source)
    expect(eventsOf([bytes])).toEqual(expected)
    expect(eventsOf([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
    for (let at = 1; at < bytes.length; at++) {
      expect(eventsOf([bytes.subarray(0, at), bytes.subarray(at)]), `${at}`).toEqual(expected)
    }
  })

  test('that are too long are left out, and the next one is not', () => {
    const long = encoder.encode(`data: ${'x'.repeat(600_000)}\n`)
    expect(eventsOf([long, long, encoder.encode('\ndata: y\n\n')])).toEqual(['y'])
    const endless = Array.from({ length: 30 }, () => encoder.encode('x'.repeat(100_000)))
    expect(eventsOf([...endless, encoder.encode('\n\ndata: y\n\n')])).toEqual(['y'])
  })
})

describe('tokens', () => {
  /** What a stream of these comes to. */
  function countOf(values: readonly unknown[], asked = 0): number {
    const tokens = new Tokens(asked)
    for (const value of values)
      tokens.add(typeof value === 'string' ? value : JSON.stringify(value))
    return tokens.count
  }
  const delta = (content: string) => ({ choices: [{ delta: { content } }] })

  test('are what the model reports', () => {
    const usage = { prompt_tokens: 7, completion_tokens: 11 }
    expect(countOf([delta('x'.repeat(400)), { choices: [], usage }, '[DONE]'], 4000)).toBe(18)
    expect(countOf([{ choices: [{ message: { content: 'hi' } }], usage }], 4000)).toBe(18)
    const response = { usage: { input_tokens: 3, output_tokens: 5 } }
    expect(countOf([{ delta: 'abcd' }, { type: 'response.completed', response }])).toBe(8)
  })

  test('of a stream that has broken off are an estimate', () => {
    expect(countOf([delta('abcd'), delta('efgh'), delta('i')], 40)).toBe(10 + 3)
    const begun = {
      type: 'message_start',
      message: { usage: { input_tokens: 9, output_tokens: 1 } },
    }
    const text = { type: 'content_block_delta', delta: { type: 'text_delta', text: 'abcdefgh' } }
    expect(countOf([begun, text], 40)).toBe(9 + 2)
    expect(countOf([begun, text, { type: 'message_delta', usage: { output_tokens: 4 } }])).toBe(13)
  })

  test('are not believed where they cannot be', () => {
    const lies = { usage: { prompt_tokens: -5, completion_tokens: 1e300 } }
    for (const value of [lies, null, [], 7, '{', { choices: 'x' }, { choices: [null] }]) {
      expect(countOf([value, delta('abcd')]), JSON.stringify(value)).toBe(1)
    }
  })

  test('of an answer that does not stream are counted at its end', async () => {
    const passed: number[] = []
    const next = {
      head: () => {},
      data: (chunk: Uint8Array) => void passed.push(chunk.length),
      end: () => {},
      fail: () => {},
    }
    const tokens = new Tokens(0)
    const counter = new TokenCounter(next, tokens, 'application/json')
    const bytes = encoder.encode('{"usage":{"prompt_tokens":1,"completion_tokens":2}}')
    await counter.data(bytes.subarray(0, 20))
    await counter.data(bytes.subarray(20))
    expect([tokens.count, passed]).toEqual([0, [20, bytes.length - 20]])
    await counter.end()
    expect(tokens.count).toBe(3)
  })
})
