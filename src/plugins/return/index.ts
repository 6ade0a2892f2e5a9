import {
  type Awaitable,
  definePlugin,
  directive,
  type Exchange,
  type Verdict,
} from 'gateway/plugin'
import { type Answer, readReturn } from './answer.ts'

/** Ends processing in the rewrite phases with a status, a text or a redirect. */
export default definePlugin({
  name: 'return',
  doc: 'Answers with a status, a text or a redirect.',
  transient: true,
  directives: {
    return: directive<Answer | undefined>({
      in: ['server', 'location', 'if'],
      default: undefined,
      doc: 'Ends processing and answers with this status: with a text, for a redirect with a URL, or with the page of the status. 444 closes the connection without an answer.',
      usage: 'code [text] | code URL | URL',
      min: 1,
      max: 2,
      inherits: 'never',
      // Of several in one block the first is reached, and ends everything.
      repeat: true,
      read: (entry, before) => before ?? readReturn(entry),
    }),
  },
  prepare: (config) => config.return,
  serverRewrite: answer,
  rewrite: answer,
})

function answer(x: Exchange, say: Answer): Awaitable<Verdict> {
  return say(x)
}
