import { randomInt } from 'node:crypto'
import { opendir, stat } from 'node:fs/promises'
import {
  definePlugin,
  type Exchange,
  filePath,
  fileRefused,
  flag,
  openable,
  type Verdict,
} from 'gateway/plugin'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST'])

/** Answers requests for a folder with one of its files, by chance. */
export default definePlugin({
  name: 'random-index',
  doc: 'Answers requests for a folder with one of the files in it, by chance.',
  transient: true,
  directives: {
    random_index: flag({
      in: ['location'],
      default: false,
      doc: 'Whether a folder is answered with one of its files, by chance; hidden ones are none.',
    }),
  },
  prepare: (config) => config.random_index || undefined,
  content: (x) => (x.uri.endsWith('/') && METHODS.has(x.method) ? choose(x) : 'next'),
})

async function choose(x: Exchange): Promise<Verdict> {
  const path = filePath(x)
  let name: string | undefined
  try {
    name = await oneOfFiles(path)
  } catch (error) {
    return fileRefused(x, path, error, 'opendir()')
  }
  if (name === undefined) return 'next'
  const { args, uri } = x
  const verdict = x.redirect('/')
  // A question mark in a file name does not begin arguments.
  x.uri = uri + name
  x.args = args
  return verdict
}

/** Each with the same chance, whatever their number: none has to be kept but the one. */
async function oneOfFiles(path: string): Promise<string | undefined> {
  let chosen: string | undefined
  let count = 0
  for await (const entry of await opendir(openable(path) as string, { encoding: 'latin1' })) {
    const { name } = entry
    if (name.startsWith('.')) continue
    const isFile = entry.isSymbolicLink() ? await leadsToFile(path + name) : entry.isFile()
    if (isFile && randomInt(++count) === 0) chosen = name
  }
  return chosen
}

async function leadsToFile(path: string): Promise<boolean> {
  try {
    return (await stat(openable(path))).isFile()
  } catch {
    return false
  }
}
