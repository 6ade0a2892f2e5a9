import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { hashBundle } from '../../loader/plugin-module.ts'
import { hashFiles, type PackageFiles } from '../archive/archive.ts'
import { BUNDLE_FILE, PACKAGE_FOLDER } from '../bundle/bundle.ts'
import { LOCK_FILE, type Lock, type Locked, lockText } from './lock.ts'

/** Where installed plugins lie, beside the configuration. */
export const STORE = '.gateway/plugins'
const STAGING = '.staging-'
/** Of the hash in a folder's name: enough that no two contents meet. */
const DIGITS = 12

/**
 * The installed plugins of a configuration. A folder's name tells its content, so none is ever
 * changed; which ones count, the lock says, and it is replaced as a whole: that is the moment in
 * which something is installed, and whatever ends before it has changed nothing.
 */
export class Store {
  /** That of the configuration. */
  readonly folder: string
  readonly path: string

  constructor(folder: string) {
    this.folder = folder
    this.path = join(folder, STORE)
  }

  /** The home of a plugin: its bundle, and the folder of its package. */
  home(name: string, locked: Pick<Locked, 'version' | 'files' | 'bundle'>): string {
    return join(this.path, homeName(name, locked))
  }

  /** A folder for what is not installed yet. Only who has the turn may ask. */
  stage(): string {
    for (const name of this.#folders()) {
      // Of commands that were killed.
      if (name.startsWith(STAGING)) remove(join(this.path, name))
    }
    return mkdtempSync(join(this.path, STAGING))
  }

  /** Puts a finished home in its place, unless a whole one is there. */
  adopt(staged: string, name: string, locked: Locked): void {
    const home = this.home(name, locked)
    if (existsSync(home)) {
      // What works is not touched: it may be running.
      if (faultOfHome(home, locked) === undefined) return
      remove(home)
    }
    renameSync(staged, home)
    syncFolder(this.path)
  }

  /** What is installed from now on. Appears whole or not at all. */
  commit(lock: Lock): void {
    const draft = join(this.folder, `.${LOCK_FILE}.${process.pid}`)
    try {
      writeSynced(draft, lockText(lock))
      renameSync(draft, join(this.folder, LOCK_FILE))
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
    syncFolder(this.folder)
  }

  /** Folders no plugin of the lock lies in. */
  unused(lock: Lock): string[] {
    const used = new Set([...lock].map(([name, locked]) => homeName(name, locked)))
    return this.#folders().filter((name) => !used.has(name))
  }

  /** Deletes such a folder. */
  delete(name: string): void {
    remove(join(this.path, name))
  }

  #folders(): string[] {
    if (!existsSync(this.path)) return []
    return readdirSync(this.path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  }
}

function homeName(name: string, { version, files, bundle }: Parameters<Store['home']>[1]): string {
  const digest = createHash('sha256').update(`${files} ${bundle}`).digest('hex').slice(0, DIGITS)
  return `${name.replace('/', '+')}@${version}-${digest}`
}

/** Writes the files of a package to a new folder. */
export function writeFiles(files: PackageFiles, folder: string): void {
  for (const [path, content] of files) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content, { flag: 'wx', mode: 0o644 })
  }
}

/** Reads the files of an installed package back, in the order of their names. */
export function readFiles(folder: string): PackageFiles {
  const files = new Map<string, Uint8Array>()
  const read = (below: string): void => {
    for (const entry of readdirSync(join(folder, below))) {
      const path = below === '' ? entry : `${below}/${entry}`
      const facts = lstatSync(join(folder, path))
      if (facts.isDirectory()) read(path)
      // What is no plain file has no content, and so differs from what was installed.
      else files.set(path, facts.isFile() ? readFileSync(join(folder, path)) : new Uint8Array())
    }
  }
  read('')
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** How a home differs from what the lock says, as a file and a fragment; else undefined. */
export function faultOfHome(home: string, locked: Locked): HomeFault | undefined {
  if (!existsSync(home)) return { file: home, fault: 'is not there' }
  const bundle = bundlePath(home)
  if (!existsSync(bundle)) return { file: bundle, fault: 'is not there' }
  if (hashBundle(readFileSync(bundle)) !== locked.bundle) {
    return { file: bundle, fault: 'is not the bundle of the lock' }
  }
  const files = packagePath(home)
  if (!existsSync(files)) return { file: files, fault: 'is not there' }
  if (hashFiles(readFiles(files)) === locked.files) return undefined
  return { file: files, fault: 'holds other files than the lock says' }
}

/** What is wrong with an installed plugin. */
export interface HomeFault {
  readonly file: string
  readonly fault: string
}

/** Where the bundle of a home is. */
export function bundlePath(home: string): string {
  return join(home, BUNDLE_FILE)
}

/** Where the package of a home is. */
export function packagePath(home: string): string {
  return join(home, PACKAGE_FOLDER)
}

/** Deletes a folder so that half of it never stands under its own name. */
function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/** On the disk when this returns, as far as the disk tells. */
export function writeSynced(path: string, content: string | Uint8Array): void {
  const fd = openSync(path, 'w', 0o644)
  try {
    writeFileSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
