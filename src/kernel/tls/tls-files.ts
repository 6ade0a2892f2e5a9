import { errorLog } from '../../storage/log/error-log.ts'
import { loadTlsFile, type TlsFile } from './tls-file.ts'
import { watchFiles } from './watched-files.ts'

/**
 * Has settings taken up again whenever a file they name has changed: whole, or not at all where that
 * throws; a line of the log says which. Returns what ends it.
 */
export function followFiles<S extends object>(
  settings: S,
  take: (settings: S) => void,
): () => void {
  const paths = [...new Set(filesOf(settings).map(({ path }) => path))]
  return watchFiles(paths, () => {
    try {
      take(withFilesRead(settings))
      errorLog.write('notice', `files of TLS have changed and count: "${paths[0]}"`)
    } catch (error) {
      const text = 'files of TLS have changed, but those of before go on to count'
      errorLog.write('error', `${text}: ${error instanceof Error ? error.message : error}`)
    }
  })
}

/** Whether it is a file whose content is known. */
export function isFile(value: unknown): value is TlsFile {
  return typeof value === 'object' && value !== null && 'content' in value
}

/** All that settings name. */
function filesOf(settings: object): readonly TlsFile[] {
  return Object.values(settings).flat().filter(isFile)
}

/** The same settings with what the files hold now. Throws as `loadTlsFile`. */
function withFilesRead<S extends object>(settings: S): S {
  const read = (value: unknown) => (isFile(value) ? loadTlsFile(value.path, value.mark) : value)
  const entries = Object.entries(settings).map(([name, value]) => {
    return [name, Array.isArray(value) ? value.map(read) : read(value)]
  })
  return Object.fromEntries(entries) as S
}
