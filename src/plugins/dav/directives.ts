import { directive, type Entry, flag, number } from 'gateway/plugin'

const scopes = ['http', 'server', 'location'] as const
const METHODS = ['PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE'] as const
const READ_WRITE = 0o6
const READ = 0o4
const OWNER = 6
const GROUP = 3

export type Method = (typeof METHODS)[number]

export const directives = {
  dav_methods: directive<ReadonlySet<string>>({
    in: scopes,
    default: new Set<string>(),
    doc: 'The methods of WebDAV that change files: PUT, DELETE, MKCOL, COPY, MOVE. A file appears as a whole or not at all.',
    usage: 'off | method ...',
    min: 1,
    max: METHODS.length,
    words: ['off', ...METHODS],
    read: (entry) => {
      const wrong = entry.args.find((word) => word !== 'off' && !isMethod(word))
      if (wrong !== undefined) entry.fail(`invalid value "${wrong}"`)
      return new Set(entry.args.map((word) => word.toUpperCase()).filter(isMethod))
    },
  }),
  create_full_put_path: flag({
    in: scopes,
    default: false,
    doc: 'Whether PUT makes the folders that are missing.',
  }),
  min_delete_depth: number({
    in: scopes,
    default: 0,
    doc: 'How many names a URI must have at least to be removed by DELETE.',
  }),
  dav_access: directive<number>({
    in: scopes,
    default: 0o600,
    doc: 'The rights of new files and folders, of their user, group and all others; folders may be entered as well by who may read them.',
    usage: 'users:permissions ...',
    min: 1,
    max: 3,
    read: readAccess,
  }),
}

function isMethod(word: string): boolean {
  return METHODS.some((method) => method === word.toUpperCase())
}

/** Reads `user:rw group:rw all:r`; users can read and write what is theirs. */
function readAccess(entry: Entry): number {
  let access = 0o600
  for (const word of entry.args) {
    const parts = /^(user|group|all):(rw|r)$/.exec(word)
    if (!parts) return entry.fail(`invalid value "${word}"`)
    const rights = parts[2] === 'rw' ? READ_WRITE : READ
    if (parts[1] === 'user') access = (access & 0o077) | (rights << OWNER)
    else if (parts[1] === 'group') access |= rights << GROUP
    else access |= rights
  }
  return access
}
