import { Buffer } from 'node:buffer'
import { closeSync } from 'node:fs'
import {
  type Awaitable,
  definePlugin,
  directive,
  type Exchange,
  fileHead,
  filePath,
  fileRefused,
  type OpenedFile,
  openedFile,
  sendFile,
  sendPart,
  type Verdict,
} from 'gateway/plugin'

/** A head of its own before the part of a file: FLV, version 1, audio and video, nothing before. */
const FLV_HEAD = Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0])

/** Lets players begin in the middle of Flash videos. */
export default definePlugin({
  name: 'flv',
  doc: 'Sends Flash videos from the byte on that a player asks for.',
  transient: true,
  directives: {
    flv: directive({
      in: ['location'],
      default: false,
      doc: 'Sends files from the byte on that the argument start names, with the head of an FLV file before it.',
      usage: '',
      min: 0,
      max: 1,
      kind: 'flag',
      inherits: 'never',
      read: (entry) => entry.args[0] !== 'off',
    }),
  },
  prepare: ({ flv }) => flv || undefined,
  content: send,
})

function send(x: Exchange): Awaitable<Verdict> {
  if (x.method !== 'GET' && x.method !== 'HEAD') return 405
  if (x.uri.endsWith('/')) return 'next'
  const path = filePath(x)
  let file: OpenedFile
  try {
    file = openedFile(x, path)
  } catch (error) {
    return fileRefused(x, path, error)
  }
  if (!file.stats.isFile()) {
    closeSync(file.fd)
    return 'next'
  }
  const head = fileHead(x, file.stats)
  const start = startOf(x, file.stats.size)
  if (start === 0) return sendFile(x, file, head)
  return sendPart(x, file, head, FLV_HEAD, { start, end: file.stats.size })
}

/** Where the client wants to begin; 0 for what is no place in the file. */
function startOf({ args }: Exchange, size: number): number {
  const text = args
    ?.split('&')
    .find((each) => /^start=/i.test(each))
    ?.slice('start='.length)
  const start = /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0
  return start < size ? start : 0
}
