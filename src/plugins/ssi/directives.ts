import { directive, type Entry, flag, type Getter, mimeTypes, readSize, size } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const

/** Finds a variable that a page names. */
export type LookUp = (name: string) => Getter | undefined

export const directives = {
  ssi: directive<LookUp | undefined>({
    in: [...scopes, 'if'],
    default: undefined,
    doc: 'Whether SSI commands in responses are carried out.',
    usage: 'on | off',
    min: 1,
    max: 1,
    kind: 'flag',
    words: ['on', 'off'],
    read: readSsi,
  }),
  ssi_last_modified: flag({
    in: scopes,
    default: false,
    doc: 'Whether Last-Modified stays, and ETag as a weak one; otherwise both are removed, since what is included may change by itself.',
  }),
  ssi_min_file_chunk: size({
    in: scopes,
    default: 1024,
    doc: 'Accepted and without effect: a page is read into memory.',
  }),
  ssi_silent_errors: flag({
    in: scopes,
    default: false,
    doc: 'Whether nothing is put out where a command fails; otherwise a message is (see errmsg).',
  }),
  ssi_types: mimeTypes(['text/html'], {
    in: scopes,
    doc: 'MIME types in which commands are carried out besides text/html; * stands for all.',
  }),
  ssi_value_length: directive({
    in: scopes,
    default: 255,
    doc: 'The most bytes of a parameter of a command.',
    usage: 'length',
    min: 1,
    max: 1,
    kind: 'size',
    read: (entry) => bounded(entry, MOST_VALUE_LENGTH),
  }),
  subrequest_output_buffer_size: directive({
    in: scopes,
    default: 4096,
    doc: 'The most bytes of an answer that include keeps in a variable (set).',
    usage: 'size',
    min: 1,
    max: 1,
    kind: 'size',
    read: (entry) => bounded(entry, MOST_OUTPUT),
  }),
}

const MOST_VALUE_LENGTH = 65_536
const MOST_OUTPUT = 1_048_576

function readSsi(entry: Entry): LookUp | undefined {
  const word = entry.args[0]?.toLowerCase()
  if (word === 'on') return (name) => entry.lookUp(name)
  return word === 'off' ? undefined : entry.fail(`"${entry.args[0]}" is neither "on" nor "off"`)
}

function bounded(entry: Entry, most: number): number {
  const value = readSize(entry, entry.args[0] ?? '')
  return value <= most ? value : entry.fail(`${value} is more than ${most}`)
}
