import { directive, IGNORABLE_FIELDS } from 'gateway/plugin'

/** Fields of answers, in lower case, that tell the gateway nothing. */
export const ignoreHeaders = directive<ReadonlySet<string>>({
  in: ['http', 'server', 'location'],
  default: new Set(),
  doc: 'Fields of responses that do not tell the gateway what to do. The last four, and X-Accel-Expires, mean something to a cache alone.',
  usage: 'field ...',
  min: 1,
  max: IGNORABLE_FIELDS.length,
  kind: 'enum',
  words: IGNORABLE_FIELDS,
  repeat: true,
  read: (entry, before = new Set()) => {
    const known = new Set<string>(IGNORABLE_FIELDS)
    for (const word of entry.args) {
      if (!known.has(word)) entry.fail(`unknown field "${word}"`, IGNORABLE_FIELDS.join(', '))
    }
    return new Set([...before, ...entry.args.map((word) => word.toLowerCase())])
  },
})
