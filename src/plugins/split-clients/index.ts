import { definePlugin, defineVariable, directive } from 'gateway/plugin'
import { choose, readParts } from './parts.ts'

/** Divides clients into groups that stay the same. */
export default definePlugin({
  name: 'split-clients',
  doc: 'Defines variables that divide clients into groups, for instance for A/B tests.',
  transient: true,
  directives: {
    split_clients: directive<true | undefined>({
      in: ['http'],
      default: undefined,
      doc: 'Defines a variable by the hash (MurmurHash2) of a string. Each line is a share of all hashes, in percent with up to two decimals, and the value it gets; `*` is the rest.',
      usage: 'string $variable { ... }',
      min: 2,
      max: 2,
      kind: 'block',
      lines: 'pairs',
      repeat: true,
      read: (entry) => {
        const source = entry.template(entry.args[0] ?? '')
        defineVariable(entry, entry.args[1] ?? '', () => {
          const parts = readParts(entry)
          return { get: (x) => choose(parts, source.render(x)) }
        })
        return true
      },
    }),
  },
  // All there is to do was done when the block was read.
  prepare: () => undefined,
})
