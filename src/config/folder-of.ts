import { dirname } from 'node:path'
import { syntaxOf } from './syntax.ts'

/** Where paths in a file start: as in nginx, those of its syntax all start beside the main file. */
export function folderOf(file: string, main = file): string {
  return dirname(syntaxOf(file) === 'nginx' ? main : file)
}
