import { definePlugin, Head, type Verdict } from 'gateway/plugin'

/** The handler answers, or has answered: what `x.respond` returns, or said after `x.send`. */
export default definePlugin({
  name: 'counting',
  always: true,
  content: async (x): Promise<Verdict> => {
    const sink = x.send(new Head(200))
    for (const word of ['one ', 'two ', 'three']) await sink.data(Buffer.from(word))
    await sink.end()
    return 'done'
  },
})
