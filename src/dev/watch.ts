import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { watch as watchFiles } from 'chokidar'

/** What configurations, plugins and scripts are made of; logs and the like change all the time. */
const SOURCES: ReadonlySet<string> = new Set([
  ...['.yaml', '.yml', '.conf'],
  ...['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json', '.txt', '.html'],
])
/** Folders nobody writes by hand. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist'])
/** Editors write a file in several steps, in milliseconds. */
const SETTLES = 25
/** The watcher tells nothing of a second change within 50 ms: files are looked at again then, in ms. */
const LOOK_AGAIN = 60
/** Larger files are no sources, in bytes. */
const LARGEST = 4 * 1024 * 1024

/** Calls back with the files that have changed below these folders, one call at a time. */
export async function watchSources(
  folders: readonly string[],
  onChange: (files: readonly string[]) => Promise<void>,
): Promise<void> {
  const seen = new Map<string, string>()
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let busy = false
  const settle = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void tell(), SETTLES)
  }
  const tell = async () => {
    if (busy || changed.size === 0) return
    busy = true
    const files = [...changed]
    changed.clear()
    await onChange(files)
    busy = false
    if (changed.size > 0) settle()
    setTimeout(() => files.forEach(note), LOOK_AGAIN)
  }
  const note = (path: string) => {
    const content = contentOf(path)
    if (seen.get(path) === content) return
    seen.set(path, content)
    changed.add(path)
    settle()
  }
  const watcher = watchFiles([...folders], {
    ignored: (path, stats) => isLeftOut(path, folders, stats?.isFile() ?? false),
    ignoreInitial: false,
  })
  const first = (path: string) => seen.set(path, contentOf(path))
  watcher.on('add', first)
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  watcher.off('add', first)
  for (const event of ['add', 'change', 'unlink'] as const) watcher.on(event, note)
}

function isLeftOut(path: string, folders: readonly string[], isFile: boolean): boolean {
  if (folders.includes(path)) return false
  const name = basename(path)
  if (name.startsWith('.') || LEFT_OUT.has(name)) return true
  return isFile && !SOURCES.has(extname(name))
}

/** Saved as it was is not changed; a file that has gone is. */
function contentOf(path: string): string {
  try {
    const bytes = readFileSync(path)
    return bytes.length > LARGEST
      ? `${bytes.length}`
      : createHash('sha256').update(bytes).digest('hex')
  } catch {
    return ''
  }
}
