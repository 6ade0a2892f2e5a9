import { directive, type Entry, mimeTypes, number, size } from 'gateway/plugin'
import { createZstd } from './create-zstd.ts'

const scopes = ['http', 'server', 'location'] as const

export const directives = {
  zstd: directive({
    in: [...scopes, 'if'],
    default: false,
    doc: 'Whether responses are compressed with zstd for clients that take it, before brotli and gzip. Node 22.15 or newer can.',
    usage: 'on | off',
    min: 1,
    max: 1,
    kind: 'flag',
    words: ['on', 'off'],
    read: readZstd,
  }),
  zstd_comp_level: number({
    in: scopes,
    default: 1,
    least: 1,
    most: 22,
    doc: 'How hard zstd tries, from 1 (fast) to 22.',
  }),
  zstd_min_length: size({
    in: scopes,
    default: 20,
    doc: 'Shorter responses are not compressed, judged by their Content-Length alone.',
  }),
  zstd_types: mimeTypes(['text/html'], {
    in: scopes,
    doc: 'MIME types that zstd compresses besides text/html; * stands for all.',
  }),
}

function readZstd(entry: Entry): boolean {
  const word = entry.args[0]?.toLowerCase()
  if (word === 'off') return false
  if (word !== 'on') return entry.fail(`"${entry.args[0]}" is neither "on" nor "off"`)
  if (createZstd) return true
  return entry.fail(`Node ${process.version} has no zstd`, 'Node 22.15 or newer has')
}
