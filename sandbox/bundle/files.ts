import type { Located } from './folder.ts'

/** Whose a file is: the script's own folder, or the operator's packages. */
export type Origin = 'script' | 'packages'

/** A file of one of the two folders, by its path in there. */
export interface FileId {
  readonly origin: Origin
  readonly path: string
}

/** What resolving needs to know of the folders. */
export interface Files {
  locate(file: FileId): Located
  /** Text of a small file that was located; undefined when it cannot be read. */
  text(file: FileId): string | undefined
  readonly hasPackages: boolean
  readonly provided: ReadonlySet<string>
}
