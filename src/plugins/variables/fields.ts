import {
  formatHttpDate,
  type Getter,
  type Head,
  trimBlanks,
  type VariableFamily,
} from 'gateway/plugin'

/** What a request or its response has by names of its own, by prefix. */
export const fieldFamilies: Readonly<Record<string, VariableFamily>> = {
  arg_: { doc: 'The argument NAME of the request line.', make: argument },
  cookie_: { doc: 'The cookie NAME.', make: cookie },
  http_: {
    doc: 'The request header field NAME; dashes are written as underscores.',
    make: requestField,
  },
  sent_trailer_: {
    doc: 'The trailer field NAME of the response, once it was sent.',
    make: (name) => {
      const field = name.replaceAll('_', '-')
      return ({ head }) => head?.trailers?.joined(field, ', ')
    },
  },
  sent_http_: { doc: 'The response header field NAME.', make: responseField },
}

function argument(name: string): Getter {
  return (x) => (x.args === undefined ? undefined : findArgument(x.args, name))
}

/** Value of the first `name=` in a query, in any case, undecoded. */
function findArgument(args: string, name: string): string | undefined {
  for (let at = 0; at < args.length; ) {
    const ampersand = args.indexOf('&', at)
    const end = ampersand < 0 ? args.length : ampersand
    const equals = at + name.length
    if (args.charCodeAt(equals) === 61 && isNamed(args, at, name)) {
      return args.slice(equals + 1, end)
    }
    at = end + 1
  }
  return undefined
}

/** Most are written as they are asked for, and need not be made lower case. */
function isNamed(args: string, at: number, name: string): boolean {
  return args.startsWith(name, at) || args.slice(at, at + name.length).toLowerCase() === name
}

function cookie(name: string): Getter {
  return (x) => {
    for (const line of x.headers.all('cookie')) {
      for (const pair of line.split(';')) {
        const equals = pair.indexOf('=')
        if (equals > 0 && trimBlanks(pair.slice(0, equals)).toLowerCase() === name) {
          return trimBlanks(pair.slice(equals + 1))
        }
      }
    }
    return undefined
  }
}

function requestField(name: string): Getter {
  const field = name.replaceAll('_', '-')
  // Fields written on several lines are one, as in nginx; cookies have a separator of their own.
  const separator = field === 'cookie' ? '; ' : ', '
  if (field === name) return (x) => x.headers.joined(field, separator)
  // A field may really have underscores in its name (`underscores_in_headers on`).
  return (x) => x.headers.joined(field, separator) ?? x.headers.joined(name, separator)
}

function responseField(name: string): Getter {
  const field = name.replaceAll('_', '-')
  const own = HEAD_MEMBERS[field]
  return ({ head }) => head && (own ? own(head) : head.fields.joined(field, ', '))
}

/** Fields that a head holds apart from the others. */
const HEAD_MEMBERS: Readonly<Record<string, (head: Head) => string | undefined>> = {
  'content-type': (head) => head.type,
  'content-length': (head) => (head.length === undefined ? undefined : `${head.length}`),
  'last-modified': (head) =>
    head.modified === undefined ? head.fields.get('last-modified') : formatHttpDate(head.modified),
}
