import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { PAGES, pageText } from './pages.ts'

test('links lead somewhere', () => {
  const dead = PAGES.flatMap((page) => {
    const links = [...pageText(page).matchAll(/(?:\]\(|href=")(?!https?:)([^)"\s]*)[)"]/g)]
    return links
      .map(([, target = '']) => target.split('#') as [path: string, anchor?: string])
      .filter(([path, anchor]) => !leads(path === '' ? page : join(dirname(page), path), anchor))
      .map((target) => `${page}: ${target.join('#')}`)
  })
  expect(dead).toEqual([])
})

function leads(path: string, anchor: string | undefined): boolean {
  if (!existsSync(path)) return false
  if (anchor === undefined || anchor === '') return true
  const text = pageText(path)
  if (text.includes(`<a id="${anchor}">`)) return true
  return [...text.matchAll(/^#+ (.*)$/gm)].some(([, title = '']) => slug(title) === anchor)
}

/** The anchor of a heading, as hosts of Markdown make it. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

test('the index of the documentation leads to every page of it', () => {
  const index = pageText('docs/README.md')
  const pages = PAGES.filter((page) => /^docs\/(?:guide|reference)\//.test(page))
  const missing = pages.filter((page) => !index.includes(`(${page.replace('docs/', '')})`))
  expect(missing).toEqual([])
})
