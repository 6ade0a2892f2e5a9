import { directive, flag, mimeTypes, number, readSize, size } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const
const LEAST_WINDOW = 1024
const MOST_WINDOW = 16 * 2 ** 20

export const directives = {
  brotli: flag({
    in: [...scopes, 'if'],
    default: false,
    doc: 'Whether responses are compressed with brotli for clients that take it; gzip is for the others.',
  }),
  brotli_buffers: directive({
    in: scopes,
    default: undefined,
    doc: 'Accepted and without effect, as in ngx_brotli today.',
    usage: 'number size',
    min: 2,
    max: 2,
    read: () => undefined,
  }),
  brotli_comp_level: number({
    in: scopes,
    default: 6,
    most: 11,
    doc: 'How hard brotli tries, from 0 (fast) to 11.',
  }),
  brotli_min_length: size({
    in: scopes,
    default: 20,
    doc: 'Shorter responses are not compressed, judged by their Content-Length alone.',
  }),
  brotli_types: mimeTypes(['text/html'], {
    in: scopes,
    doc: 'MIME types that brotli compresses besides text/html; * stands for all.',
  }),
  brotli_window: directive({
    in: scopes,
    default: 2 ** 19,
    doc: "The size of brotli's window: a power of two from 1k to 16m.",
    usage: 'size',
    min: 1,
    max: 1,
    kind: 'size',
    read: (entry) => {
      const value = readSize(entry, entry.args[0] ?? '')
      const fits = value >= LEAST_WINDOW && value <= MOST_WINDOW
      if (fits && Number.isInteger(Math.log2(value))) return value
      return entry.fail(`${value} is not a power of two between 1k and 16m`)
    },
  }),
}
