import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { Builder } from '../../../sandbox/bundle/builder.ts'
import { Bundler } from '../../../sandbox/bundle/bundler.ts'
import type { BundleOptions } from '../../../sandbox/bundle/options.ts'
import { usageOf } from '../../../sandbox/bundle/process-usage.ts'
import { evaluate } from './engines.ts'
import { folderOf } from './tenant-folder.ts'

const builder = new Builder()
const bundler = new Bundler({}, builder)
afterAll(() => bundler.close())

const HARMLESS = 'export default 1'
/** Reading this type takes time that doubles with each level. */
const SLOW = `type X<T> = T extends ${'[infer U extends '.repeat(24)}1${'?2:3]'.repeat(24)}?1:2
  export default 1`
/** Each member is twice the text of the one before, and esbuild computes them. */
const LARGE = `enum E { a0 = 'x', ${Array.from({ length: 40 }, (_, i) => `a${i + 1} = a${i} + a${i}`).join()} }
  export default E.a40.length`

function build(source: string, limits?: BundleOptions['limits']) {
  const file = join(folderOf({ 'a.ts': source }), 'a.ts')
  return bundler.bundle(file, limits ? { limits } : {})
}

describe('script_size', () => {
  test('is about the bundle, and exact', async () => {
    const { code } = await build(HARMLESS)
    const size = Buffer.byteLength(code)
    await expect(build(HARMLESS, { scriptSize: size })).resolves.toMatchObject({ code })
    await expect(build(HARMLESS, { scriptSize: size - 1 })).rejects.toMatchObject({
      code: 'SCRIPT_SIZE',
      message: expect.stringContaining(`${size} bytes`),
    })
  })

  test('is 1m unless set', async () => {
    const text = (length: number) => `export default '${'x'.repeat(length)}'`
    await expect(build(text(1024 * 1024))).rejects.toMatchObject({ code: 'SCRIPT_SIZE' })
    await expect(build(text(1000 * 1000))).resolves.toMatchObject({ global: '__script' })
  })
})

describe('files', () => {
  const files = { 'a.ts': "import './b'\nimport './c'\nexport default 1", 'b.ts': '', 'c.ts': '' }
  const buildAll = (limits: BundleOptions['limits']) =>
    bundler.bundle(join(folderOf(files), 'a.ts'), limits ? { limits } : {})

  test('are counted, manifests too', async () => {
    await expect(buildAll({ files: 3 })).resolves.toMatchObject({ inputs: { length: 3 } })
    await expect(buildAll({ files: 2 })).rejects.toMatchObject({
      diagnostics: [{ code: 'file-count', file: 'a.ts' }],
    })
    const withManifest = bundler.bundle(
      join(folderOf({ ...files, 'package.json': '{}' }), 'a.ts'),
      {
        limits: { files: 3 },
      },
    )
    await expect(withManifest).rejects.toMatchObject({ diagnostics: [{ code: 'file-count' }] })
  })

  test('have a size each', async () => {
    await expect(build(HARMLESS, { fileSize: HARMLESS.length })).resolves.toBeDefined()
    await expect(build(HARMLESS, { fileSize: HARMLESS.length - 1 })).rejects.toMatchObject({
      diagnostics: [{ code: 'file-size', file: 'a.ts', line: 1, column: 1 }],
    })
  })

  test('have a size together', async () => {
    const size = files['a.ts'].length
    await expect(buildAll({ totalSize: size })).resolves.toBeDefined()
    await expect(buildAll({ totalSize: size - 1 })).rejects.toMatchObject({
      diagnostics: [{ code: 'total-size' }],
    })
  })
})

describe('a build without end', () => {
  test('is ended by its processor time', async () => {
    await expect(build(SLOW, { compile: 300 })).rejects.toMatchObject({
      code: 'SCRIPT_COMPILE',
      message: expect.stringMatching(/needs more than compile 300ms/),
    })
  })

  test('is ended by the clock where it waits without computing', async () => {
    const folder = folderOf({})
    execFileSync('mkfifo', [join(folder, 'package.json')])
    // esbuild looks for files below a folder with a manifest, and opens the pipe.
    const path = JSON.stringify(`../${basename(folder)}/`)
    const waiting = build(`export default (x: string) => import(${path} + x)`, { compile: 50 })
    await expect(waiting).rejects.toMatchObject({ code: 'SCRIPT_COMPILE' })
  })

  test('is ended by the memory it takes', async () => {
    const limits = { compile: 60_000, memory: 400 * 1024 * 1024 }
    await expect(build(LARGE, limits)).rejects.toMatchObject({ code: 'SCRIPT_COMPILE_MEMORY' })
  })

  test('is told from its neighbours by memory, too', async () => {
    const limits = { compile: 60_000, memory: 400 * 1024 * 1024 }
    const results = await Promise.allSettled(
      [HARMLESS, LARGE, HARMLESS].map((each) => build(each, limits)),
    )
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('takes nobody with it: the others are built all the same', async () => {
    const scripts = [HARMLESS, SLOW, HARMLESS, HARMLESS, SLOW, ...Array(8).fill(HARMLESS)]
    const results = await Promise.allSettled(scripts.map((each) => build(each, { compile: 300 })))
    const outcomes = results.map((each) =>
      each.status === 'fulfilled'
        ? evaluate('ng', each.value.code, '__script.default')
        : each.reason.code,
    )
    expect(outcomes).toEqual(scripts.map((each) => (each === SLOW ? 'SCRIPT_COMPILE' : 1)))
  })
})

describe('the process that builds', () => {
  test('is one for all', async () => {
    bundler.close()
    const before = builder.starts
    await Promise.all(Array.from({ length: 20 }, () => build(HARMLESS)))
    expect(builder.starts).toBe(before + 1)
  })

  test('is started again when it was killed, and nothing is lost', async () => {
    await build(HARMLESS)
    const [pid] = childrenOf(process.pid)
    process.kill(Number(pid), 'SIGKILL')
    const { code } = await build(HARMLESS)
    expect(evaluate('ng', code, '__script.default')).toBe(1)
  })

  test("is started again when esbuild's own process was killed", async () => {
    await build(HARMLESS)
    const [pid] = childrenOf(process.pid).flatMap(childrenOf)
    process.kill(Number(pid), 'SIGKILL')
    await expect(build(HARMLESS)).resolves.toMatchObject({ global: '__script' })
  })

  test('leaves with what it has below it, in the middle of a build', async () => {
    await build(HARMLESS)
    const children = childrenOf(process.pid)
    const all = [...children, ...children.flatMap(childrenOf)]
    expect(all.length).toBeGreaterThanOrEqual(2)
    const never = build(SLOW, { compile: 60_000 })
    bundler.close()
    await expect(never).rejects.toMatchObject({ code: 'BUILDER_CLOSED' })
    await gone(all)
  })

  test('leaves when we die, whatever it is doing', async () => {
    const file = join(folderOf({ 'a.ts': SLOW }), 'a.ts')
    const source = `import { Bundler } from ${JSON.stringify(resolve('sandbox/bundle/bundler.ts'))}
      new Bundler().bundle(${JSON.stringify(file)}, { limits: { compile: 600_000 } })`
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source])
    onTestFinished(() => void parent.kill('SIGKILL'))
    const pid = parent.pid as number
    let all: number[] = []
    // Its process, and esbuild's, which is busy.
    while (all.length < 2 || (usageOf(all[0] as number)?.cpu ?? 0) < BUSY) {
      await new Promise((resolve) => setImmediate(resolve))
      const children = childrenOf(pid)
      all = [...children, ...children.flatMap(childrenOf)]
    }
    parent.kill('SIGKILL')
    await gone(all)
  })

  test('has nothing of our environment', async () => {
    process.env.GATEWAY_TEST_SECRET = 'secret'
    await build(HARMLESS)
    const children = childrenOf(process.pid)
    for (const pid of [...children, ...children.flatMap(childrenOf)]) {
      expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toContain('GATEWAY_TEST_SECRET')
    }
    delete process.env.GATEWAY_TEST_SECRET
  })
})

/** More than a start takes, in milliseconds of processor time. */
const BUSY = 1500

/** Processes below one, whichever of its threads has started them. */
function childrenOf(pid: number): number[] {
  try {
    const all = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    return (all.match(/\d+/g) ?? []).map(Number).filter(isBuilder)
  } catch {
    return []
  }
}

function isBuilder(pid: number): boolean {
  return /bundle\/child\.ts|--service=/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
}

/** Waits until none of these processes is left. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
