import { Buffer } from 'node:buffer'
import { definePlugin, directive, Head } from 'gateway/plugin'

/** One transparent pixel, 43 bytes, as small as GIF89a can be. */
const PIXEL = Buffer.from('R0lGODlhAQABAIABAAAAAP///yH5BAEAAAEALAAAAAABAAEAAAICTAEAOw==', 'base64')
/** The one nginx tells. */
const MODIFIED = Date.UTC(1970, 8, 28, 6)

/** Answers with a transparent pixel. */
export default definePlugin({
  name: 'empty-gif',
  doc: 'Answers with a transparent GIF of one pixel.',
  transient: true,
  directives: {
    empty_gif: directive({
      in: ['location'],
      default: false,
      doc: 'Answers with a transparent GIF of one pixel.',
      usage: '',
      min: 0,
      max: 1,
      kind: 'flag',
      inherits: 'never',
      claims: 'content',
      read: (entry) => entry.args[0] !== 'off',
    }),
  },
  prepare: ({ empty_gif }) => empty_gif || undefined,
  content: (x) => {
    if (x.method !== 'GET' && x.method !== 'HEAD') return 405
    const head = new Head(200)
    head.type = 'image/gif'
    head.modified = MODIFIED
    return x.respond(head, PIXEL)
  },
})
