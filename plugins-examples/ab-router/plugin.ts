import {
  definePlugin,
  directive,
  type Exchange,
  type Getter,
  type Head,
  isToken,
  requestValue,
} from 'gateway/plugin'

type Variant = 'a' | 'b'

/** A comparison of two variants. */
interface Test {
  readonly name: string
  /** Of a hundred keys. */
  readonly percentB: number
  /** The request field that decides, where it says `a` or `b`. */
  readonly field: string
  /** Who is compared: the same key is in the same variant. */
  readonly key: Getter
}

const chosen = requestValue('ab_variant')

/** A router: a header field says which variant a request gets, or else a hash of who asks. */
export default definePlugin({
  name: 'ab-router',
  doc: 'Divides clients into two groups that get different variants.',
  directives: {
    ab_test: directive<Test | undefined>({
      in: ['http', 'server', 'location'],
      default: undefined,
      doc: 'Divides requests by the hash of a variable; a field of the request decides instead where it says a or b. $ab_variant is the one that was chosen.',
      usage: 'name percent% $variable header=name',
      min: 4,
      max: 4,
      read: (entry) => {
        const [name = '', share = '', variable = '', option = ''] = entry.args
        const [, digits] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(share) ?? []
        const percentB = Number(digits ?? Number.NaN)
        if (!(percentB <= 100)) entry.fail(`invalid share "${share}"`, 'write 50%')
        if (!variable.startsWith('$')) entry.fail(`"${variable}" is no variable`)
        const field = option.replace(/^header=/, '')
        if (field === option || !isToken(field)) entry.fail(`invalid parameter "${option}"`)
        return { name, percentB, field, key: entry.variable(variable.slice(1)) }
      },
    }),
  },
  prepare: ({ ab_test }) => ab_test,
  // Before the access phase, so that everyone behind it can tell the variants apart.
  preaccess: (x, test: Test) => {
    chosen.set(x, asked(x, test) ?? drawn(test, test.key(x) ?? ''))
    return 'next'
  },
  filters: {
    // A cache between here and the client must not give one variant to the other's clients.
    edit: (x, next, { field }: Test) => {
      const head = x.head as Head
      head.fields.add('Vary', field)
      return next
    },
  },
  variables: {
    ab_variant: { doc: 'The variant a request gets: a or b.', get: (x) => chosen.get(x) ?? 'a' },
  },
})

function asked(x: Exchange, { field }: Test): Variant | undefined {
  const value = x.headers.get(field.toLowerCase())?.toLowerCase()
  return value === 'a' || value === 'b' ? value : undefined
}

/** The name is hashed with the key: who is in B of one test is not in B of all. */
function drawn({ name, percentB }: Test, key: string): Variant {
  return (hash(`${name} ${key}`) / 2 ** 32) * 100 < percentB ? 'b' : 'a'
}

/** FNV-1a, finished so that keys that differ little differ in all bits. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
