import { statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NAME } from '../manifest/manifest.ts'
import { fetchFailed } from '../package-error.ts'

/** Where a plugin comes from. */
export type Source =
  | { readonly kind: 'folder' | 'tarball'; readonly path: string }
  | { readonly kind: 'git'; readonly path: string; readonly ref: string | undefined }
  | { readonly kind: 'npm'; readonly name: string; readonly range: string | undefined }

const NPM = /^(?<name>(?:@[^/@]+\/)?[^/@]+)(?:@(?<range>.+))?$/
/** What a range, a version or a tag is written with. */
const RANGE = /^[0-9A-Za-z^~<>=|*. +-]+$/
const FORMS =
  'write a folder (./my-plugin), a tarball (./my-plugin-1.0.0.tgz), a package name with or ' +
  'without a range (my-plugin@^1.0.0), or a git folder (git+file:///srv/my-plugin#v1.0.0)'

/** Understands a source as it is typed, or as a lock holds it; paths are relative to `folder`. */
export function readSource(text: string, folder: string): Source {
  if (text.startsWith('git+')) return readGit(text, folder)
  if (/^[a-z+]{2,}:\/\//.test(text) && !text.startsWith('file:')) {
    throw fetchFailed(text, 'is no source that plugins are fetched from', FORMS)
  }
  if (isPath(text)) return readPath(text, folder)
  const { name = '', range } = NPM.exec(text)?.groups ?? {}
  if (!NAME.test(name) || (range !== undefined && !RANGE.test(range))) {
    throw fetchFailed(text, 'is neither a path nor the name of a package', FORMS)
  }
  return { kind: 'npm', name, range }
}

/** The text a lock keeps: paths are relative to the lock's folder, so that both can be moved. */
export function sourceText(source: Source, folder: string): string {
  switch (source.kind) {
    case 'folder':
    case 'tarball':
      return relativePath(source.path, folder)
    case 'git': {
      const ref = source.ref === undefined ? '' : `#${source.ref}`
      return `git+file:${relativePath(source.path, folder)}${ref}`
    }
    case 'npm':
      return source.range === undefined ? source.name : `${source.name}@${source.range}`
  }
}

function relativePath(path: string, folder: string): string {
  const text = relative(folder, path)
  return text.startsWith('..') ? text : `./${text}`
}

function isPath(text: string): boolean {
  return /^(?:\.{0,2}\/|\.{1,2}$|file:)/.test(text) || /\.(?:tgz|tar\.gz)$/.test(text)
}

function readPath(text: string, folder: string): Source {
  const path = resolve(folder, text.startsWith('file:') ? filePath(text, 'file:') : text)
  const facts = statSync(path, { throwIfNoEntry: false })
  if (!facts) throw fetchFailed(text, `"${path}" does not exist`, FORMS)
  return { kind: facts.isDirectory() ? 'folder' : 'tarball', path }
}

function readGit(text: string, folder: string): Source {
  if (!text.startsWith('git+file:')) {
    throw fetchFailed(text, 'is a git repository that is not on this disk', `clone it; ${FORMS}`)
  }
  const [before = '', ref] = text.split('#', 2)
  const path = resolve(folder, filePath(before, 'git+file:'))
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw fetchFailed(text, `"${path}" is no folder`, FORMS)
  }
  // A ref that begins with a dash would be an option of git's.
  if (ref?.startsWith('-')) throw fetchFailed(text, `"${ref}" is no branch, tag or commit`, FORMS)
  return { kind: 'git', path, ref: ref === '' ? undefined : ref }
}

/** `file:///a/b` or `file:a/b`. */
function filePath(text: string, scheme: string): string {
  const rest = text.slice(scheme.length)
  return rest.startsWith('//') ? fileURLToPath(`file:${rest}`) : rest
}
