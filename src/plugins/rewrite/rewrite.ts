import { capture, type Entry, type Exchange, Head, uncapture } from 'gateway/plugin'
import { unescapeRedirect } from './escape.ts'
import { Replacement } from './replacement.ts'
import type { Operation, Run } from './sequence.ts'

const FOUND = 302
const MOVED = 301
const FLAGS = ['last', 'break', 'redirect', 'permanent'] as const
type Flag = (typeof FLAGS)[number]

/** What a `rewrite` does with a URI that matches. */
interface Rewrite {
  readonly replacement: Replacement
  /** Whether the arguments of the request are kept behind those of the replacement. */
  readonly keepsArgs: boolean
}

/** Reads `rewrite regex replacement [last | break | redirect | permanent]`. */
export function readRewrite(entry: Entry): Operation {
  const [pattern = '', written = '', word] = entry.args
  const flag = FLAGS.find((each) => each === word)
  if (word !== undefined && !flag) return entry.fail(`invalid parameter "${word}"`)
  if (written === '') return entry.fail('empty replacement')
  const regex = entry.regex(pattern)
  const keepsArgs = !written.endsWith('?')
  const text = keepsArgs ? written : written.slice(0, -1)
  const status = statusOf(text, flag)
  const replacement = new Replacement(entry, text, status === undefined ? 'split' : 'whole')
  const rewrite = { replacement, keepsArgs }
  const act = status === undefined ? moving(rewrite, flag) : redirecting(rewrite, status)
  const matches = `"${pattern}" matches`
  const doesNot = `"${pattern}" does not match`
  return (x, run) => {
    const match = regex.exec(x.uri)
    if (!match) {
      uncapture(x)
      run.note(x, doesNot, x.uri)
      return undefined
    }
    capture(x, match)
    run.note(x, matches, x.uri)
    return act(x, run)
  }
}

/** The status of a redirect to the client; undefined for one inside the server. */
function statusOf(text: string, flag: Flag | undefined): number | undefined {
  if (flag === 'permanent') return MOVED
  return flag === 'redirect' || /^(https?:\/\/|\$scheme)/.test(text) ? FOUND : undefined
}

function redirecting({ replacement, keepsArgs }: Rewrite, status: number): Operation {
  return (x, run) => {
    let url = unescapeRedirect(replacement.render(x, 'always').text)
    if (keepsArgs && x.args) url += (replacement.hasArgs ? '&' : '?') + x.args
    run.note(x, 'rewritten redirect:', url)
    const head = new Head(status)
    head.fields.add('Location', x.absolute(url))
    return x.finish(status, head)
  }
}

function moving({ replacement, keepsArgs }: Rewrite, flag: Flag | undefined): Operation {
  const end = flag === undefined ? undefined : 'next'
  return (x, run) => {
    const { text, args } = replacement.render(x, 'arguments')
    run.escaping = false
    mark(x, run, flag)
    if (args !== undefined) {
      x.args = keepsArgs && x.args ? `${args}&${x.args}` : args
    } else if (!keepsArgs) {
      x.args = undefined
    }
    x.uri = text
    run.noteTarget(x)
    if (x.uri !== '') return end
    x.log('error', 'the rewritten URI has a zero length')
    return 500
  }
}

/** The URI is no longer what was sent; where it goes from here. */
function mark(x: Exchange, run: Run, flag: Flag | undefined): void {
  x.internal = true
  run.moved = flag !== 'break'
  if (flag === 'break') x.rewritten = 'here'
  else if (x.rewritten === 'no') x.rewritten = 'yes'
}
