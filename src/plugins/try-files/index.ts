import {
  definePlugin,
  directive,
  type Exchange,
  followAlias,
  type NamedFile,
  type Verdict,
} from 'gateway/plugin'
import { type Attempts, type Candidate, find, readAttempts } from './candidates.ts'

/** Serves the first of several files that exists. */
export default definePlugin({
  name: 'try-files',
  doc: 'Looks for files and goes on with the first that is there.',
  transient: true,
  directives: {
    try_files: directive<Attempts | undefined>({
      in: ['server', 'location'],
      default: undefined,
      doc: 'Looks below the root for files, or folders where a name ends in a slash, and goes on with the first as the URI. Where none is there, the last word counts: a URI or named location to go to, or a status after an equals sign.',
      usage: 'file ... uri | =code',
      min: 2,
      max: 256,
      inherits: 'never',
      read: readAttempts,
    }),
  },
  prepare: (config) => config.try_files,
  precontent: tryFiles,
})

function tryFiles(x: Exchange, { candidates, otherwise }: Attempts): Verdict {
  for (const candidate of candidates) {
    const name = candidate.name.render(x)
    const found = find(x, name, candidate)
    if (found) return take(x, found, candidate)
  }
  return typeof otherwise === 'number' ? otherwise : x.redirect(otherwise.render(x))
}

function take(x: Exchange, { uri }: NamedFile, { kind }: Candidate): 'next' {
  const replaced = x.location.settings.root.replaces === 'uri'
  // As in nginx, where an alias stands for the whole URI it has to do with files alone.
  if (replaced && kind === 'folder') return 'next'
  if (replaced) followAlias(x)
  // As in nginx, a folder is then asked for without its slash.
  x.uri = uri
  return 'next'
}
