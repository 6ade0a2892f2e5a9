import { directive, type Entry } from 'gateway/plugin'

/** What `add_header_inherit` and its like say. */
export type Inheritance = 'on' | 'off' | 'merge'

/** What is added in a place, and what that does with what is added around it. */
export interface AddedList<Item> {
  readonly items: readonly Item[]
  /** Undefined where it says nothing: then it is as around it. */
  readonly inherits: Inheritance | undefined
}

const scopes = ['http', 'server', 'location', 'if'] as const
const WORDS = ['on', 'off', 'merge'] as const

/**
 * A directive that adds, and the one that tells how it inherits: what both say in a block is one
 * value, which knows what to do with that of the block above.
 */
export function addedList<Item>(doc: string, read: (entry: Entry) => Item | undefined) {
  const none: AddedList<Item> = { items: [], inherits: undefined }
  const common = {
    in: scopes,
    default: none,
    repeat: true,
    sequence: Symbol('added'),
    join: joined<Item>,
  } as const
  const add = directive<AddedList<Item>>({
    ...common,
    doc,
    usage: 'name value [always]',
    min: 2,
    max: 3,
    kind: 'template',
    read: (entry, before = none) => {
      const item = read(entry)
      return item === undefined ? before : { ...before, items: [...before.items, item] }
    },
  })
  const inherit = directive<AddedList<Item>>({
    ...common,
    doc: 'What becomes of those added around this block: on has them where none is written here, merge has both, off none.',
    usage: WORDS.join(' | '),
    min: 1,
    max: 1,
    words: WORDS,
    read: (entry, before = none) => {
      const word = WORDS.find((each) => each === entry.args[0])
      if (before.inherits !== undefined) entry.fail('directive is duplicate')
      return word ? { ...before, inherits: word } : entry.fail(`invalid value "${entry.args[0]}"`)
    },
  })
  return { add, inherit }
}

function joined<Item>(here: AddedList<Item>, above: AddedList<Item>): AddedList<Item> {
  const inherits = here.inherits ?? above.inherits
  switch (inherits) {
    case 'off':
      return { items: here.items, inherits }
    case 'merge':
      return { items: [...here.items, ...above.items], inherits }
    case 'on':
    case undefined:
      return { items: here.items.length > 0 ? here.items : above.items, inherits }
  }
}
