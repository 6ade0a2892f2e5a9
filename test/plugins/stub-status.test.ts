import { underTest } from 'gateway/testing'
import { expect, it } from 'vitest'
import plugin from '../../src/plugins/stub-status/index.ts'

const subject = underTest(plugin, { directives: { stub_status: '' } })

it('answers in nginx’s words', async () => {
  const { status, head, text } = await subject.request()
  expect([status, head?.type]).toEqual([200, 'text/plain'])
  expect(text).toMatch(
    /^Active connections: \d+ \nserver accepts handled requests\n \d+ \d+ \d+ \nReading: \d+ Writing: \d+ Waiting: \d+ \nWorker \d+: \d+ bytes, loop delay \d+ ms, gc \d+ ms \n$/,
  )
})

it('answers GET and HEAD only', async () => {
  expect((await subject.request({ method: 'POST' })).status).toBe(405)
  expect((await subject.request({ method: 'HEAD' })).status).toBe(200)
})

it('takes no part where it is not written', () => {
  expect(underTest(plugin).config).toBeUndefined()
})

it('gives its counts as variables', () => {
  const x = subject.exchange()
  for (const name of ['active', 'reading', 'writing', 'waiting']) {
    expect(plugin.variables?.[`connections_${name}`]?.get(x)).toMatch(/^\d+$/)
  }
})
