import { directive, type Entry, number, oneOf, parseTime, text } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** How long a browser keeps the cookie: seconds, `max`, or only as long as it is open. */
export type Expires = number | 'max' | 'off'

const FLAGS = ['secure', 'httponly', 'samesite=strict', 'samesite=lax', 'samesite=none'] as const
const MOST_SERVICE = 2 ** 32 - 1

export const directives = {
  userid: oneOf(['on', 'v1', 'log', 'off'], {
    in: scopes,
    default: 'off',
    doc: 'Whether clients get a cookie by which they are known again: on of version 2, v1 of version 1; log only tells of the one they have.',
  }),
  userid_domain: noneOr('The domain of the cookie.', ''),
  userid_expires: directive<Expires>({
    in: scopes,
    default: 'off',
    doc: 'How long a browser keeps the cookie: max until the end of 2037, off as long as it is open.',
    usage: 'time | max | off',
    min: 1,
    max: 1,
    words: ['max', 'off'],
    read: readExpires,
  }),
  userid_flags: directive<readonly string[]>({
    in: scopes,
    default: [],
    doc: 'Flags of the cookie.',
    usage: 'off | secure | httponly | samesite=strict | samesite=lax | samesite=none ...',
    min: 1,
    max: FLAGS.length,
    words: ['off', ...FLAGS],
    read: readFlags,
  }),
  userid_mark: directive<string>({
    in: scopes,
    default: 'off',
    doc: 'A letter, a digit or = in a place of the cookie that means nothing: a client whose cookie has another one gets it anew, with the same identifier.',
    usage: 'letter | digit | = | off',
    min: 1,
    max: 1,
    read: (entry) => {
      const [word = ''] = entry.args
      if (word === 'off' || /^[A-Za-z0-9=]$/.test(word)) return word
      return entry.fail('value must be "off" or a single letter, digit or "="')
    },
  }),
  userid_name: text({ in: scopes, default: 'uid', doc: 'The name of the cookie.' }),
  userid_p3p: noneOr('The P3P field that goes with the cookie.', ''),
  userid_path: text({ in: scopes, default: '/', doc: 'The path of the cookie.' }),
  userid_service: number({
    in: scopes,
    default: MOST_SERVICE,
    most: MOST_SERVICE,
    doc: 'What tells this server’s identifiers from those of others; without it, version 2 takes the address of the server, and version 1 takes 0.',
  }),
}

/** What `userid_service` is where it is not written. */
export const NO_SERVICE = MOST_SERVICE

function noneOr(doc: string, none: string) {
  return directive<string>({
    in: scopes,
    default: none,
    doc,
    usage: 'string | none',
    min: 1,
    max: 1,
    read: (entry) => (entry.args[0] === 'none' ? none : (entry.args[0] ?? '')),
  })
}

function readExpires(entry: Entry): Expires {
  const [word = ''] = entry.args
  if (word === 'max' || word === 'off') return word
  const time = parseTime(word)
  if (time === undefined || time % 1000 !== 0) return entry.fail(`invalid value "${word}"`)
  return time === 0 ? 'off' : time / 1000
}

function readFlags(entry: Entry): readonly string[] {
  const wrong = entry.args.find((word) => !['off', ...FLAGS].includes(word))
  if (wrong !== undefined) entry.fail(`invalid value "${wrong}"`)
  return FLAGS.filter((flag) => entry.args.includes(flag))
}
