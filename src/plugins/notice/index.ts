import { closeSync } from 'node:fs'
import {
  type Awaitable,
  constant,
  definePlugin,
  directive,
  type Exchange,
  fileHead,
  fileRefused,
  type OpenedFile,
  openedFile,
  sendFile,
  type Template,
  text,
  type Verdict,
} from 'gateway/plugin'

/** What is shown in a place. */
interface Notice {
  readonly notice: Template
  readonly notice_type: string
}

/** Shows one file whatever was asked for: word of a maintenance, also to those who POST. */
export default definePlugin({
  name: 'notice',
  doc: 'Answers with one file, whatever the method and the URI.',
  transient: true,
  directives: {
    notice: directive<Template | undefined>({
      in: ['location'],
      default: undefined,
      doc: 'Answers with this file whatever the method and the URI; the body of the request is not read. Relative to the prefix.',
      usage: 'path',
      min: 1,
      max: 1,
      kind: 'path',
      inherits: 'never',
      claims: 'content',
      read: (entry) => constant(entry.path(entry.args[0] ?? '', 'prefix')),
    }),
    notice_type: text({
      in: ['location'],
      default: 'text/html',
      usage: 'mime-type',
      doc: 'The type of that file.',
    }),
  },
  prepare: ({ notice, notice_type }): Notice | undefined => notice && { notice, notice_type },
  content: show,
})

function show(x: Exchange, { notice, notice_type }: Notice): Awaitable<Verdict> {
  const path = notice.render(x)
  let file: OpenedFile
  try {
    file = openedFile(x, path)
  } catch (error) {
    return fileRefused(x, path, error)
  }
  if (!file.stats.isFile()) {
    closeSync(file.fd)
    x.log('crit', `"${path}" is not a regular file`)
    return 404
  }
  const head = fileHead(x, file.stats)
  head.type = notice_type
  return sendFile(x, file, head)
}
