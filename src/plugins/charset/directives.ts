import { constant, directive, type Entry, flag, mimeTypes, type Template } from 'gateway/plugin'
import { type CharsetMap, readCharsetMap } from './charset-map.ts'

const scopes = ['http', 'server', 'location'] as const

export const directives = {
  charset: directive<Template | undefined>({
    in: [...scopes, 'if'],
    default: undefined,
    doc: 'The charset that Content-Type names, and that responses are converted to where theirs is another one (see source_charset); $variable takes it from there.',
    usage: 'charset | off',
    min: 1,
    max: 1,
    kind: 'template',
    read: (entry) => (entry.args[0] === 'off' ? undefined : readName(entry)),
  }),
  source_charset: directive<Template | undefined>({
    in: [...scopes, 'if'],
    default: undefined,
    doc: 'The charset of responses that name none; they are converted to that of charset.',
    usage: 'charset',
    min: 1,
    max: 1,
    kind: 'template',
    read: readName,
  }),
  override_charset: flag({
    in: [...scopes, 'if'],
    default: false,
    doc: 'Whether responses of peers that name their charset are converted, too.',
  }),
  charset_types: mimeTypes(
    [
      'text/html',
      'text/xml',
      'text/plain',
      'text/vnd.wap.wml',
      'application/javascript',
      'application/rss+xml',
    ],
    {
      in: scopes,
      doc: 'MIME types whose charset is told or changed besides text/html, instead of text/xml, text/plain, text/vnd.wap.wml, application/javascript and application/rss+xml; * stands for all.',
    },
  ),
  charset_map: directive<readonly CharsetMap[]>({
    in: ['http'],
    default: [],
    doc: 'Which bytes of one charset are which of another, both in hexadecimal: with utf-8 as the second, a byte and the bytes of its character. It holds in both directions.',
    usage: 'charset1 charset2 { ... }',
    min: 2,
    max: 2,
    kind: 'block',
    lines: 'pairs',
    repeat: true,
    read: readCharsetMap,
  }),
}

/** A name, or a variable that gives one. */
function readName(entry: Entry): Template {
  const [word = ''] = entry.args
  return word.startsWith('$') ? entry.template(word) : constant(word)
}
