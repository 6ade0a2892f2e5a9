import { directive, flag } from 'gateway/plugin'
import { readReturn } from './answer.ts'
import { readIf } from './if.ts'
import { readRewrite } from './rewrite.ts'
import type { Operation, Sequence } from './sequence.ts'
import { readSet } from './set.ts'

/** These run in the order written, whichever they are: they are one sequence. */
const sequence = Symbol('sequence')

const options = {
  in: ['server', 'location', 'if', 'server-if'],
  default: undefined as Sequence | undefined,
  inherits: 'never',
  sequence,
  repeat: true,
} as const

const everywhere = ['http', 'server', 'location', 'if', 'server-if'] as const

export const directives = {
  rewrite: directive<Sequence | undefined>({
    ...options,
    doc: 'Changes a URI that a regular expression matches; a question mark at the end of the replacement drops the arguments. `last` looks for the location of the new URI, `break` stays in this one; both end the sequence of the block. `redirect` answers 302 and `permanent` 301, as does a replacement with a scheme with 302. Runs with `set`, `if`, `break` and `return` in the order written.',
    usage: 'regex replacement [last | break | redirect | permanent]',
    min: 2,
    max: 3,
    read: (entry, before) => appended(before, readRewrite(entry)),
  }),
  return: directive<Sequence | undefined>({
    ...options,
    doc: 'Ends processing and answers with this status: with a text, for a redirect with a URL, or with the page of the status. 444 closes the connection without an answer.',
    usage: 'code [text] | code URL | URL',
    min: 1,
    max: 2,
    read: (entry, before) => appended(before, readReturn(entry)),
  }),
  set: directive<Sequence | undefined>({
    ...options,
    doc: 'Gives a variable a value: a new one, $args, or one of `map` and the like.',
    usage: '$variable value',
    min: 2,
    max: 2,
    read: (entry, before) => appended(before, readSet(entry)),
  }),
  break: directive<Sequence | undefined>({
    ...options,
    doc: 'Ends the sequence of the block; a URI that was changed stays in its location.',
    usage: '',
    min: 0,
    max: 1,
    kind: 'flag',
    read: (entry, before) => {
      const [word = 'on'] = entry.args
      if (word !== 'on') entry.fail(`invalid parameter "${word}"`)
      return appended(before, leave)
    },
  }),
  if: directive<Sequence | undefined>({
    ...options,
    in: ['server', 'location'],
    opens: { server: 'server-if', location: 'if' },
    doc: 'What counts where a condition holds: a variable that is neither empty nor 0, one compared by `=`, `!=`, `~`, `~*`, `!~` or `!~*`, or a path tested by `-f`, `-d`, `-e` or `-x`. In a location the settings of the last one that holds count instead of those around it, which it inherits.',
    usage: '(condition) { ... }',
    min: 1,
    max: 64,
    kind: 'block',
    read: (entry, before) => appended(before, readIf(entry)),
  }),
  rewrite_log: flag({
    in: everywhere,
    default: false,
    doc: 'Whether each step of a rewrite is told in the error log at level notice.',
  }),
  uninitialized_variable_warn: flag({
    in: everywhere,
    default: true,
    doc: 'Whether the error log tells of a variable that is used before `set` gave it a value.',
  }),
}

function appended(before: Sequence | undefined, operation: Operation): Sequence {
  return [...(before ?? []), operation]
}

const leave: Operation = (x, run) => {
  if (run.moved) x.rewritten = 'here'
  run.moved = false
  return 'next'
}
