import { directive } from 'gateway/plugin'
import { type Expires, parseExpires } from './expires.ts'

export const expires = directive<Expires>({
  in: ['http', 'server', 'location', 'if'],
  default: { kind: 'off' },
  doc: 'Sets Expires and Cache-Control: a time from the request or the last modification on (negative: no-cache), @ and a time of day, epoch, max, or off. The value may hold variables.',
  usage: '[modified] time | epoch | max | off',
  min: 1,
  max: 2,
  kind: 'template',
  words: ['epoch', 'max', 'off', 'modified'],
  read: (entry) => {
    const [first = '', second] = entry.args
    if (second !== undefined && first !== 'modified') {
      return entry.fail(`"${first}" is not "modified"`)
    }
    const base = second === undefined ? 'access' : 'modified'
    const text = entry.template(second ?? first)
    if (text.constant === undefined) return { kind: 'variable', base, text }
    const parsed = parseExpires(text.constant, base)
    return 'wrong' in parsed ? entry.fail(parsed.wrong) : parsed
  },
})
