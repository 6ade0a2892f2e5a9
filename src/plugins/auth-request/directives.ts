import { directive, type Entry, type Setter, type Template } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** A variable that gets its value from the answer. */
export interface Setting {
  readonly set: Setter
  readonly value: Template
}

export const directives = {
  auth_request: directive<string | undefined>({
    in: scopes,
    default: undefined,
    doc: 'Asks this URI inside the server whether a request may pass: 2xx lets it in, 401 and 403 are its answer, anything else is 500. It is asked with GET, the fields of the request, and no body.',
    usage: 'uri | off',
    min: 1,
    max: 1,
    read: (entry) => {
      const [word = ''] = entry.args
      if (word === 'off') return undefined
      return word.startsWith('/') ? word : entry.fail(`"${word}" is not a URI`)
    },
  }),
  auth_request_set: directive<readonly Setting[]>({
    in: scopes,
    default: [],
    doc: 'Gives a variable a value when auth_request was answered; variables in it tell of that answer, such as $upstream_http_x_user.',
    usage: '$variable value',
    min: 2,
    max: 2,
    kind: 'template',
    repeat: true,
    read: (entry, before = []) => [...before, readSetting(entry)],
  }),
}

function readSetting(entry: Entry): Setting {
  const [word = '', text = ''] = entry.args
  if (!/^\$\w+$/.test(word)) return entry.fail(`invalid variable name "${word}"`)
  // First, since the value may name it.
  const set = entry.assign(word.slice(1), () => undefined)
  return { set, value: entry.template(text) }
}
