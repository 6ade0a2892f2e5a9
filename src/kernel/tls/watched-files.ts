import { unwatchFile, watchFile } from 'node:fs'

/** How often files are looked at, in milliseconds. */
const LOOK_EVERY = 1000
/** How long they stay as they are before they count: a certificate and its key come one by one. */
const SETTLE = 500

/** Calls `changed` whenever one of these files has become another one. Returns what ends it. */
export function watchFiles(paths: readonly string[], changed: () => void): () => void {
  let settling: NodeJS.Timeout | undefined
  const look = () => {
    clearTimeout(settling)
    settling = setTimeout(changed, SETTLE)
    settling.unref()
  }
  for (const path of paths) watchFile(path, { interval: LOOK_EVERY, persistent: false }, look)
  return () => {
    clearTimeout(settling)
    for (const path of paths) unwatchFile(path, look)
  }
}
