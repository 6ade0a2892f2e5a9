import { directive, type Entry, flag } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

export const directives = {
  mirror: directive<readonly string[]>({
    in: scopes,
    default: [],
    doc: 'Sends each request also to this URI inside the server, in the background: with its method, fields and arguments; the answer is thrown away. May stand several times; off undoes what is written above.',
    usage: 'uri | off',
    min: 1,
    max: 1,
    repeat: true,
    read: readMirror,
  }),
  mirror_request_body: flag({
    in: scopes,
    default: true,
    doc: 'Whether the body is sent, too; it is read before the request goes on.',
  }),
}

function readMirror(entry: Entry, before: readonly string[] | undefined): readonly string[] {
  const [word = ''] = entry.args
  if (before && (word === 'off' || before.length === 0)) return entry.fail('is duplicate')
  if (word === 'off') return []
  return word.startsWith('/') ? [...(before ?? []), word] : entry.fail(`"${word}" is not a URI`)
}
