import {
  type Awaitable,
  definePlugin,
  type Exchange,
  GatewayError,
  Head,
  type Verdict,
} from 'gateway/plugin'
import { underTest } from 'gateway/testing'
import { expect, test } from 'vitest'

/** Answers `/part` as `answer` does, and anything else with what `ask` makes of that. */
function asking(answer: (x: Exchange) => Awaitable<Verdict>, ask: (x: Exchange) => unknown) {
  return underTest(
    definePlugin({
      name: 'asking',
      directives: {},
      prepare: () => true,
      content: async (x) => {
        if (x.parent) return answer(x)
        return x.respond(200, JSON.stringify(await ask(x)))
      },
    }),
  ).request()
}

const collect = (x: Exchange) => {
  const chunks: string[] = []
  const into = { data: (chunk: Uint8Array) => void chunks.push(String(Buffer.from(chunk))) }
  return { asked: x.subrequest('/part', { into }), chunks }
}

test('an answer that is told where to go leaves as it comes', async () => {
  const { text } = await asking(
    async (x): Promise<Verdict> => {
      const sink = x.send(new Head(200))
      await sink.data(Buffer.from('one'))
      await sink.data(Buffer.from('two'))
      await sink.end()
      return 'done' as const
    },
    async (x) => {
      const { asked, chunks } = collect(x)
      const head = await asked.answered
      return [head?.status, await asked.ended(), asked.complete, chunks]
    },
  )
  expect(JSON.parse(text)).toEqual([200, null, true, ['one', 'two']])
})

test('one that fails is over, and not complete', async () => {
  const { text } = await asking(
    (x): Verdict => {
      const facts = { code: 'X', blame: 'gateway', status: 500 } as const
      x.send(new Head(200)).fail(new GatewayError('it broke', facts))
      return 'done' as const
    },
    async (x) => {
      const { asked } = collect(x)
      const before = asked.complete
      return [before, (await asked.ended())?.message, asked.complete]
    },
  )
  expect(JSON.parse(text)).toEqual([false, 'it broke', false])
})

test('what is waited for late is told all the same', async () => {
  const { text } = await asking(
    (x) => x.respond(404, 'none'),
    async (x) => {
      const { asked, chunks } = collect(x)
      await asked.ended()
      return [(await asked.answered)?.status, chunks]
    },
  )
  expect(JSON.parse(text)).toEqual([404, ['none']])
})
