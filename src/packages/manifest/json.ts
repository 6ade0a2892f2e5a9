import { fileRefused } from '../package-error.ts'

/** The JSON of a plugin's file. Throws `PackageError` where it is none. */
export function parseFile(text: string, plugin: string, file: string, mend: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const fault = `is not JSON (${(error as Error).message})`
    throw fileRefused(plugin, file, [{ field: '', fault, mend }])
  }
}
