import { loadTlsFile, type TlsFile } from '../../kernel/tls/tls-file.ts'
import type { TlsSettings } from './directives.ts'

/** All that settings name. */
export function filesOf(settings: TlsSettings): readonly TlsFile[] {
  return Object.values(settings).flat().filter(isFile)
}

/** The same settings with what the files hold now. Throws as `loadTlsFile`. */
export function withFilesRead(settings: TlsSettings): TlsSettings {
  const read = (value: unknown) => (isFile(value) ? loadTlsFile(value.path, value.mark) : value)
  const entries = Object.entries(settings).map(([name, value]) => {
    return [name, Array.isArray(value) ? value.map(read) : read(value)]
  })
  return Object.fromEntries(entries) as TlsSettings
}

/** Whether it is one whose content is known. */
export function isFile(value: unknown): value is TlsFile {
  return typeof value === 'object' && value !== null && 'content' in value
}
