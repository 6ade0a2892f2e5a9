import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cannot } from '../package-error.ts'
import type { KindName } from './kinds.ts'
import { namesOf } from './names.ts'
import { projectFiles } from './project-files.ts'

/** A project that is about to be. */
export interface NewProject {
  /** The package's. */
  readonly name: string
  readonly kind: KindName
  /** The folder that its folder is made in. */
  readonly parent: string
}

/** What becomes known of a project by loading it: more files, texts by name. */
export type Complete = (folder: string) => Promise<Readonly<Record<string, string>>>

/**
 * Makes a whole project in a new or empty folder of its name, and returns that folder. It appears
 * when it is finished: of one that does not load, because its name is taken, nothing is left.
 * Throws `PackageError`.
 */
export async function createProject(project: NewProject, complete: Complete): Promise<string> {
  const names = namesOf(project.name)
  const folder = join(project.parent, names.folder)
  if (existsSync(folder) && !isEmpty(folder)) throw notEmpty(folder)
  const draft = join(project.parent, `.${names.folder}.${process.pid}`)
  try {
    write(draft, projectFiles(names, project.kind))
    write(draft, await complete(draft))
    appear(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return folder
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0
  } catch {
    // A file, or nothing that may be looked into.
    return false
  }
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

function appear(draft: string, folder: string): void {
  // Bundles know where their sources lie, which is elsewhere in a moment.
  rmSync(join(draft, '.gateway', 'cache'), { recursive: true, force: true })
  try {
    renameSync(draft, folder)
  } catch (error) {
    throw existsSync(folder) ? notEmpty(folder) : error
  }
}

function notEmpty(folder: string): Error {
  return cannot(`"${folder}" is not an empty folder; nothing was written`, 'choose another name')
}
