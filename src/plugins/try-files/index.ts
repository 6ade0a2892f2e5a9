import { definePlugin, directive, type Exchange, type Verdict } from 'gateway/plugin'
import { type Attempts, isThere, readAttempts } from './candidates.ts'

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
  const root = x.location.settings.root.render(x)
  for (const candidate of candidates) {
    const name = candidate.name.render(x)
    // As in nginx, a folder is then asked for without its slash.
    if (isThere(x, root, name, candidate)) {
      x.uri = name
      return 'next'
    }
  }
  return typeof otherwise === 'number' ? otherwise : x.redirect(otherwise.render(x))
}
