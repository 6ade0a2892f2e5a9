import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { Head } from '../../src/wire/head.ts'
import { GET } from '../harness/raw-client.ts'
import type { Handlers } from '../kernel/hand-made-plan.ts'
import { turns } from '../kernel/loopback.ts'
import { Gate, serve } from '../kernel/serve.ts'

/** Sends its head and the first part, waits at the gate, and sends the rest. */
function inTwo(gate: Gate, head: Partial<Head>, first: string, rest: string): Handlers {
  return [
    [
      'content',
      async (x) => {
        const sink = x.send(Object.assign(new Head(200), head))
        if (first !== '') await sink.data(Buffer.from(first))
        await gate.pass(x)
        if (rest !== '') await sink.data(Buffer.from(rest))
        await sink.end()
        return 'done' as const
      },
    ],
  ]
}

/** A client whose answer waits at the gate. */
async function asked(head: Partial<Head>, first: string, rest: string) {
  const gate = new Gate()
  const served = serve({ handlers: inTwo(gate, head, first, rest) })
  const client = await served.client()
  await client.send(GET('/'))
  await gate.reached()
  return { gate, served, client }
}

describe('small output', () => {
  it('held back by postpone_output leaves when more takes too long', async () => {
    const { gate, served, client } = await asked({}, 'first ', 'last')
    await turns(20)
    expect(client.incoming.size).toBe(0)
    served.pass(100)
    const begun = await client.incoming.until('first \r\n')
    expect(begun.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    gate.open()
    expect((await client.incoming.until('0\r\n\r\n')).toString()).toBe('4\r\nlast\r\n0\r\n\r\n')
  })

  it('is not held back where the head asks for each chunk to be flushed', async () => {
    const { gate, client } = await asked({ flush: true }, 'now', '')
    expect((await client.incoming.until('now\r\n')).toString()).toContain('\r\n3\r\nnow\r\n')
    gate.open()
    await client.incoming.until('0\r\n\r\n')
  })

  it('includes a head whose body lets wait for itself, where it asks to be flushed', async () => {
    const { gate, served, client } = await asked({ flush: true, length: 3 }, '', 'now')
    served.pass(100)
    expect((await client.incoming.until('\r\n\r\n')).toString()).toContain('Content-Length: 3')
    gate.open()
    await client.incoming.until('now')
  })
})
