import { directive } from '../directive/readers.ts'

/** MIME types by file extension without the dot, in lower case. */
export type Types = ReadonlyMap<string, string>

/** nginx's built-in table, which counts where `types` is nowhere written. */
const BUILT_IN: Types = new Map([
  ['html', 'text/html'],
  ['gif', 'image/gif'],
  ['jpg', 'image/jpeg'],
])

export const types = directive<Types>({
  in: ['http', 'server', 'location'],
  default: BUILT_IN,
  doc: 'MIME types and the file extensions that have them.',
  usage: '{ mime-type extension ...; }',
  min: 0,
  max: 0,
  kind: 'block',
  repeat: true,
  read: (entry, before) => {
    const table = new Map(before)
    for (const node of entry.block ?? []) {
      for (const extension of node.args) table.set(extension.toLowerCase(), node.name)
    }
    return table
  },
})
